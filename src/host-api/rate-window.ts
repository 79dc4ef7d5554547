// How often each asker may ask: so many times within a window that slides along with the clock.

export interface RateWindow {
  /** Counts one more, and gives 0; or, when there were too many, the milliseconds until the next one is possible. */
  admit(key: string): number;
}

export interface RateWindowOptions {
  readonly requestsMax: number;
  readonly windowMs: number;
  /** A clock that never goes back, in milliseconds. */
  now?(): number;
}

/** Sweeps what is over when so many askers came since the last time. */
const SWEEP_KEYS = 1000;

export function createRateWindow({
  requestsMax,
  windowMs,
  now = () => performance.now(),
}: RateWindowOptions): RateWindow {
  const times = new Map<string, number[]>();
  let sweepAt = SWEEP_KEYS;

  function sweep(oldest: number): void {
    for (const [key, list] of times) if (list.at(-1)! <= oldest) times.delete(key);
    sweepAt = times.size + SWEEP_KEYS;
  }

  return {
    admit(key) {
      const time = now();
      const list = (times.get(key) ?? []).filter((one) => one > time - windowMs);
      if (list.length >= requestsMax) {
        return Math.min(windowMs, Math.max(1, Math.ceil(list[0]! + windowMs - time)));
      }
      list.push(time);
      times.set(key, list);
      if (times.size > sweepAt) sweep(time - windowMs);
      return 0;
    },
  };
}
