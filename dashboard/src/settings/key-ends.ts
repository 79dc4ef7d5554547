// For how long an access key may let in.

const DAY_MS = 86_400_000;

export const ENDS = [
  { value: "never", label: "Never", days: undefined },
  { value: "day", label: "In a day", days: 1 },
  { value: "month", label: "In 30 days", days: 30 },
  { value: "year", label: "In a year", days: 365 },
] as const satisfies readonly { value: string; label: string; days: number | undefined }[];

/** The time of the choice, as the host takes it; null for a key that does not end. */
export function endOf(value: string, nowMs: number): string | null {
  const days = ENDS.find((one) => one.value === value)?.days;
  return days === undefined ? null : new Date(nowMs + days * DAY_MS).toISOString();
}
