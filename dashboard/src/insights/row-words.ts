// Rows in words: times, counts, names.

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

export function countText(count: number): string {
  return count.toLocaleString("en");
}

export function rowsText(count: number): string {
  return count === 1 ? "1 row" : `${countText(count)} rows`;
}
