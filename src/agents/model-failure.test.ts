import { expect, test } from "vitest";
import { retryAfterMs } from "./model-failure.ts";

const NOW_MS = Date.parse("Sat, 21 Nov 2026 12:00:00 GMT");

test.each<[Record<string, string>, number | undefined]>([
  [{}, undefined],
  [{ "retry-after": "2" }, 2000],
  [{ "retry-after": " 1.5 " }, 1500],
  [{ "retry-after": "Sat, 21 Nov 2026 12:00:07 GMT" }, 7000],
  [{ "retry-after": "Sat, 21 Nov 2026 11:00:00 GMT" }, 0],
  [{ "retry-after": "soon" }, undefined],
  [{ "retry-after": "-1" }, undefined],
  [{ "retry-after": "9".repeat(400) }, undefined],
  [{ "retry-after": "1e9" }, undefined],
  [{ "retry-after-ms": "30", "retry-after": "2" }, 30],
  [{ "retry-after-ms": "x", "retry-after": "2" }, 2000],
  [{ "retry-after-ms": "", "retry-after": "2" }, 2000],
])("%j asks for a wait of %s ms", (headers, ms) => {
  expect(retryAfterMs(new Headers(headers), NOW_MS)).toBe(ms);
});
