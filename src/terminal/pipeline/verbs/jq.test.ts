import { expect, test } from "vitest";
import { formatOrderedJson, parseOrderedJson } from "../../../base/ordered-json.ts";
import { HostError } from "../../../protocol/errors.ts";
import { JQ_EXPRESSION_BYTES_MAX } from "../../../protocol/limits.ts";
import { dataOf, rowFlowOf } from "../flow.ts";
import { JQ_LIMITS, JqInput, runJq } from "../jq.ts";
import { jqError, jqFilter } from "../jq-filter.ts";
import { stageWords } from "../stage-words.ts";
import type { Flow } from "../verb.ts";
import { compileJq } from "./jq.ts";

const RUN = { signal: new AbortController().signal };
const ROWS = '[{"n":"a","v":2},{"n":"b","v":10},{"n":"c"}]';
const GROUPS = `[
  {"groups":{"k":1},"aggregates":{"count":2},"rows":[{"v":1},{"v":2}]},
  {"groups":{"k":2},"aggregates":{"count":1},"rows":[{"v":3}]}]`;

function compiled(text: string) {
  return compileJq(stageWords({ text, from: 0 }));
}

async function ran(text: string, flow: Flow): Promise<string> {
  return formatOrderedJson(await dataOf(await compiled(text).apply(flow, RUN), RUN, { from: 0, to: 0 }));
}

function flowOf(json: string): Flow {
  return rowFlowOf(parseOrderedJson(json));
}

async function failureOf(work: Promise<unknown> | (() => unknown)): Promise<HostError> {
  try {
    await (typeof work === "function" ? work() : work);
  } catch (error) {
    if (error instanceof HostError) return error;
    throw error;
  }
  throw new Error("there was no failure");
}

const inputOf = (text: string): JqInput => {
  const input = new JqInput();
  input.add(text);
  return input;
};
const filterOf = (expression: string) => jqFilter(stageWords({ text: `JQ '${expression}'`, from: 0 }));

/** Each run starts a thread and a WebAssembly program, a tenth of a second: what needs none is tried without. */
test.each([
  ["JQ .[0]", ".[0]"],
  ['JQ map(select(.n == "c"))', 'map(select(.n == "c"))'],
  ["JQ 'map(.n)'", "map(.n)"],
  ['jq "map(select(.n == \\"c\\"))"', 'map(select(.n == "c"))'],
  ["JQ '| map(.n)'", "map(.n)"],
  ["JQ 'a' 'b'", "'a' 'b'"],
  ["JQ  .a   # why ", ".a   # why"],
])("%s has the expression %s", (text, expression) => {
  expect(jqFilter(stageWords({ text, from: 7 })).text).toBe(expression);
});

test.each([
  ["JQ 'map(select(.v > 2)) # large ones'", '[{"n":"b","v":10}]'],
  ["JQ '.[] | {z: .n, a: 1}'", '[{"z":"a","a":1},{"z":"b","a":1},{"z":"c","a":1}]'],
  ["JQ empty", "[]"],
  ["JQ -1", '[{"value":-1}]'],
  ["JQ '[{groups: {x: 1}, aggregates: {}, rows: .}]'", `[{"groups":{"x":1},"aggregates":{},"rows":${ROWS}}]`],
])("%s on rows", async (text, wanted) => {
  expect(await ran(text, flowOf(ROWS))).toBe(wanted);
});

test("numbers keep their value, members their order and texts their characters", async () => {
  const json =
    '[{"b":9007199254740993,"a":1.0,"10":-0.10,"2":123456789012345678901234567890,"__proto__":"ü😀\\u0000"}]';
  expect(await ran("JQ .", flowOf(json))).toBe(json);
});

test("no rows are no work for jq", async () => {
  expect(await ran("JQ 'error(\"never\")'", flowOf("[]"))).toBe("[]");
});

