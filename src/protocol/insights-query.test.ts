import { expect, test } from "vitest";
import { parseSince, parseStatus } from "./insights-query.ts";

const NOW = Date.parse("2026-03-01T12:00:00.000Z");
const shown = (text: string) => {
  const ms = parseSince(text, NOW);
  return ms === undefined ? undefined : new Date(ms).toISOString();
};

test.each([
  ["90s", "2026-03-01T11:58:30.000Z"],
  ["15m", "2026-03-01T11:45:00.000Z"],
  ["1h", "2026-03-01T11:00:00.000Z"],
  ["1.5h", "2026-03-01T10:30:00.000Z"],
  ["2d", "2026-02-27T12:00:00.000Z"],
  ["1w", "2026-02-22T12:00:00.000Z"],
  ["0s", "2026-03-01T12:00:00.000Z"],
  ["999999999d", "1970-01-01T00:00:00.000Z"],
  ["2026-02-03", "2026-02-03T00:00:00.000Z"],
  ["2026-02-03T04:05", "2026-02-03T04:05:00.000Z"],
  ["2026-02-03 04:05:06", "2026-02-03T04:05:06.000Z"],
  ["2026-02-03T04:05:06.789Z", "2026-02-03T04:05:06.789Z"],
  ["2026-02-03T04:05:06+01:00", "2026-02-03T03:05:06.000Z"],
])("a time is so long ago, or an ISO time: %s", (text, time) => {
  expect(shown(text)).toBe(time);
});

test.each(["", "1", "h", "-1h", "1y", "1h30m", "yesterday", "2026-02-30", "2026-13-01", "2026-02-03T25:00", "1e3s"])(
  "what is no time is none: %s",
  (text) => {
    expect(shown(text)).toBeUndefined();
  },
);

test("a status is a number, a class, or everything that went wrong", () => {
  expect(parseStatus("404")).toEqual({ min: 404, max: 404 });
  expect(parseStatus("4xx")).toEqual({ min: 400, max: 499 });
  expect(parseStatus("5XX")).toEqual({ min: 500, max: 599 });
  expect(parseStatus("error")).toEqual({ min: 400, max: 999 });
  for (const text of ["", "4", "40x", "0xx", "099", "1000", "ok", "404 ", "-404"])
    expect(parseStatus(text), text).toBeUndefined();
});
