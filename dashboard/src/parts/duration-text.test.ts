import { expect, test } from "vitest";
import { durationText } from "./duration-text.ts";

test("spans are in milliseconds, then seconds, then minutes", () => {
  expect([0, 999, 1_000, 59_940, 60_000, 125_000].map(durationText)).toEqual([
    "0 ms",
    "999 ms",
    "1.0 s",
    "59.9 s",
    "1 min 0 s",
    "2 min 5 s",
  ]);
});
