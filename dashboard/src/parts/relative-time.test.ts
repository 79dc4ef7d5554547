import { expect, test } from "vitest";
import { relativeTime } from "./relative-time.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

test.each([
  [0, "now"],
  [-10_000, "now"],
  [-10_001, "10 seconds ago"],
  [-MINUTE_MS + 1, "59 seconds ago"],
  [-MINUTE_MS, "1 minute ago"],
  [-2 * HOUR_MS + 1, "1 hour ago"],
  [-2 * HOUR_MS, "2 hours ago"],
  [90 * MINUTE_MS, "in 1 hour"],
  [-DAY_MS, "1 day ago"],
  [-60 * DAY_MS, "1 month ago"],
  [400 * DAY_MS, "in 1 year"],
])("%d ms from now is %s", (apartMs, said) => {
  const nowMs = Date.UTC(2026, 0, 1);
  expect(relativeTime(nowMs + apartMs, nowMs)).toBe(said);
});
