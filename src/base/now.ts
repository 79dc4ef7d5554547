// The clock by which processes on one machine say when something happened.

/** Milliseconds since 1970 with their fraction. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}
