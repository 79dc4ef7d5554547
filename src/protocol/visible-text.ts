// Characters that a reader does not see, or that change the order in which others are read, made visible: for texts that
// people decide by, in terminals and pages, and for texts of plugins that models are given.

/**
 * Formats and direction marks, fillers, tags, variation selectors, line and paragraph separators; and blanks that Unicode takes for
 * signs and letters: of Braille, of notes, of hieroglyphs, of Khitan.
 */
const HIDDEN = /[\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\u{1d159}\u{13441}\u{13442}\u{16fe4}]/gu;
/** Besides these, control characters; line feeds and tabs stay. */
export const HIDDEN_OR_CONTROL = new RegExp(`${HIDDEN.source}|[\\0-\\x08\\x0b-\\x1f\\x7f-\\x9f]`, "gu");

/** The text with every invisible character and every one that turns the writing direction as `<U+202E>`. */
export function spellHidden(text: string): string {
  return text.replace(HIDDEN, spelled);
}

/** The same, and control characters too; line ends are line feeds, half characters are U+FFFD. */
export function visibleText(text: string): string {
  return text.replaceAll("\r\n", "\n").replace(HIDDEN_OR_CONTROL, spelled).toWellFormed();
}

/** A JSON value whose texts are all visible, names of members among them. */
export function visibleJson(value: unknown): unknown {
  if (typeof value === "string") return visibleText(value);
  if (Array.isArray(value)) return value.map(visibleJson);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [visibleText(name), visibleJson(member)]));
}

function spelled(char: string): string {
  return `<U+${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}>`;
}
