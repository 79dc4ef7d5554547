import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { piped, runStages } from "../../../test/helpers/run-stages.ts";
import { JsonNumber } from "../../base/ordered-json.ts";
import { HostError } from "../../protocol/errors.ts";
import {
  JSON_DEPTH_MAX,
  PIPELINE_BATCH_ROWS_MAX,
  PIPELINE_CHARS_MAX,
  PIPELINE_FUZZY_CHARS_MAX,
  PIPELINE_ROW_CELLS_MAX,
  PIPELINE_ROWS_MAX,
  PIPELINE_STAGES_MAX,
} from "../../protocol/limits.ts";
import type { Row } from "../rows.ts";
import { inBatches } from "./batches.ts";
import { dataOf } from "./flow.ts";
import { compilePipeline } from "./pipeline.ts";
import { refuseCopies } from "./pipeline-error.ts";
import type { Flow, Run } from "./verb.ts";

function errorOf(source: string): HostError {
  try {
    compilePipeline(source);
  } catch (error) {
    if (error instanceof HostError) return error;
    throw error;
  }
  throw new Error(`"${source}" is a pipeline`);
}

test.each([
  ["X a", "X", "there is no verb"],
  ["F a = 1 | q", "q", "there is no verb"],
  ["F name 'a", "'", "the quote ' is not closed"],
  ['P a | F name "a\\"', '"', "is not closed"],
  ["F name a\\", "\\", "nothing behind the backslash"],
  ["F", "F", "a key is missing"],
  ["P a |  F  > 1", ">", 'a key is missing in front of ">"'],
  ["P a |  F  = 1", "=", "a name is missing"],
  ["F a >=", ">=", 'a value is missing behind ">="'],
  ["F a = ==", "==", 'a value is missing behind "=="'],
  ["F ?a = 1", "=", "takes no value"],
  ["F a ~ '('", "'('", '"(" is no regular expression: Unterminated group'],
  ["F a ~ '\\p{Nope}'", "'\\p{Nope}'", "no regular expression"],
  ["F a..b = 1", ".", 'a name is missing behind a "." in "a..b"'],
  ["P", "P", "a key is missing"],
  ["P ,", "P ,", "a key is missing"],
  ["P !", "!", "a name is missing"],
  ["P ?a", "?a", "whatever is in them"],
  ["P a[].x, b[].x", "b[].x", 'two columns named "x"'],
  ["P x, b[].x", "b[].x", 'two columns named "x"'],
  ["P a[].x b[x]", "[x]", "between brackets"],
  ["L", "L", "a number is missing"],
  ["L x", "x", "no whole number"],
  ["L 1.5", "1.5", "no whole number"],
  ["L 1 2 3", "3", "nothing else"],
  ["C x", "x", "takes nothing"],
  ["U", "U", "a key is missing"],
  ["U a b", "b", "takes one key"],
  ["? a b", "b", "takes one key"],
  ["VALUE ''", "''", "a name is missing"],
  ["''", "''", "a text to search for is missing"],
  ["!", "!", "a text to search for is missing"],
  ["K", "K", "a text is missing"],
  ["V =", "=", "a text to search for is missing"],
  ["%ab", "ab", "at least 3"],
  [`%${"a".repeat(PIPELINE_FUZZY_CHARS_MAX + 1)}`, "a".repeat(PIPELINE_FUZZY_CHARS_MAX + 1), "at most 64"],
  ["%a.bc", "a.bc", "does not go with a path"],
  ["%=abc", "=abc", "do not go together"],
  ["Y x", "x", "takes nothing"],
  ["H zzz", "zzz", "there is no verb"],
  ["H F P", "P", "one verb"],
])("%s: %s is pointed at", (source, wrong, message) => {
  const { code, message: said, details } = errorOf(source);
  const { at, to, pipeline } = details as { at: number; to: number; pipeline: string };
  expect([code, source.slice(at, to), pipeline]).toEqual(["pipeline_invalid", wrong, source]);
  expect(said).toContain(message);
});

test("hints name what was meant", () => {
  expect(errorOf("H VALU").hint).toBe('did you mean "VALUE"?');
  expect(errorOf("x").hint).toContain("| 'x'");
});

test.each([
  ["", 0],
  [" | | ", 0],
  ["P a || C |", 2],
  ["P 'a|b' | p \\| | \"|\"", 3],
])("%j has %d stages", (source, count) => {
  expect(compilePipeline(source).stages).toHaveLength(count);
});

test("a pipeline tells what is to be done besides running it", () => {
  const pipeline = compilePipeline("f a | L 1");
  expect(pipeline).toMatchObject({ keepsHint: true, copies: false, asksHelp: undefined });
  expect(compilePipeline("f a | p a")).toMatchObject({ keepsHint: false });
  expect(compilePipeline("f a | y")).toMatchObject({ keepsHint: true, copies: true });
  expect(compilePipeline("f a | h").asksHelp).toEqual({ verb: undefined });
  expect(compilePipeline("h val").asksHelp).toEqual({ verb: "VALUE" });
  // Quoted, a letter is a text.
  expect(compilePipeline("'h'").asksHelp).toBeUndefined();
});

