// Rows in words: times, durations, names.

const two = (value: number) => String(value).padStart(2, "0");

const days = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric" });

/** The time of the day here, to the millisecond, and the day unless it is today. */
export function timeText(iso: string, nowMs: number): string {
  const at = new Date(iso);
  const now = new Date(nowMs);
  const clock = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  const text = `${clock}.${String(at.getMilliseconds()).padStart(3, "0")}`;
  return at.toDateString() === now.toDateString() ? text : `${days.format(at)}, ${text}`;
}

/** Three digits, and a unit in which they are enough. */
export function durationText(ms: number): string {
  if (ms === 0) return "0 ms";
  if (ms < 1) return `${Number(ms.toPrecision(2))} ms`;
  if (ms < 1_000) return `${Number(ms.toPrecision(3))} ms`;
  if (ms < 60_000) return `${Number((ms / 1_000).toPrecision(3))} s`;
  return `${Number((ms / 60_000).toPrecision(3))} min`;
}

export function countText(count: number): string {
  return count.toLocaleString("en");
}

export function rowsText(count: number): string {
  return count === 1 ? "1 row" : `${countText(count)} rows`;
}
