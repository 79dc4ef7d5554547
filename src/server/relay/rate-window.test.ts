import { expect, test } from "vitest";
import { RateWindow } from "./rate-window.ts";

test("as many as may are let through, and one more waits until the first is a window ago", () => {
  const window = new RateWindow(3, 60_000, 10);
  expect([0, 10_000, 20_000].map((at) => window.take("a", at))).toEqual([0, 0, 0]);
  expect(window.take("a", 30_000)).toBe(30_000);
  expect(window.take("a", 59_999)).toBe(1);
  expect(window.take("a", 60_000)).toBe(0);
  expect(window.take("a", 60_001)).toBe(9_999);
});

test("at no place of time do more come through within one window, also around its end", () => {
  const window = new RateWindow(5, 1_000, 10);
  const through = Array.from({ length: 300 }, (_, at) => at * 17).filter((at) => window.take("a", at) === 0);
  for (const from of through) expect(through.filter((at) => at >= from && at < from + 1_000).length).toBeLessThan(6);
});

test("keys do not count for each other", () => {
  const window = new RateWindow(1, 60_000, 10);
  expect([window.take("a", 0), window.take("b", 0)]).toEqual([0, 0]);
  expect(window.take("a", 1)).toBeGreaterThan(0);
});

test("of too many keys the one that was not used for longest is forgotten", () => {
  const window = new RateWindow(1, 60_000, 2);
  for (const key of ["a", "b"]) window.take(key, 0);
  window.take("a", 1);
  window.take("c", 2);
  expect(window.take("a", 3)).toBeGreaterThan(0);
  expect(window.take("b", 4)).toBe(0);
});
