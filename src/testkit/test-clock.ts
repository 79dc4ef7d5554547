// The clock by which a test host counts how often a plugin asked. Tests set it forward; nothing else in the host goes by it.

import { HostError } from "../protocol/errors.ts";

export interface TestClock {
  /** Milliseconds since 1970. */
  now(): number;
  advance(ms: number): void;
  /** The same clock for what only measures how much time went by. */
  steady(): number;
}

/** @param start stands still there until it is advanced; undefined: goes on, from the present. */
export function createTestClock(start: Date | string | number | undefined): TestClock {
  let aheadMs = 0;
  const fixed = start === undefined ? undefined : timeOf(start);
  return {
    now: () => (fixed ?? Date.now()) + aheadMs,
    steady: () => (fixed === undefined ? performance.now() : 0) + aheadMs,
    advance(ms) {
      if (!(ms >= 0 && Number.isFinite(ms))) throw new RangeError(`a clock goes forward only, not by ${ms} ms`);
      aheadMs += ms;
    },
  };
}

function timeOf(start: Date | string | number): number {
  const time = new Date(start).getTime();
  if (Number.isFinite(time)) return time;
  throw new HostError("test_invalid", `"${String(start)}" is no time`, {
    hint: 'write it like "2026-01-31T12:00:00Z"',
  });
}
