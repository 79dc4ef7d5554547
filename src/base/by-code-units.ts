// An order of texts that is the same on every machine, whatever its language.

/** For `Array.sort`. */
export function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
