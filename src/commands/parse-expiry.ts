// How long and until when, as people say it: `30d`, `1y`, `never`, or an ISO time.

import { HostError } from "../protocol/errors.ts";

const DAY_MS = 86_400_000;
/** Later years have a spelling of their own, which sorts before all others. */
const LAST_MS = Date.parse("9999-12-31T23:59:59.999Z");
const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: DAY_MS,
  w: 7 * DAY_MS,
  y: 365 * DAY_MS,
};

/** The ISO time; null for `never`. Throws `usage_invalid`, for a time that is over too. */
export function parseExpiry(text: string, nowMs: number): string | null {
  if (text === "never") return null;
  const ms = durationMs(text);
  const time = ms === undefined ? isoTimeMs(text) : nowMs + ms;
  if (Number.isNaN(time)) {
    const hint =
      "s, m, h, d, w and y are seconds, minutes, hours, days, weeks and years; an ISO time is 2030-01-31T12:00Z";
    throw new HostError(
      "usage_invalid",
      `--expires takes 30s, 30m, 12h, 30d, 2w, 1y, never or an ISO time, not "${text}"`,
      {
        hint,
      },
    );
  }
  if (time <= nowMs) throw new HostError("usage_invalid", `--expires ${text}: that time is over`);
  if (time > LAST_MS) throw new HostError("usage_invalid", `--expires ${text}: for so long, say never`);
  return new Date(time).toISOString();
}

/** What is older than this is meant. Throws `usage_invalid`. */
export function parseAge(text: string, nowMs: number): Date {
  const ms = durationMs(text);
  if (ms !== undefined) return new Date(nowMs - ms);
  throw new HostError("usage_invalid", `--older-than takes 30s, 30m, 12h, 30d, 2w or 1y, not "${text}"`);
}

function durationMs(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,4})([smhdwy])$/.exec(text) ?? [];
  return count === undefined ? undefined : Number(count) * UNITS_MS[unit!]!;
}

/** A date alone is the beginning of that day in UTC; a time without a zone is the machine's own. */
function isoTimeMs(text: string): number {
  return /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}.*)?$/.test(text) ? Date.parse(text) : Number.NaN;
}
