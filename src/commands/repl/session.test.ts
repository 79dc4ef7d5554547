import { expect, test } from "vitest";
import { NO_META } from "../../terminal/no-meta.ts";
import { changeSession } from "../config-session.ts";
import type { KeptResult, Session } from "../session.ts";
import { resultStore } from "./result-store.ts";

const GLOBAL = { profile: null, terminal: null };
const RESULT: KeptResult = { data: [], meta: NO_META, pipeline: "" };

function session(): Session {
  return { overrides: [], last: undefined, thrown: undefined, failure: undefined, results: resultStore(() => 1) };
}

test("results are kept up to their number; what was asked for stays longest", () => {
  const results = resultStore(() => 2);
  results.set("a", RESULT);
  results.set("b", RESULT);
  expect(results.get("a")).toBe(RESULT);
  results.set("c", RESULT);
  expect(["a", "b", "c"].map((key) => results.get(key) !== undefined)).toEqual([true, false, true]);
});

test("what is set for a session replaces what was set there before, scope by scope", () => {
  const own = session();
  const change = (value: string | undefined, scope = GLOBAL, dryRun = false) =>
    changeSession(own, { edits: [{ key: "UI.Format", scope, value }], dryRun, themeFolders: [] });
  expect(change("json", GLOBAL, true)).toEqual({ path: null, changed: true, previous: [undefined] });
  expect(own.overrides).toEqual([]);
  expect(change("json")).toEqual({ path: null, changed: true, previous: [undefined] });
  expect(change("json")).toEqual({ path: null, changed: false, previous: ["json"] });
  change("table", { profile: "lab", terminal: null } as never);
  expect(own.overrides.map(({ key, value, scope }) => [key, value, scope?.profile])).toEqual([
    ["ui.format", "json", null],
    ["ui.format", "table", "lab"],
  ]);
  expect(change(undefined)).toEqual({ path: null, changed: true, previous: ["json"] });
  expect(own.overrides).toHaveLength(1);
});

test("what the schema refuses is refused for a session as well, and nothing of it stays", () => {
  const own = session();
  const edits = [
    { key: "ui.format", scope: GLOBAL, value: "json" },
    { key: "ui.format", scope: GLOBAL, value: "nonsense" },
  ];
  expect(() => changeSession(own, { edits, dryRun: false, themeFolders: [] })).toThrow('"ui.format"');
  expect(own.overrides).toEqual([]);
});
