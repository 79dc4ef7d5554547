import fc from "fast-check";
import { expect, test } from "vitest";
import { MODEL_OUTPUT_BYTES_MAX } from "../protocol/limits.ts";
import { capForModel } from "./cap-for-model.ts";
import type { ToolEnvelope } from "./envelope.ts";

const bytesOf = (envelope: ToolEnvelope) => Buffer.byteLength(JSON.stringify(envelope));
const success = (result: unknown): ToolEnvelope => ({ ok: true, tool: "t", result });
const roomFor = (envelope: ToolEnvelope) => MODEL_OUTPUT_BYTES_MAX - bytesOf(envelope);

test("what fits stays as it is, one byte more does not", () => {
  const fits = success("x".repeat(roomFor(success(""))));
  expect(capForModel(fits)).toBe(fits);
  const over = capForModel(success("x".repeat(roomFor(success("")) + 1)));
  expect(over).toMatchObject({ ok: true, tool: "t", result: { kind: "truncated_output", truncated: true } });
  expect(bytesOf(over)).toBeLessThanOrEqual(MODEL_OUTPUT_BYTES_MAX);
});

test("two thirds of the beginning and the end are kept, and what was cut out is said", () => {
  const text = `${"a".repeat(200_000)}${"z".repeat(200_000)}`;
  const { result, warnings, summary } = capForModel({
    ...success({ text }),
    summary: "s".repeat(5_000),
    warnings: ["w", { of: "the plugin" }],
  } as ToolEnvelope) as unknown as {
    result: { content: string; original_chars: number };
    warnings: string[];
    summary: string;
  };
  expect(result.original_chars).toBe(JSON.stringify({ text }).length);
  const [head, tail] = result.content.split(/\n\[\.\.\. \d+ characters or more are left out \.\.\.\]\n/) as [
    string,
    string,
  ];
  expect(head).toMatch(/^\{"text":"a+$/);
  expect(tail).toMatch(/^z+"\}$/);
  expect(head.length / tail.length).toBeCloseTo(2, 2);
  expect(head.length + tail.length).toBeGreaterThan(90_000);
  expect(warnings).toEqual([expect.stringContaining("400011 characters"), "w", '{"of":"the plugin"}']);
  expect(summary.length).toBeLessThanOrEqual(2_000);
});

test("a failure stays one, with its kind and what it says of trying again", () => {
  const failure: ToolEnvelope = {
    ok: false,
    tool: "t",
    kind: "timeout",
    code: "c".repeat(200_000),
    message: "m".repeat(200_000),
    field: "f",
    expected: "e".repeat(200_000),
    retryable: true,
  };
  const capped = capForModel(failure);
  expect(capped).toMatchObject({ ok: false, tool: "t", kind: "timeout", field: "f", retryable: true });
  expect(capped).not.toHaveProperty("expected");
  expect(bytesOf(capped)).toBeLessThanOrEqual(MODEL_OUTPUT_BYTES_MAX);
});

test("whatever it is made of, it fits, and no character is cut in two", () => {
  const piece = fc.constantFrom("x", "\u0001", "ä", "\u{1f9c0}", '"', "\ud800");
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 5 }), fc.nat(3), (pieces, shift) => {
      const text = "x".repeat(shift) + pieces.join("").repeat(60_000);
      for (const envelope of [success(text), success([text]), success({ a: { b: text } })]) {
        const capped = capForModel(envelope);
        expect(bytesOf(capped)).toBeLessThanOrEqual(MODEL_OUTPUT_BYTES_MAX);
        if (capped !== envelope) expect(bytesOf(capped)).toBeGreaterThan(MODEL_OUTPUT_BYTES_MAX / 2);
      }
    }),
    { numRuns: 20 },
  );
});

test("a name that leaves no room is cut, whatever stands beside it", () => {
  const name = "n".repeat(MODEL_OUTPUT_BYTES_MAX);
  const failure: ToolEnvelope = {
    ok: false,
    tool: name,
    kind: "tool_not_found",
    code: "\u0001".repeat(200_000),
    message: `no plugin has a tool "${name}"`,
    field: "\u0001".repeat(200_000),
    retryable: false,
  };
  for (const envelope of [{ ...success("x"), tool: name }, failure]) {
    const capped = capForModel(envelope);
    expect(bytesOf(capped)).toBeLessThanOrEqual(MODEL_OUTPUT_BYTES_MAX);
    expect(capped.tool.length).toBeLessThanOrEqual(200);
  }
});
