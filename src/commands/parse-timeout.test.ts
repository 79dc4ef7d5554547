import { expect, test } from "vitest";
import { TIMEOUT_SECONDS_MAX } from "../protocol/limits.ts";
import { parseTimeoutMs } from "./parse-timeout.ts";

test.each([
  ["1", 1000],
  ["0.5", 500],
  ["0.001", 1],
  [String(TIMEOUT_SECONDS_MAX), TIMEOUT_SECONDS_MAX * 1000],
])("%s seconds are %d ms", (text, ms) => expect(parseTimeoutMs(text)).toBe(ms));

test.each(["0", "0.0004", "-1", "", " 1", "1s", "0x10", "1e3", "Infinity", String(TIMEOUT_SECONDS_MAX + 1)])(
  "%j is refused",
  (text) => expect(() => parseTimeoutMs(text)).toThrow(/--timeout takes seconds/),
);
