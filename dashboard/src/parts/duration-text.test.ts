import { expect, test } from "vitest";
import { durationText } from "./duration-text.ts";

test.each([
  [0, "0 ms"],
  [0.0421, "0.042 ms"],
  [1.25, "1.25 ms"],
  [999.4, "999 ms"],
  [999.5, "1 s"],
  [1_234, "1.23 s"],
  [59_949, "59.9 s"],
  [59_950, "1 min 0 s"],
  [125_000, "2 min 5 s"],
  [3_599_500, "1 h 0 min"],
  [7_500_000, "2 h 5 min"],
])("%d ms are %s", (ms, said) => {
  expect(durationText(ms)).toBe(said);
});
