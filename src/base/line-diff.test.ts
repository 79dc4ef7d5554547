import { expect, test } from "vitest";
import { diffText, lineDiff } from "./line-diff.ts";

const diff = (old: string, now: string) => lineDiff(old, now).map(({ kind, text }) => `${kind}${text}`);

test("lines that are gone, new and the same are told apart", () => {
  expect(diff("a\nb\nc\nd", "a\nx\nc\ny\nd")).toEqual([" a", "-b", "+x", " c", "+y", " d"]);
  expect(diff("a", "a")).toEqual([" a"]);
  expect(diff("", "a")).toEqual(["-", "+a"]);
  expect(diff("a\na", "a")).toEqual([" a", "-a"]);
  expect(diff("b\na\nb", "a\nb\na")).toEqual(["-b", " a", " b", "+a"]);
});

test("both texts can be made again from any diff", () => {
  let seed = 1;
  const random = (below: number) => {
    seed = (seed * 48271) % 2147483647;
    return seed % below;
  };
  for (let round = 0; round < 300; round++) {
    const text = () => Array.from({ length: random(9) + 1 }, () => "abc"[random(3)]).join("\n");
    const [old, now] = [text(), text()];
    const lines = lineDiff(old, now);
    const side = (kind: string) => lines.filter((line) => line.kind !== kind).map((line) => line.text);
    expect([side("+").join("\n"), side("-").join("\n")]).toEqual([old, now]);
  }
});

test("texts with too many lines to compare stand one after the other", () => {
  const lines = (word: string, count: number) => Array.from({ length: count }, (_, n) => `${word}${n}`);
  const [old, now] = [
    [...lines("a", 2001), "same"],
    ["first", ...lines("b", 2000), "same"],
  ];
  const found = lineDiff(old.join("\n"), now.join("\n"));
  expect(found.map(({ kind }) => kind).join("")).toBe(`${"-".repeat(2001)}${"+".repeat(2001)} `);
});

test("what is the same is left out but for a few lines around each change", () => {
  const old = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];
  const now = old.map((line) => (line === "5" ? "five" : line));
  expect(diffText(lineDiff(old.join("\n"), now.join("\n")), 1)).toBe("  …\n  4\n- 5\n+ five\n  6\n  …");
  expect(diffText(lineDiff("a", "b"))).toBe("- a\n+ b");
});
