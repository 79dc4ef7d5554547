import fc from "fast-check";
import { expect, test } from "vitest";
import { LineSplitter } from "./line-splitter.ts";

function linesOf(pieces: readonly string[], charsMax = 100): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line), charsMax);
  for (const piece of pieces) splitter.push(piece);
  splitter.end();
  return lines;
}

test("lines come out whole, however the text is cut", () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-z]{0,9}$/)), fc.array(fc.nat()), (lines, cuts) => {
      const text = lines.map((line) => `${line}\n`).join("");
      const places = [...new Set(cuts.map((cut) => cut % (text.length + 1)))].sort((a, b) => a - b);
      const pieces = [0, ...places].map((from, index) => text.slice(from, places[index] ?? text.length));
      expect(linesOf(pieces)).toEqual(lines);
    }),
  );
});

test("what stands behind the last line break comes at the end, and an empty rest does not", () => {
  expect(linesOf(["a\nb"])).toEqual(["a", "b"]);
  expect(linesOf(["a\n"])).toEqual(["a"]);
  expect(linesOf([""])).toEqual([]);
});

test("a line may be as long as the limit; a longer one comes in parts, before its end is there", () => {
  expect(linesOf(["x".repeat(100), "\n"])).toEqual(["x".repeat(100)]);
  expect(linesOf([`${"x".repeat(101)}\n`])).toEqual(["x".repeat(100), "x"]);
  const lines: string[] = [];
  new LineSplitter((line) => lines.push(line), 10).push("y".repeat(25));
  expect(lines).toEqual(["y".repeat(10), "y".repeat(10)]);
});
