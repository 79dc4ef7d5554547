// How far away a time is, in the largest unit of which it is at least one.

const SECOND_MS = 1_000;
const UNITS: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, ms: number])[] = [
  ["year", 31_557_600 * SECOND_MS],
  ["month", 2_629_800 * SECOND_MS],
  ["day", 86_400 * SECOND_MS],
  ["hour", 3_600 * SECOND_MS],
  ["minute", 60 * SECOND_MS],
];
/** Whatever is nearer than this is now: clocks of two machines differ by as much. */
const NOW_MS_MAX = 10 * SECOND_MS;

const words = new Intl.RelativeTimeFormat("en", { numeric: "always" });

export function relativeTime(atMs: number, nowMs: number): string {
  const apartMs = atMs - nowMs;
  if (Math.abs(apartMs) <= NOW_MS_MAX) return "now";
  const [unit, ms] = UNITS.find(([, unitMs]) => Math.abs(apartMs) >= unitMs) ?? (["second", SECOND_MS] as const);
  return words.format(Math.trunc(apartMs / ms), unit);
}
