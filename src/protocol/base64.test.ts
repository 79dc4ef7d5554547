// Which texts are base64.

import { expect, test } from "vitest";
import { isBase64 } from "./base64.ts";

test.each([
  ["", true],
  ["AAAA", true],
  ["AAA=", true],
  ["AA==", true],
  ["+/+/", true],
  ["A===", false],
  ["====", false],
  ["AA=A", false],
  ["AAA", false],
  ["AA-_", false],
  ["AAA\n", false],
])("whether this is base64: %j", (text, is) => {
  expect(isBase64(text)).toBe(is);
});

test("a text of many millions of characters is looked at like any other", () => {
  const text = "A".repeat(40_000_000);
  expect([isBase64(text), isBase64(`${text}AA=A`)]).toEqual([true, false]);
});