test.each([
  ["G f, h", 3, "keys are parted by spaces here"],
  ["S b,a", 3, "keys are parted by spaces here"],
  ["U t,a", 3, "keys are parted by spaces here"],
  ["? a,", 3, "keys are parted by spaces here"],
  ["A sum(a,b)", 7, "keys are parted by spaces here"],
  ["G a !f", 4, "G takes no !"],
  ["U !t", 2, "U takes a plain key"],
])("%s is refused at the very character", (source, at, message) => {
  expect(errorOf(source)).toMatchObject({ message, details: { at, to: at + 1 } });
});

test("a name with such a character in it can be quoted", async () => {
  expect(await piped("S 'a,b' | G '!g' | Z", '[{"a,b":2,"!g":1},{"a,b":1,"!g":3}]')).toBe('[{"!g":3},{"!g":1}]');
  expect(await piped("P a, 'a,b'", '[{"a,b":2,"a":1}]')).toBe('[{"a":1,"a,b":2}]');
});

test("a pipeline has so many characters and stages, and no more", () => {
  expect(compilePipeline("x".repeat(PIPELINE_CHARS_MAX)).stages).toHaveLength(1);
  expect(errorOf("x".repeat(PIPELINE_CHARS_MAX + 1)).details).toMatchObject({ at: PIPELINE_CHARS_MAX });
  const stages = (count: number) => Array(count).fill("L 1").join("|");
  expect(compilePipeline(stages(PIPELINE_STAGES_MAX)).stages).toHaveLength(PIPELINE_STAGES_MAX);
  expect(errorOf(stages(PIPELINE_STAGES_MAX + 1)).details).toMatchObject({ at: PIPELINE_STAGES_MAX * 4 });
});

test.each([
  ["5", "C", '[{"count":1}]'],
  ["null", "C", '[{"count":1}]'],
  ["[]", "C", '[{"count":0}]'],
  ["{}", "C", '[{"count":1}]'],
  ['"kiosk"', "kio", '[{"value":"kiosk"}]'],
  ['[1,{"a":2},"x"]', "F value = x", '[{"value":"x"}]'],
  ["[]", "F a | P b | U c | VALUE d | ? | L 2 | kiosk", "[]"],
  ["null", "P value", '[{"value":null}]'],
  ["[[1,2]]", "U value", '[{"value":1},{"value":2}]'],
])("%s goes through %s", async (json, source, expected) => {
  expect(await piped(source, json)).toBe(expected);
});

test("numbers, names and their order come out as they went in", async () => {
  const json = '[{"2":1.0,"__proto__":{"x":1e3},"1":12345678901234567890,"constructor":-0}]';
  expect(await piped("F 2 = 1.0 | ? | L 1 | !zzz", json)).toBe(json);
  expect(await piped("P 2 __proto__ 1", json)).toBe('[{"2":1.0,"__proto__":{"x":1e3},"1":12345678901234567890}]');
  expect(await piped("P !2", json)).toBe('[{"__proto__":{"x":1e3},"1":12345678901234567890,"constructor":-0}]');
  expect(await piped("VALUE __proto__.x 1", json)).toBe('[{"value":1e3},{"value":12345678901234567890}]');
});

test("data as deep as data may be goes through all verbs", async () => {
  const depth = JSON_DEPTH_MAX - 2;
  const json = `[{"a":${'{"a":'.repeat(depth / 2)}${"[".repeat(depth / 2)}1${"]".repeat(depth / 2)}${"}".repeat(depth / 2)}}]`;
  const path = Array(depth / 2 + 1)
    .fill("a")
    .join(".");
  expect(await piped(`F ${path} = 1 | P ${path} | U ${path} | ? | ? a | zzz`, json)).toBe("[]");
  expect(await piped("VALUE a.a | P !zz | C", json)).toBe('[{"count":1}]');
  for (const hint of [{ preserve_json_document: true }, { format_hint: "mreg" }]) {
    expect(await piped(`F ${path} = 1 | P a | !zz | ? | L 5 | S a | C`, json, hint)).toBe('[{"count":1}]');
  }
});

test("of rows without end only as many are taken as are needed", async () => {
  let taken = 0;
  function* endless(): Iterable<Row> {
    for (;;) yield new Map([["n", new JsonNumber(String(taken++))]]);
  }
  const stages = compilePipeline("F n >= 2 | P n | L 3").stages;
  let flow: Flow = { kind: "rows", rows: inBatches(endless()) };
  for (const stage of stages) flow = await stage.apply(flow, { signal: new AbortController().signal });
  const data = await dataOf(flow, { signal: new AbortController().signal }, { from: 0, to: 0 });
  expect((data as Row[]).map((row) => (row.get("n") as JsonNumber).text)).toEqual(["2", "3", "4"]);
  expect(taken).toBeLessThanOrEqual(PIPELINE_BATCH_ROWS_MAX);
});

