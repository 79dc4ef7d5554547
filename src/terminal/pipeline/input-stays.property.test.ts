// What goes into a pipeline is kept by others, to be shown again: no verb may change it.

import fc from "fast-check";
import { expect, test } from "vitest";
import { formatOrderedJson, parseOrderedJson } from "../../base/ordered-json.ts";
import type { ResponseMeta } from "../../protocol/process-plugin.ts";
import { NO_META } from "../no-meta.ts";
import { compilePipeline, runPipeline } from "./pipeline.ts";
import { VERBS } from "./verbs.ts";

const STAGES: Readonly<Record<string, readonly string[]>> = {
  F: ["F a > 1", "F !b = x", "F list ~ x", "F o.b = x", "F o"],
  P: ["P a, b", "P !a !o.b", "P list[] a", "P o", "P b !list", "P !in"],
  S: ["S a", "S !b list AS str"],
  L: ["L 1", "L -1", "L 1 1"],
  G: ["G a", "G list[] ?b", "G o.b"],
  A: ["A count sum(a) max(b)", "A sum(o.a) s"],
  Z: ["G a | A count | Z"],
  C: ["C"],
  U: ["U list", "U in", "U o.list"],
  VALUE: ["VALUE", "VALUE a list"],
  "?": ["?", "? b", "? !list"],
  K: ["K b", "K !o"],
  V: ["V x", "V !1"],
  // jq has the data as text, and a thread of its own takes a tenth of a second.
  JQ: [],
  Y: ["Y"],
  H: ["H"],
};
const SEARCHES = ["x", "!x", "in.b", "%xyz"];

const scalar = fc.constantFrom('"x"', '""', "null", "1", "2.50", '"xyz"', "false");
const list = fc.array(scalar, { maxLength: 3 }).map((items) => `[${items.join()}]`);
const inner = fc
  .record({ a: scalar, b: scalar, list }, { requiredKeys: [] })
  .map((members) => `{${Object.entries(members).map(([name, json]) => `"${name}":${json}`)}}`);
const row = fc
  .record(
    { a: scalar, b: scalar, list, o: inner, in: fc.array(inner, { maxLength: 2 }).map((all) => `[${all}]`) },
    { requiredKeys: [] },
  )
  .map((members) => `{${Object.entries(members).map(([name, json]) => `"${name}":${json}`)}}`);
const rows = fc.array(row, { maxLength: 4 }).map((all) => `[${all}]`);
const group = rows.map((all) => `{"groups":{"a":1},"aggregates":{"n":2},"rows":${all}}`);

const input: fc.Arbitrary<{ json: string; meta: Partial<ResponseMeta> }> = fc.oneof(
  rows.map((json) => ({ json, meta: {} })),
  fc.array(group, { minLength: 1, maxLength: 3 }).map((all) => ({ json: `[${all}]`, meta: {} })),
  rows.map((json) => ({ json: `{"title":"x","rows":${json}}`, meta: { row_path: "rows" } })),
  row.map((json) => ({ json, meta: { preserve_json_document: true } })),
);

test("every verb is tried", () => {
  expect(Object.keys(STAGES)).toEqual(VERBS.map(({ name }) => name));
});

test("no stage changes what goes into it, nor what was left of it before", async () => {
  const stages = fc.array(fc.constantFrom(...Object.values(STAGES).flat(), ...SEARCHES), {
    minLength: 1,
    maxLength: 3,
  });
  await fc.assert(
    fc.asyncProperty(stages, input, async (typed, { json, meta }) => {
      const data = parseOrderedJson(json);
      const before = formatOrderedJson(data);
      const run = { signal: new AbortController().signal };
      try {
        await runPipeline(compilePipeline(typed.join(" | ")), { data, meta: { ...NO_META, ...meta } }, run);
      } catch (error) {
        // Some stages do not fit some data.
        expect(error).toMatchObject({ code: "pipeline_invalid" });
      }
      expect(formatOrderedJson(data)).toBe(before);
    }),
    { numRuns: 1000 },
  );
});
