import { expect, test } from "vitest";
import { measureFor, wrapLine } from "./text-width.ts";

test("wide, combining and joined characters are counted as a screen shows them", async () => {
  const measure = await measureFor(["東京"]);
  expect([measure("東京"), measure("e\u0301"), measure("👩‍👩‍👧"), measure("abc")]).toEqual([4, 1, 2, 3]);
});

test("a word that is too long is broken between characters, never inside one", async () => {
  const text = "ab👩‍👩‍👧cdéfgh";
  const measure = await measureFor([text]);
  const lines = wrapLine(text, 4, measure);
  expect(lines.join("")).toBe(text);
  expect(lines[0]).toBe("ab👩‍👩‍👧");
});

test("spaces inside a line stay, those at a break go", async () => {
  const measure = await measureFor(["x"]);
  expect(wrapLine("a  b   c", 4, measure)).toEqual(["a  b", "c"]);
  expect(wrapLine("", 4, measure)).toEqual([""]);
  expect(wrapLine("      ", 4, measure).every((line) => line.length <= 4)).toBe(true);
});
