import fc from "fast-check";
import { expect, test } from "vitest";
import { lineWord, lineWords } from "./line-words.ts";

const texts = (line: string) => lineWords(line).tokens.map(({ kind, text }) => (kind === "bar" ? ["|"] : text));

test.each([
  ["", []],
  ["   \t ", []],
  ["a b", ["a", "b"]],
  ["a|b", ["a", ["|"], "b"]],
  ["a '|' b", ["a", "|", "b"]],
  ["a \\| b", ["a", "|", "b"]],
  ["'it''s' \"a \\\"b\\\"\"", ["its", 'a "b"']],
  ["'a\\b'", ["a\\b"]],
  ["x'y z'w", ["xy zw"]],
  ["''", [""]],
  ["a\nb", ["a", "b"]],
])("%j is taken apart", (line, expected) => {
  expect(texts(line)).toEqual(expected);
  expect(lineWords(line).problem).toBeUndefined();
});

test.each([
  ["a 'b", { kind: "unclosed quote", at: 2 }, ["a", "b"]],
  ['a "b\\"', { kind: "unclosed quote", at: 2 }, ["a", 'b"']],
  ["a b\\", { kind: "nothing escaped", at: 3 }, ["a", "b"]],
])("%j is not whole", (line, problem, expected) => {
  expect(lineWords(line).problem).toEqual(problem);
  expect(texts(line)).toEqual(expected);
});

test("places count from the start of the line, quotes included, and quoted characters are marked", () => {
  const [first, second] = lineWords("ab 'c|'d").tokens;
  expect(first).toMatchObject({ from: 0, to: 2, quoted: [false, false] });
  expect(second).toMatchObject({ text: "c|d", from: 3, to: 8, quoted: [true, true, false] });
});

test("whatever the words are, written as a line they are read again", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary" })), (words) => {
      expect(texts(words.map(lineWord).join(" "))).toEqual(words);
    }),
  );
});
