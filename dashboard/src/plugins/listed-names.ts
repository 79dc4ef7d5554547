import { plainText } from "../parts/plain-text.ts";

const NAMES_SHOWN_MAX = 8;

/** Names in a sentence: as many as people read. */
export function listedNames(names: readonly string[]): string {
  const more = names.length - NAMES_SHOWN_MAX;
  const shown = names.slice(0, NAMES_SHOWN_MAX).map(plainText).join(", ");
  return more > 0 ? `${shown} and ${more} more` : shown;
}
