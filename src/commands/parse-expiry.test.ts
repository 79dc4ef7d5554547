import { expect, test } from "vitest";
import { parseAge, parseExpiry } from "./parse-expiry.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");

test.each([
  ["30s", "2026-01-01T00:00:30.000Z"],
  ["5m", "2026-01-01T00:05:00.000Z"],
  ["1h", "2026-01-01T01:00:00.000Z"],
  ["30d", "2026-01-31T00:00:00.000Z"],
  ["2w", "2026-01-15T00:00:00.000Z"],
  ["1y", "2027-01-01T00:00:00.000Z"],
  ["2y", "2028-01-01T00:00:00.000Z"],
  ["9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"],
  ["2026-02-01T12:00:00Z", "2026-02-01T12:00:00.000Z"],
  ["2026-02-01T12:00:00+02:00", "2026-02-01T10:00:00.000Z"],
  ["2026-02-01", "2026-02-01T00:00:00.000Z"],
])("%s is %s", (text, time) => {
  expect(parseExpiry(text, NOW)).toBe(time);
});

test("never is no time", () => {
  expect(parseExpiry("never", NOW)).toBeNull();
});

test.each([
  "",
  "soon",
  "30",
  "d",
  "-1d",
  "1.5d",
  "0d",
  "10000d",
  "9999y",
  "30 d",
  "2025-01-01",
  "2026-01-01T00:00:00Z",
  "2026-13-01",
])("%j is refused", (text) => {
  expect(() => parseExpiry(text, NOW)).toThrow(expect.objectContaining({ code: "usage_invalid" }));
});

test("what is refused says each form that is taken", () => {
  expect(() => parseExpiry("soon", NOW)).toThrow(/30s, 30m, 12h, 30d, 2w, 1y, never or an ISO time/);
});

test.each([
  ["0s", "2026-01-01T00:00:00.000Z"],
  ["30m", "2025-12-31T23:30:00.000Z"],
  ["1d", "2025-12-31T00:00:00.000Z"],
])("what is older than %s was there before %s", (text, time) => {
  expect(parseAge(text, NOW).toISOString()).toBe(time);
});

test.each(["", "d", "never", "-1d", "10000d", "2026-01-01"])("%j is no age", (text) => {
  expect(() => parseAge(text, NOW)).toThrow(expect.objectContaining({ code: "usage_invalid" }));
});
