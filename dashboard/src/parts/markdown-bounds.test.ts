import { expect, test } from "vitest";
import { isDrawable } from "./markdown-bounds.ts";

test("a document of the usual kind is drawn", () => {
  const part = "# Title\n\nSome *words*, a [link](https://example.com) and `code`:\n\n- one\n- two\n\n---\n\n";
  expect(isDrawable(part.repeat(100))).toBe(true);
  expect(isDrawable("")).toBe(true);
});

test.each([
  ["characters", (count: number) => "a".repeat(count), 40_000],
  ["lines", (count: number) => Array(count).fill("a").join("\n"), 2_000],
  ["marks", (count: number) => "*".repeat(count).replaceAll("**", "*_"), 2_000],
  ["quotes in each other", (count: number) => `${">".repeat(count)} a`, 30],
  ["lists in each other", (count: number) => `a\n  ${"- ".repeat(count)}a`, 30],
  [
    "lists and quotes in each other",
    (count: number) => `a\n${"1. >".repeat(count / 2)}${count % 2 === 1 ? ">" : ""}`,
    30,
  ],
])("as many %s as can be drawn in time, and no more", (_, make, max) => {
  expect([isDrawable(make(max)), isDrawable(make(max + 1))]).toEqual([true, false]);
});
