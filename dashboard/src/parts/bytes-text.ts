// Sizes as people read them, in units of 1024.

const UNITS = ["bytes", "KiB", "MiB", "GiB", "TiB"] as const;

export function bytesText(bytes: number): string {
  let size = bytes;
  let place = 0;
  while (size >= 1024 && place < UNITS.length - 1) {
    size /= 1024;
    place++;
  }
  if (place === 0) return size === 1 ? "1 byte" : `${size} bytes`;
  return `${size.toFixed(1)} ${UNITS[place]}`;
}
