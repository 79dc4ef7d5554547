import fc from "fast-check";
import { expect, test } from "vitest";
import { ResponseV1 } from "../../protocol/process-plugin.ts";
import { plainResponse } from "./plain-response.ts";

const text = fc.constantFrom("", " ", "a", "table", "md", "markdown", "left", "info", "loud", "toString");
const value = fc.oneof(
  text,
  fc.constant(null),
  fc.constant(1),
  fc.boolean(),
  fc.array(text, { maxLength: 3 }),
  fc.constant({}),
);
/** Mostly what is right, now and then anything. */
const mostly = <T>(right: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 6, arbitrary: right }, { weight: 1, arbitrary: value });
const record = (members: Record<string, fc.Arbitrary<unknown>>) => fc.record(members, { requiredKeys: [] });
const words = fc.array(text, { maxLength: 3 });
const meta = record({
  format_hint: mostly(text),
  columns: mostly(words),
  column_align: mostly(fc.array(fc.constantFrom("left", "right", "default"), { maxLength: 3 })),
  column_labels: mostly(fc.constant(null)),
  row_path: mostly(fc.constant(null)),
  preserve_json_document: mostly(fc.boolean()),
  length: value,
});
const message = record({
  level: mostly(fc.constantFrom("info", "error")),
  text: mostly(fc.constant("x")),
  more: value,
});
const error = fc.record({ code: mostly(text), message: text, details: fc.constant(null) });
const response = fc.record(
  {
    protocol_version: mostly(fc.constant(1)),
    ok: mostly(fc.boolean()),
    data: fc.constant(null),
    error: mostly(fc.oneof(fc.constant(null), error)),
    messages: mostly(fc.array(message, { maxLength: 3 })),
    meta: mostly(meta),
    more: value,
  },
  { requiredKeys: ["protocol_version", "ok", "data", "meta"] },
);

test("what is read without the schema is what the schema makes of it, and never what the schema refuses", () => {
  let read = 0;
  fc.assert(
    fc.property(response, (input) => {
      const plain = plainResponse(input);
      if (plain === undefined) return;
      read++;
      const { data: _data, ...byTheSchema } = ResponseV1.parse(input);
      expect(plain).toEqual(byTheSchema);
    }),
    { numRuns: 20_000 },
  );
  expect(read).toBeGreaterThan(300);
});

test("the usual answers are read", () => {
  const usual = { protocol_version: 1, ok: true, data: [], error: null, messages: [], meta: {} };
  expect(plainResponse(usual)).toBeDefined();
  expect(
    plainResponse({ ...usual, meta: { columns: ["a"], column_align: ["right"], format_hint: "table" } }),
  ).toBeDefined();
  expect(plainResponse({ ...usual, ok: false, error: { code: "A", message: "b" } })).toBeDefined();
  expect(plainResponse({ ...usual, messages: [{ level: "info", text: "x" }] })).toBeDefined();
});
