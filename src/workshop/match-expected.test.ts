// What counts as expected, and what is said of the rest.

import { expect, test } from "vitest";
import { differences, differenceText, expectationProblem, sequenceDifferences } from "./match-expected.ts";

const texts = (expected: unknown, actual: unknown) => differences(expected, actual).map(differenceText);

test.each([
  [{ a: 1 }, { a: 1, b: 2 }],
  [{ a: { b: [1, { c: null }] } }, { a: { b: [1, { c: null, d: 1 }], e: 1 } }],
  [{}, { a: 1 }],
  [[], []],
  ["text", "text"],
  [{ $contains: "ext" }, "text"],
  [{ $contains: { a: 1 } }, [2, { a: 1, b: 2 }]],
  [{ $matches: "^t.xt$" }, "text"],
  [{ $type: "list" }, []],
  [{ $type: "null" }, null],
  [{ a: { $any: true } }, { a: null }],
])("%j is what is expected of %j", (expected, actual) => {
  expect(texts(expected, actual)).toEqual([]);
});

test.each([
  [{ a: 1 }, { a: 2 }, "a: expected 1, got 2"],
  [{ a: 1 }, {}, "a: expected 1, got nothing"],
  [{ a: { b: 1 } }, { a: [] }, 'a: expected {"b":1}, got []'],
  [[1], [1, 2], "the answer: expected [1], got [1,2]"],
  [[{ a: 1 }], [{ a: 2 }], "[0].a: expected 1, got 2"],
  ["1", 1, 'the answer: expected "1", got 1'],
  [null, undefined, "the answer: expected null, got nothing"],
  [{ $contains: "x" }, "abc", 'the answer: expected {"$contains":"x"}, got "abc"'],
  [{ $matches: "^x" }, 5, "got 5"],
  [{ $type: "string" }, null, "got null"],
  [{ a: { $any: true } }, {}, "got nothing"],
  [{ toString: { $any: true } }, {}, "toString: expected"],
])("%j is not what is expected of %j", (expected, actual, text) => {
  expect(texts(expected, actual).join()).toContain(text);
});

test("a sequence may have others in between, and is wrong from where its order is another", () => {
  const calls = [{ n: 1 }, { n: 2 }, { n: 3 }];
  expect(sequenceDifferences([{ n: 1 }, { n: 3 }], calls, "calls")).toEqual([]);
  expect(sequenceDifferences([], calls, "calls")).toEqual([]);
  const [wrong] = sequenceDifferences([{ n: 2 }, { n: 1 }], calls, "calls");
  expect(differenceText(wrong!)).toBe('calls[1]: expected {"n":1}, got [{"n":3}]');
});

test("a pattern that does not come to an end is a difference at its place, and is tried once", () => {
  const slow = { $matches: "^(a|aa)+$" };
  const text = `${"a".repeat(60)}!`;
  const says = "does not come to an end";
  expect(texts({ a: [slow] }, { a: [text] }).join()).toMatch(new RegExp(`^a\\[0\\]: the pattern in .*${says} with "a`));
  expect(texts({ a: { $contains: slow } }, { a: [text, text] }).join()).toMatch(
    new RegExp(`^a: the pattern in .*${says}`),
  );
  let tries = 0;
  const entry = {
    get message() {
      tries++;
      return text;
    },
  };
  const [found, ...more] = sequenceDifferences([{ message: slow }], Array(1_000).fill(entry), "logs");
  expect([more, tries]).toEqual([[], 1]);
  expect(differenceText(found!)).toMatch(/^logs\[0\]\.message: the pattern in /);
});

test("what cannot be expected is named", () => {
  expect(expectationProblem({ a: [{ $matches: "a+" }] })).toBeUndefined();
  expect(expectationProblem({ a: [{ $match: "a+" }] })).toContain('no "$match"');
  expect(expectationProblem({ a: { $type: "text" } })).toContain("one of string");
  expect(expectationProblem({ $any: true, b: 1 })).toContain("stands alone");
});