test.each(["F n = 1", "L -5", "L 5 -5", "C", "P n | VALUE x"])(
  "%s can be given up while rows go by",
  async (source) => {
    const controller = new AbortController();
    const run: Run = { signal: controller.signal };
    function* endless(): Iterable<Row> {
      for (;;) yield new Map([["n", new JsonNumber("0")]]);
    }
    const ends = (async () => {
      let flow: Flow = { kind: "rows", rows: inBatches(endless()) };
      for (const stage of compilePipeline(source).stages) flow = await stage.apply(flow, run);
      await dataOf(flow, run, { from: 0, to: 0 });
    })();
    await setImmediate();
    controller.abort(new Error("given up"));
    await expect(ends).rejects.toThrow("given up");
  },
);

test("a pipeline that was given up before does not begin", async () => {
  const { runPipeline } = await import("./pipeline.ts");
  const { NO_META } = await import("../no-meta.ts");
  const input = { data: [], meta: NO_META };
  const running = runPipeline(compilePipeline("C"), input, { signal: AbortSignal.abort(new Error("given up")) });
  await expect(running).rejects.toThrow("given up");
});

test("a pipeline ends in so many rows and no more", async () => {
  const run = { signal: new AbortController().signal };
  const batch: Row[] = Array(10_000).fill(new Map());
  const flow = (count: number): Flow => ({ kind: "rows", rows: [...Array(count / batch.length).fill(batch)] });
  expect(await dataOf(flow(PIPELINE_ROWS_MAX), run, { from: 0, to: 1 })).toHaveLength(PIPELINE_ROWS_MAX);
  const surplus: Flow = { kind: "rows", rows: [...Array(PIPELINE_ROWS_MAX / batch.length).fill(batch), [new Map()]] };
  await expect(dataOf(surplus, run, { from: 3, to: 4 })).rejects.toMatchObject({
    code: "pipeline_invalid",
    details: { at: 3, to: 4 },
  });
});

test("a row becomes so many copies and no more", async () => {
  const place = { from: 3, to: 4 };
  expect(() => refuseCopies(PIPELINE_ROW_CELLS_MAX / 2, 2, place)).not.toThrow();
  expect(() => refuseCopies(PIPELINE_ROW_CELLS_MAX + 1, 1, place)).toThrow("one row would become");
  const members = Array.from({ length: 3000 }, (_, at) => `"name ${at}":${at}`).join();
  const json = `[{${members},"list":[${Array(3000).fill("1").join()}]}]`;
  const copied = { code: "pipeline_invalid", message: "one row would become 3000, each with 3001 members" };
  await expect(runStages("U list", json)).rejects.toMatchObject(copied);
  await expect(runStages("P name list[]", json)).rejects.toMatchObject(copied);
  expect(await piped("P 'name 7' list | U list | C", json)).toBe('[{"count":3000}]');
});

test("an error that only the data shows points into the pipeline too", async () => {
  const source = "P host | F host ~ '^(a+)+$'";
  const running = runStages(source, `[{"host":"${"a".repeat(60)}!"}]`);
  await expect(running).rejects.toMatchObject({
    code: "pipeline_invalid",
    message: 'the pattern "^(a+)+$" takes too long on the data',
    details: { at: source.indexOf("'"), to: source.length, pipeline: source },
  });
});

const META = {
  format_hint: "table",
  columns: ["floor", "host", "gone"],
  column_labels: ["Floor", "Host name", "Gone"],
  column_align: ["right", "left", "center"] as ("right" | "left" | "center")[],
};

test("columns come in the order of the rows, and keep label and alignment", async () => {
  const json = '[{"host":"a","floor":1,"tag":"x"},{"host":"b","floor":2,"more":1}]';
  const { meta } = await runStages("F floor > 0", json, META);
  expect(meta).toMatchObject({
    format_hint: "table",
    columns: ["host", "floor", "tag", "more"],
    column_labels: ["Host name", "Floor", "tag", "more"],
    column_align: ["left", "right", "default", "default"],
  });
  const projected = await runStages("P floor", json, META);
  expect(projected.meta).toMatchObject({
    format_hint: null,
    columns: ["floor"],
    column_labels: ["Floor"],
    column_align: ["right"],
  });
  const counted = await runStages("C", json, META);
  expect(counted.meta).toMatchObject({ format_hint: null, columns: null, column_labels: null, column_align: [] });
});

test("without any stage everything is as it was", async () => {
  const { data, meta } = await runStages(" | ", '{"a":[]}', META);
  expect([data, meta]).toMatchObject([new Map([["a", []]]), META]);
});
