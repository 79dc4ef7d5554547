// For texts that somebody decides by: what a screen would not show, or would show in another order, is spelled out.

import { spellHidden } from "../protocol/visible-text.ts";
import { neutralise } from "./neutralise.ts";

/** The text with every invisible character and every one that turns the writing direction as `<U+202E>`; neutralised. */
export function showHidden(text: string): string {
  return neutralise(spellHidden(text));
}
