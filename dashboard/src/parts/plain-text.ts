// Texts that plugins, models and web pages wrote, as people may see them: nothing in them is invisible, and nothing turns the
// direction of what stands beside them. Goes with the class `plugin-text`.

import { visibleText } from "../../../src/protocol/visible-text.ts";

/** Pictures are made of several characters, some of which alone would be invisible. */
// biome-ignore lint/complexity/useRegexLiterals: the compiler refuses the letter v for older targets; browsers know it since 2023
const PICTURE = new RegExp("(\\p{RGI_Emoji})", "v");

/** Control, direction and zero-width characters stand there as `<U+202E>`; copying should take the text as it was. */
export function plainText(text: string): string {
  return text
    .split(PICTURE)
    .map((part, index) => (index % 2 === 1 ? part : visibleText(part)))
    .join("");
}
