import { expect, test } from "vitest";
import { isJsonBeyond } from "./json-length.ts";

const lengthOf = (text: string) => Buffer.byteLength(JSON.stringify(text)) - 2;

test.each([
  ["every ASCII character", String.fromCharCode(...Array.from({ length: 128 }, (_, code) => code))],
  ["characters of two, three and four bytes", "äöü€\u2028\u2029\ufeff\u{1f600}"],
  ["nothing", ""],
  ["what does not grow", "x".repeat(100)],
])("%s: the length is that of the JSON text, to the byte", (_what, text) => {
  const bytes = Buffer.from(text);
  expect(isJsonBeyond(bytes, lengthOf(text))).toBe(false);
  if (text !== "") expect(isJsonBeyond(bytes, lengthOf(text) - 1)).toBe(true);
});
