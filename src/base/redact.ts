// Takes secret values out of text that is going to be kept.

/** A shorter value is also an everyday word: taking it out would spoil the text and hide nothing. */
const SECRET_CHARS_MIN = 6;
const MARK = "[redacted]";

/** A value with more lines than this is no secret but a document. The first values come first, whole ones before lines. */
const FORMS_MAX = 20_000;
/** From this many on, it pays to look only for those whose beginning occurs. */
const FORMS_MANY = 50;

/**
 * Takes values out of one text after the other. The values are asked for each time; the same object stands for the same
 * values, so that what to look for is found out only once.
 */
export function redactor(values: () => Iterable<string>): (text: string, charsMax?: number) => string {
  let known: Iterable<string> | undefined;
  let forms: string[] = [];
  let byStart = new Map<string, string[]>();
  return (text, charsMax = text.length) => {
    const now = values();
    if (now !== known) {
      forms = secretForms(now);
      byStart = forms.length < FORMS_MANY ? new Map() : Map.groupBy(forms, startOf);
      known = now;
    }
    if (byStart.size === 0) return redact(text, forms, charsMax);
    return redact(text, candidates(text.slice(0, charsMax + forms[0]!.length), byStart), charsMax);
  };
}

function startOf(form: string): string {
  return form.slice(0, SECRET_CHARS_MIN);
}

/** The forms whose first characters are somewhere in the text, the longer ones first. */
function candidates(text: string, byStart: ReadonlyMap<string, readonly string[]>): string[] {
  const found = new Set<readonly string[]>();
  for (let at = 0; at + SECRET_CHARS_MIN <= text.length; at++) {
    const forms = byStart.get(text.slice(at, at + SECRET_CHARS_MIN));
    if (forms) found.add(forms);
  }
  return [...found].flat().sort((a, b) => b.length - a.length);
}

/** The texts to look for: each value, each of its lines, and all of these as they look inside a JSON text. */
export function secretForms(values: Iterable<string>): string[] {
  const all = [...values];
  const forms = new Set<string>();
  const add = (part: string) => {
    if (part.trim().length < SECRET_CHARS_MIN || forms.size >= FORMS_MAX) return;
    forms.add(part);
    forms.add(JSON.stringify(part).slice(1, -1));
  };
  for (const value of all) add(value);
  for (const value of all) if (value.includes("\n")) for (const line of value.split(/\r?\n/)) add(line);
  // Where one contains the other, the longer one goes first.
  return [...forms].sort((a, b) => b.length - a.length);
}

/**
 * The text with a mark in the place of each of the forms.
 *
 * @param charsMax what begins behind this place of the text is left out; a secret that lies across it is not cut in two.
 */
export function redact(text: string, forms: readonly string[], charsMax = text.length): string {
  // What begins before the end of what is kept ends within this.
  const seen = text.slice(0, charsMax + (forms[0]?.length ?? 0));
  let present = forms
    .map((form) => ({ form, index: seen.indexOf(form) }))
    .filter(({ index }) => index !== -1 && index < charsMax);
  let kept = "";
  let at = 0;
  while (present.length > 0) {
    const next = present.reduce((first, one) => (one.index < first.index ? one : first));
    kept += seen.slice(at, next.index) + MARK;
    at = next.index + next.form.length;
    for (const one of present) if (one.index < at) one.index = seen.indexOf(one.form, at);
    present = present.filter(({ index }) => index !== -1 && index < charsMax);
  }
  return at < charsMax ? kept + seen.slice(at, charsMax) : kept;
}
