import { expect, test } from "vitest";
import { parseOrderedJson } from "../base/ordered-json.ts";
import { HostError } from "../protocol/errors.ts";
import { MODEL_OUTPUT_BYTES_MAX } from "../protocol/limits.ts";
import type { ToolOutcome } from "../tools/call-tool.ts";
import { toolFailure } from "../tools/envelope.ts";
import { type KeepOutput, resultOf } from "./result-for-model.ts";

/** Remembers what it was given. */
function keeper() {
  const kept: string[] = [];
  const keep: KeepOutput = async (_tool, text) => {
    kept.push(text);
    return "how to read on.";
  };
  return { kept, keep };
}

function success(result: unknown, more: Partial<ToolOutcome> = {}): ToolOutcome {
  return { envelope: { ok: true, tool: "t", result }, breakdown: undefined, exactResult: () => undefined, ...more };
}

/** Bytes of the envelope around a text as result. */
const AROUND = Buffer.byteLength(JSON.stringify({ ok: true, tool: "t", result: "" }));

test("a result at the limit is given whole, and one byte more is cut, kept and said", async () => {
  const { kept, keep } = keeper();
  const whole = await resultOf(success("x".repeat(MODEL_OUTPUT_BYTES_MAX - AROUND)), keep);
  expect(whole.forModel).not.toContain("Only a part");
  expect(kept).toEqual([]);
  const long = "x".repeat(MODEL_OUTPUT_BYTES_MAX - AROUND + 1);
  const cut = await resultOf(success(long), keep);
  expect(cut.forModel).toContain("truncated_output");
  expect(cut.forModel.endsWith(`All ${long.length} characters are kept: how to read on.`)).toBe(true);
  expect(kept).toEqual([long]);
  expect(JSON.parse(cut.content).result).toBe(long);
});

test("where nothing can be kept, the model is told so", async () => {
  const { forModel } = await resultOf(success("x".repeat(MODEL_OUTPUT_BYTES_MAX)), async () => undefined);
  expect(forModel).toContain("the rest is not kept");
});

test("numbers and the order of members are the plugin's own", async () => {
  const text = '{"z":12345678901234567890,"a":1.0}';
  const { content, forModel } = await resultOf(
    success(JSON.parse(text), { exactResult: () => parseOrderedJson(text) }),
    keeper().keep,
  );
  expect(content).toBe(`{"ok":true,"tool":"t","result":${text}}`);
  expect(forModel).toContain(text);
});

test("a result that cannot be read exactly is a failure", async () => {
  const exactResult = () => {
    throw new HostError("output_too_large", "too many values");
  };
  const { isError, content } = await resultOf(success({ a: 1 }, { exactResult }), keeper().keep);
  expect(isError).toBe(true);
  expect(JSON.parse(content)).toMatchObject({ ok: false, code: "output_too_large", retryable: false });
});

test("hidden characters that make a result too long when they are spelled out count as they are spelled", async () => {
  const { forModel } = await resultOf(success("\u202e".repeat(30_000)), keeper().keep);
  expect(forModel).not.toContain("\u202e");
  expect(Buffer.byteLength(forModel)).toBeLessThan(MODEL_OUTPUT_BYTES_MAX + 1_000);
});

test("a failure that is too long stays a failure, and is kept", async () => {
  const { kept, keep } = keeper();
  const message = "m".repeat(2 * MODEL_OUTPUT_BYTES_MAX);
  const envelope = toolFailure("t", { kind: "execution_error", message });
  const { forModel, isError } = await resultOf({ ...success(null), envelope }, keep);
  expect(isError).toBe(true);
  expect(forModel).toContain('"ok":false');
  expect(JSON.parse(kept[0]!).message).toBe(message);
});

test("a result that is cut has one length, however its hidden characters are spelled out", async () => {
  const text = "\u202e".repeat(MODEL_OUTPUT_BYTES_MAX);
  const { forModel } = await resultOf(success(text), keeper().keep);
  const lengths = [...forModel.matchAll(/(?:"original_chars":|has |All )(\d+)/g)].map(([, chars]) => Number(chars));
  expect(lengths).toEqual([text.length, text.length, text.length]);
});

test("more than may be held is cut for everybody and not kept, one character less is whole", async () => {
  const long = success("x".repeat(2 * MODEL_OUTPUT_BYTES_MAX));
  const whole = (await resultOf(long, keeper().keep)).content.length;
  const { kept, keep } = keeper();
  expect((await resultOf(long, keep, whole)).content).toHaveLength(whole);
  expect(kept).toHaveLength(1);
  const cut = await resultOf(long, keep, whole - 1);
  expect(cut).toMatchObject({ wholeChars: whole, isError: false });
  expect(JSON.parse(cut.content).result).toMatchObject({ kind: "truncated_output" });
  expect(cut.forModel).toContain("the rest is not kept");
  expect(kept).toHaveLength(1);
});

test("that a person changed the arguments is said behind the frame, where no tool can say it", async () => {
  const edited = '{"n": 2, "text": "a\u202eb"}';
  const outcome = success("The user changed the arguments of this call.", { edited });
  const result = await resultOf(outcome, keeper().keep);
  expect(result.forModel).toMatch(/\n<\/tool-result \w+>\nThe user changed [^\n]+: \{"n":2,"text":"a\\u202eb"\}$/);
  expect(result).toMatchObject({ edited, content: expect.not.stringContaining('"n"') });
  const failed = { ...outcome, envelope: toolFailure("t", { kind: "invalid_args", message: "no" }) };
  expect((await resultOf(failed, keeper().keep)).forModel).toContain('It was made with: {"n":2');
  const { edited: _, ...plain } = outcome;
  expect((await resultOf(plain, keeper().keep)).forModel).not.toContain("It was made with");
});
