import { expect, test } from "vitest";
import { indentJson } from "./indent-json.ts";

test("each member gets a line; numbers, order, doubles and texts stay as they were written", () => {
  const text = '{"b":12345678901234567890,"1":1.50,"b":"a, b: {\\"c\\"}","empty":{},"none":[ ],"list":[1,[true,null]]}';
  expect(indentJson(text)).toBe(
    [
      "{",
      '  "b": 12345678901234567890,',
      '  "1": 1.50,',
      '  "b": "a, b: {\\"c\\"}",',
      '  "empty": {},',
      '  "none": [],',
      '  "list": [',
      "    1,",
      "    [",
      "      true,",
      "      null",
      "    ]",
      "  ]",
      "}",
    ].join("\n"),
  );
});

test.each(["", "plain words", '"a text"', "12", '{"cut":"off… (cut)', "[1,", "{a:1}"])(
  "what is no object and no list stays as it is: %j",
  (text) => expect(indentJson(text)).toBe(text),
);

test("nesting deeper than anybody reads is no trouble", () => {
  const deep = "[".repeat(500) + "]".repeat(500);
  expect(indentJson(deep).replaceAll(/\s/g, "")).toBe(deep);
});

test("what nesting would blow up is indented as far as it fits, and none of it is lost", () => {
  const nested = `${"[".repeat(2_000)}1${",1]".repeat(2_000)}`;
  const shown = indentJson(nested, 5_000);
  expect(shown.length).toBeLessThan(5_000 + 2 * nested.length);
  expect(shown).toMatch(/^\[\n {2}\[\n {4}\[/);
  expect(shown.replaceAll(/\s/g, "")).toBe(nested);
});
