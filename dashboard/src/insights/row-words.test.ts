import { expect, test } from "vitest";
import { timeText } from "./row-words.ts";

test("a time of another day says which", () => {
  const at = new Date(2026, 2, 1, 9, 5, 7, 42);
  expect(timeText(at.toISOString(), at.getTime() + 1_000)).toBe("09:05:07.042");
  expect(timeText(at.toISOString(), at.getTime() + 86_400_000)).toMatch(/1.*, 09:05:07\.042$/);
});
