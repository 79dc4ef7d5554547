import { expect, test } from "vitest";
import { durationText, timeText } from "./row-words.ts";

test.each([
  [0, "0 ms"],
  [0.0421, "0.042 ms"],
  [1.25, "1.25 ms"],
  [999.4, "999 ms"],
  [1_234, "1.23 s"],
  [90_000, "1.5 min"],
])("a duration has three digits and a unit: %d", (ms, text) => {
  expect(durationText(ms)).toBe(text);
});

test("a time of another day says which", () => {
  const at = new Date(2026, 2, 1, 9, 5, 7, 42);
  expect(timeText(at.toISOString(), at.getTime() + 1_000)).toBe("09:05:07.042");
  expect(timeText(at.toISOString(), at.getTime() + 86_400_000)).toMatch(/1.*, 09:05:07\.042$/);
});
