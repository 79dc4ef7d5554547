// What the doctors say to authors, through the real program: in a project folder, and of process plugins.

import { chmodSync, copyFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { LIBRARY_SUFFIX } from "../../src/base/library-suffix.ts";
import { nativeFixture } from "../helpers/native-plugins.ts";
import { pluginDir } from "../helpers/process-fixtures.ts";
import { runCli } from "../helpers/run-cli.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { makeTempHome } from "../helpers/temp-home.ts";

const home = makeTempHome();
afterAll(() => home.remove());

interface Found {
  readonly code: string;
  readonly status: string;
  readonly plugin_id?: string;
  readonly detail: string;
  readonly hint: string | null;
}

async function doctor(cwd: string, ...args: string[]) {
  const options = { env: home.env, program: "osaurus", cwd } as const;
  const { code, stdout } = await runCli(["tools", "doctor", ...args, "--json"], options);
  return { code, found: JSON.parse(stdout) as Found[] };
}

/** A project folder; `built` is the fixture that its build made. */
function project({ file = {}, built }: { file?: object | string; built?: string } = {}): string {
  const folder = tempDir();
  const about = { plugin_id: "test.echoes", version: "1.0.0", dev: { build: "make build", library: "build/echoes" } };
  const text = typeof file === "string" ? file : JSON.stringify({ ...about, ...file });
  writeFileSync(join(folder, "osaurus-plugin.json"), text);
  if (built === undefined) return folder;
  const library = join(folder, `build/echoes${LIBRARY_SUFFIX}`);
  mkdirSync(dirname(library));
  copyFileSync(nativeFixture(built), library);
  return folder;
}

test("in a project that is built, its file and its library are examined", async () => {
  const { code, found } = await doctor(project({ built: "echoes" }));
  expect(code).toBe(0);
  expect(found.slice(0, 3)).toMatchObject([
    { code: "project_file", status: "ok", plugin_id: "test.echoes", detail: "test.echoes 1.0.0" },
    { code: "build_output", status: "ok", detail: `build/echoes${LIBRARY_SUFFIX}` },
    { code: "file_kind", status: "ok" },
  ]);
  expect(found.at(-1)).toMatchObject({ code: "entry_symbol", status: "ok" });
});

test("in a project that is not built, the command that builds it is said", async () => {
  const folder = project();
  const { code, found } = await doctor(folder);
  expect(code).toBe(1);
  expect(found).toMatchObject([
    { code: "project_file", status: "ok" },
    { code: "build_output", status: "fail", hint: `run "make build" in ${folder}` },
  ]);
});

test("of a library, what is wrong comes with what to do", async () => {
  const options = { env: home.env, program: "osaurus" } as const;
  const { code, stdout } = await runCli(["tools", "doctor", nativeFixture("load-no-entry")], options);
  expect(code).toBe(1);
  expect(stdout).toContain("[FAIL] exports - it exports no entry of a plugin\n       export osaurus_plugin_entry_v2: ");
});

test("each problem of process plugins has a code, and a hint that can be run", async () => {
  const dir = pluginDir("twin-a", "twin-b", "describe-fails", "scalar");
  writeFileSync(join(dir, "osp-forgotten"), "#!/bin/sh\n");
  symlinkSync("/no/such/file", join(dir, "osp-lost"));
  chmodSync(join(dir, "osp-forgotten"), 0o644);
  const env = { ...home.env, OSP_PLUGIN_PATH: `${dir}:${pluginDir("scalar")}` };
  const rows = JSON.parse((await runCli(["plugins", "doctor", "--json"], { env })).stdout) as Record<string, unknown>[];
  const of = (code: string) => rows.find((row) => row["code"] === code);
  expect(rows.every((row) => typeof row["code"] === "string" && row["kind"] !== undefined)).toBe(true);
  expect(of("summary")).toMatchObject({ kind: "summary", hint: null });
  expect(of("describe_failed")).toMatchObject({ kind: "plugin", plugin_id: "describe-fails" });
  expect(of("plugin_shadowed")).toMatchObject({ kind: "plugin", hint: expect.stringMatching(/rm \S*osp-scalar$/) });
  expect(of("command_conflict")).toMatchObject({ kind: "conflict", hint: "osp plugins select-provider twin ID" });
  const hints = rows.filter(({ code }) => code === "not_a_plugin").map(({ hint }) => hint);
  expect(hints).toEqual([`chmod +x ${join(dir, "osp-forgotten")}`, expect.stringContaining("move it away")]);
  // A problem without a hint would leave its reader alone.
  expect(rows.filter(({ code, hint }) => code !== "summary" && typeof hint !== "string")).toEqual([]);
});
