import { expect, test } from "vitest";
import { parseOrderedJson } from "../base/ordered-json.ts";
import { cutLine, measureFor, roughMeasure, wrapLine } from "./text-width.ts";

test("wide, combining and joined characters are counted as a screen shows them", async () => {
  const measure = await measureFor(["東京"]);
  expect([measure("東京"), measure("e\u0301"), measure("👩‍👩‍👧"), measure("abc")]).toEqual([4, 1, 2, 3]);
  expect([roughMeasure("東京"), roughMeasure("e\u0301"), roughMeasure("🚀"), roughMeasure("abc")]).toEqual([
    4, 1, 2, 3,
  ]);
});

test("a wide character is found wherever it stands in a value", async () => {
  for (const json of ['"東"', '["a",["東"]]', '{"a":{"b":[1,{"c":"東"}]}}', '{"東":1}']) {
    expect((await measureFor([parseOrderedJson(json)]))("東")).toBe(2);
  }
  expect((await measureFor([parseOrderedJson('[{"a":"b\\n\\u0007"},1,null,true]')]))("東")).toBe(1);
});

test("a word that is too long is broken between characters, never inside one that fits", async () => {
  const text = "ab👩‍👩‍👧cdéfgh";
  const measure = await measureFor([text]);
  const lines = wrapLine(text, 4, measure);
  expect(lines.join("")).toBe(text);
  expect(lines[0]).toBe("ab👩‍👩‍👧");
  expect(wrapLine("abcdefg", 3, measure)).toEqual(["abc", "def", "g"]);
});

test("spaces inside a line stay, those at a break go", async () => {
  const measure = await measureFor(["x"]);
  expect(wrapLine("a  b   c", 4, measure)).toEqual(["a  b", "c"]);
  expect(wrapLine("", 4, measure)).toEqual([""]);
  expect(wrapLine("      ", 4, measure).every((line) => line.length <= 4)).toBe(true);
});

test("a line is cut between characters, with a mark where one fits", async () => {
  const measure = await measureFor(["東"]);
  expect(cutLine("東京都", 5, { mark: "", measure })).toBe("東京");
  expect(cutLine("東京都", 5, { mark: "…", measure })).toBe("東京…");
  expect(cutLine("東京都", 6, { mark: "…", measure })).toBe("東京都");
  expect(cutLine("東京都", 1, { mark: "", measure })).toBe("");
  expect(cutLine("abcdef", 5, { mark: "...", measure })).toBe("ab...");
  expect(cutLine("abcdef", 2, { mark: "...", measure })).toBe("..");
});
