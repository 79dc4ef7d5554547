// Takes secret values out of text that is going to be kept.

/** A shorter value is also an everyday word: taking it out would spoil the text and hide nothing. */
const SECRET_CHARS_MIN = 6;
const MARK = "[redacted]";

/** The texts to look for: each value, each of its lines, and all of these as they look inside a JSON text. */
export function secretForms(values: Iterable<string>): string[] {
  const forms = new Set<string>();
  for (const value of values) {
    for (const part of [value, ...value.split(/\r?\n/)]) {
      if (part.trim().length < SECRET_CHARS_MIN) continue;
      forms.add(part);
      forms.add(JSON.stringify(part).slice(1, -1));
    }
  }
  // Where one contains the other, the longer one goes first.
  return [...forms].sort((a, b) => b.length - a.length);
}

/**
 * The text with a mark in the place of each of the forms.
 *
 * @param charsMax what begins behind this place of the text is left out; a secret that lies across it is not cut in two.
 */
export function redact(text: string, forms: readonly string[], charsMax = text.length): string {
  const present = forms.filter((form) => text.includes(form));
  if (present.length === 0) return text.slice(0, charsMax);
  let kept = "";
  let at = 0;
  while (at < charsMax) {
    const next = firstOf(text, present, at);
    if (next === undefined || next.index >= charsMax) return kept + text.slice(at, charsMax);
    kept += text.slice(at, next.index) + MARK;
    at = next.index + next.form.length;
  }
  return kept;
}

function firstOf(text: string, forms: readonly string[], from: number): { index: number; form: string } | undefined {
  let found: { index: number; form: string } | undefined;
  for (const form of forms) {
    const index = text.indexOf(form, from);
    if (index !== -1 && (found === undefined || index < found.index)) found = { index, form };
  }
  return found;
}
