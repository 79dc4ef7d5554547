// Time spans as people say them: three digits, and a unit in which they are enough.

const SECOND_MS = 1_000;
const MINUTE_S = 60;

export function durationText(ms: number): string {
  if (ms < 1) return `${digits(ms, 2)} ms`;
  if (ms < 999.5) return `${digits(ms, 3)} ms`;
  if (ms < 59_950) return `${digits(ms / SECOND_MS, 3)} s`;
  const seconds = Math.round(ms / SECOND_MS);
  const minutes = Math.floor(seconds / MINUTE_S);
  if (minutes < 60) return `${minutes} min ${seconds % MINUTE_S} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function digits(value: number, count: number): number {
  return Number(value.toPrecision(count));
}
