// For texts that somebody decides by: what a screen would not show, or would show in another order, is spelled out.

import { neutralise } from "./neutralise.ts";

/** The text with every invisible character and every one that turns the writing direction as `<U+202E>`; neutralised. */
export function showHidden(text: string): string {
  const spelled = text.replace(
    /[\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu,
    (char) => `<U+${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}>`,
  );
  return neutralise(spelled);
}
