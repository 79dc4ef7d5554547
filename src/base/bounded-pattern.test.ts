import { expect, test } from "vitest";
import { boundedPattern, PatternTooSlow } from "./bounded-pattern.ts";

test.each([
  ["^a+$", "", "aaa", true],
  ["^a+$", "", "aab", false],
  ["b", "", "abc", true],
  ["^A$", "i", "a", true],
  ["^\\p{L}$", "u", "ä", true],
  ["", "", "", true],
])("/%s/%s on %j gives %s", (pattern, flags, text, found) => {
  expect(boundedPattern(pattern, flags).test(text)).toBe(found);
});

test("the same pattern gives the same answer twice, whatever its flags", () => {
  for (const flags of ["g", "y", "gy"]) {
    const pattern = boundedPattern("^a", flags);
    expect([pattern.test("a"), pattern.test("a"), pattern.test("b"), pattern.test("a")]).toEqual([
      true,
      true,
      false,
      true,
    ]);
  }
});

test("what is no pattern is refused before a text is tested", () => {
  expect(() => boundedPattern("(")).toThrow(SyntaxError);
  expect(() => boundedPattern("a", "q")).toThrow(SyntaxError);
});

test.each([
  ["nested repetitions", "^(a+)+$", `${"a".repeat(64)}!`],
  ["alternatives that overlap", "^(a|a)*$", `${"a".repeat(64)}!`],
  ["nested repetitions in letters beyond Latin-1", "^(ж+)+$", `${"ж".repeat(64)}!`],
  ["more states than memory", "^(?:a|b)*?c", "ab".repeat(40_000_000)],
])("a pattern that would run for years is ended: %s", (_name, pattern, text) => {
  expect(() => boundedPattern(pattern).test(text)).toThrow(PatternTooSlow);
  expect(boundedPattern("^a").test("a")).toBe(true);
});

test("a pattern that nests without end is refused like one that is none", () => {
  expect(() => boundedPattern("(".repeat(100_000) + ")".repeat(100_000))).toThrow(SyntaxError);
});