test.each([
  ["JQ 'select(.aggregates.count > 1)'", `[${GROUPS.slice(1).split("},\n")[0]!.trim()}}]`],
  ["JQ '.rows[].v'", GROUPS.replaceAll(/\{"v":(\d)\}/g, '{"value":$1}')],
  ["JQ '{rows: [], groups: {x: .groups.k}}'", GROUPS.replaceAll(/\[\{"v.*?\]/g, "[]").replaceAll('"k"', '"x"')],
])("%s on groups", async (text, wanted) => {
  expect(await ran(text, flowOf(GROUPS))).toBe(formatOrderedJson(parseOrderedJson(wanted)));
});

test("in a document it runs on each array of objects, and leaves what stands around them", async () => {
  const document = parseOrderedJson('{"title":"t","a":[{"v":1},{"v":2}],"in":{"b":[{"v":3}]},"tags":["x"]}');
  expect(await ran("JQ 'map(select(.v != 3))'", { kind: "document", document })).toBe(
    '{"title":"t","a":[{"v":1},{"v":2}],"tags":["x"]}',
  );
});

test.each([
  ["JQ map(", "(", /^jq does not understand "map\(": .*unexpected end of file$/s],
  ['JQ .[] + "ü" + foo', "foo", /^jq does not understand ".*": foo\/0 is not defined$/],
  ["JQ '1 +\n  * 2'", "*", /unexpected '\*'/],
  ["JQ '.[0].n.x'", "'.[0].n.x'", /^jq failed in "\.\[0\]\.n\.x": Cannot index string/],
  ["JQ 'include \"/etc/passwd\"; 1'", "'include", /module not found/],
])("%s points at %s", async (text, place, message) => {
  const error = await failureOf(Promise.resolve(compiled(text).apply(flowOf(ROWS), RUN)));
  expect(error.code).toBe("pipeline_invalid");
  expect(error.message).toMatch(message);
  const { at, to } = error.details as { at: number; to: number };
  expect(text.slice(at, to).startsWith(place)).toBe(true);
});

test.each([
  ["jq: error (at inputString:0) (not a string): null", 'jq failed in "x": null'],
  ['["DEBUG:",1]\njq: error (at inputString:3): a\nb', 'jq failed in "x": a\nb'],
  ["abc", 'jq failed in "x": abc'],
  ["", 'jq failed in "x"'],
  [`jq: error (at <unknown>): ${"y".repeat(400)}`, `jq failed in "x": ${"y".repeat(300)}…`],
  ["jq: error: oops at <top-level>, line 9:\nnot ours\njq: 1 compile error", 'jq does not understand "x": oops'],
])("what jq printed, %j, becomes %j", (printed, message) => {
  expect(jqError(filterOf("x"), printed, 0).message).toBe(message);
});

test("before anything runs, an expression is checked, and not run", async () => {
  await expect(compiled("JQ 'error(\"never\")'").check!(RUN)).resolves.toBeUndefined();
  expect((await failureOf(compiled("JQ .a | foo | .b").check!(RUN))).message).toContain("foo/0 is not defined");
});

test("a mistake is found in the same place when there are groups", async () => {
  const error = await failureOf(Promise.resolve(compiled("JQ .rows + foo").apply(flowOf(GROUPS), RUN)));
  expect(error.details).toMatchObject({ at: 11, to: 14 });
});

test.each(["JQ", "JQ ''", "JQ '| '"])("%s has no expression", async (text) => {
  expect((await failureOf(() => compiled(text))).message).toBe("JQ needs an expression");
});

test("the longest expression works, and a longer one is refused", async () => {
  const expression = `.${" ".repeat(JQ_EXPRESSION_BYTES_MAX - 3)}+1`;
  expect(await runJq(filterOf(expression), inputOf("1"), RUN)).toHaveLength(1);
  expect((await failureOf(() => filterOf(`${expression}1`))).message).toContain(`${JQ_EXPRESSION_BYTES_MAX} bytes`);
});

test("an expression that takes the other groups' input is refused", async () => {
  const error = await failureOf(Promise.resolve(compiled("JQ input").apply(flowOf(GROUPS), RUN)));
  expect(error.hint).toContain("leave out `input`");
});

test("a filter sees neither files nor the environment of this program", async () => {
  const seen = await ran("JQ '[$ENV, env, input_filename, get_search_list]'", flowOf(ROWS));
  expect(seen).not.toContain(process.cwd());
  expect(seen).not.toContain(process.env["PATH"]);
  expect(seen).not.toContain(process.execPath);
  expect(seen).toContain("web_user");
});

test("a filter that never ends is ended when nobody waits any more, and after its time", async () => {
  const controller = new AbortController();
  const running = runJq(filterOf("last(repeat(1))"), inputOf("1"), controller);
  setImmediate(() => controller.abort(new HostError("interrupted", "interrupted")));
  expect((await failureOf(running)).code).toBe("interrupted");
  const limits = { ...JQ_LIMITS, msMax: 100 };
  const late = await failureOf(runJq(filterOf("last(repeat(1))"), inputOf("1"), RUN, limits));
  expect(late.message).toBe('jq was not done after 0.1 s with "last(repeat(1))"');
});

test.each([
  ['"x" * 1e8 | length', /^jq wanted more memory/],
  ["repeat(1)", /^jq gave more than it may/],
  ["reduce range(200) as $i (1; {a: .})", /nested more deeply than jq can go/],
])("a filter that wants too much, like %s, fails and harms nobody", async (expression, message) => {
  const limits = { ...JQ_LIMITS, memoryBytesMax: 24 * 2 ** 20, outputBytesMax: 2 ** 16 };
  const error = await failureOf(runJq(filterOf(expression), inputOf("1"), RUN, limits));
  expect(error.code).toBe("pipeline_invalid");
  expect(error.message).toMatch(message);
});

test("output may be as long as it may be, and not one byte more", async () => {
  const limits = { ...JQ_LIMITS, outputBytesMax: 6 };
  expect(await runJq(filterOf("."), inputOf("12345"), RUN, limits)).toHaveLength(1);
  expect((await failureOf(runJq(filterOf("."), inputOf("123456"), RUN, limits))).message).toMatch(/gave more/);
});
