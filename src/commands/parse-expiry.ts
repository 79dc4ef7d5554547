// When something expires, as people say it: `30d`, `1y`, `never`, or an ISO time.

import { HostError } from "../protocol/errors.ts";

const DAY_MS = 86_400_000;
/** Later years have a spelling of their own, which sorts before all others. */
const LAST_MS = Date.parse("9999-12-31T23:59:59.999Z");
const UNITS_MS: Readonly<Record<string, number>> = { h: 3_600_000, d: DAY_MS, w: 7 * DAY_MS, y: 365 * DAY_MS };

/** The ISO time; null for `never`. Throws `usage_invalid`, for a time that is over too. */
export function parseExpiry(text: string, nowMs: number): string | null {
  if (text === "never") return null;
  const [, count, unit] = /^(\d{1,4})([hdwy])$/.exec(text) ?? [];
  const time = count === undefined ? isoTimeMs(text) : nowMs + Number(count) * UNITS_MS[unit!]!;
  if (Number.isNaN(time)) {
    throw new HostError("usage_invalid", `--expires takes 30d, 90d, 1y, never or an ISO time, not "${text}"`);
  }
  if (time <= nowMs) throw new HostError("usage_invalid", `--expires ${text}: that time is over`);
  if (time > LAST_MS) throw new HostError("usage_invalid", `--expires ${text}: for so long, say never`);
  return new Date(time).toISOString();
}

/** A date alone is the beginning of that day in UTC; a time without a zone is the machine's own. */
function isoTimeMs(text: string): number {
  return /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}.*)?$/.test(text) ? Date.parse(text) : Number.NaN;
}
