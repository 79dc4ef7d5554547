import fc from "fast-check";
import { expect, test } from "vitest";
import { shortJson, shortText } from "./short-json.ts";

test("a text is whole at the limit, and one past it is cut and says so", () => {
  expect(shortText("abcd", 4)).toBe("abcd");
  expect(shortText("abcde", 4)).toBe("abcd … (cut: 5 characters in all)");
  expect(shortText("abc\u{1f600}", 4)).toBe("abc\ufffd … (cut: 5 characters in all)");
});

test("space between the parts of JSON goes, in texts it stays", () => {
  expect(shortJson('{ "a b" :\n\t[ 1 , "\\" x\\\\" ,  "" ] }\r\n', 100)).toBe('{"a b":[1,"\\" x\\\\",""]}');
});

test("space cannot push what matters out of sight", () => {
  expect(shortJson(`{"a":1,${" ".repeat(10_000)}${"\n".repeat(10_000)}"path":"/"}`, 100)).toBe('{"a":1,"path":"/"}');
});

test("JSON is whole at the limit, and one past it is cut and says how much there is", () => {
  expect(shortJson(' ["abcd"] ', 8)).toBe('["abcd"]');
  expect(shortJson(' [ "abcde"]', 8)).toBe('["abcde" … (cut: 9 characters in all)');
  expect(shortJson(` [${"1, ".repeat(10)}1]`, 5)).toBe("[1,1, … (cut: 23 characters in all)");
});

test("of a member that is there twice, both are seen, and numbers stay as they are", () => {
  const text = '{"path":"/etc","n":12345678901234567890,"path":"/tmp"}';
  expect(shortJson(text, 100)).toBe(text);
});

test("whatever JSON it is, its meaning stays", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const short = shortJson(JSON.stringify(value, null, 3), Number.MAX_SAFE_INTEGER);
      expect(short).toBe(JSON.stringify(value));
    }),
  );
});
