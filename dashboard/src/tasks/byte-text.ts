// Sizes as people read them.

const UNITS = ["kB", "MB", "GB"] as const;

export function byteText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} bytes`;
  let size = bytes;
  let unit = -1;
  while (size >= 1_000 && unit < UNITS.length - 1) {
    size /= 1_000;
    unit++;
  }
  return `${size.toFixed(size < 10 ? 1 : 0)} ${UNITS[unit]}`;
}
