// Takes secret values out of text that is going to be kept.

import {
  ENCODED_FORMS_CHARS_MAX,
  ENCODED_SECRET_CHARS_MAX,
  SECRET_CHARS_MIN,
  SECRET_FORMS_MAX,
} from "../protocol/limits.ts";
import { encodedForms, jsonForm } from "./encoded-forms.ts";

const MARK = "[redacted]";

/** From this many on, it pays to look only for those whose beginning occurs. */
const FORMS_MANY = 50;
/** Of characters in ASCII, each has a place of its own. */
const PAIRS = 128 * 128;

/**
 * Takes values out of one text after the other. The values are asked for each time; the same object stands for the same
 * values, so that what to look for is found out only once.
 */
export function redactor(values: () => Iterable<string>): (text: string, charsMax?: number) => string {
  let known: Iterable<string> | undefined;
  let forms: string[] = [];
  let starts: Starts | undefined;
  return (text, charsMax = text.length) => {
    const now = values();
    if (now !== known) {
      forms = secretForms(now);
      starts = forms.length < FORMS_MANY ? undefined : startsOf(forms);
      known = now;
    }
    if (starts === undefined) return redact(text, forms, charsMax);
    return redact(text, candidates(text.slice(0, charsMax + forms[0]!.length), starts), charsMax);
  };
}

/** How forms begin. */
interface Starts {
  readonly forms: ReadonlyMap<string, readonly string[]>;
  /** Which pairs of characters are the first ones of a form; other pairs may be marked as well. */
  readonly pairs: Uint8Array;
}

function startsOf(forms: readonly string[]): Starts {
  const pairs = new Uint8Array(PAIRS);
  for (const form of forms) pairs[pairAt(form, 0)] = 1;
  return { forms: Map.groupBy(forms, (form) => form.slice(0, SECRET_CHARS_MIN)), pairs };
}

function pairAt(text: string, at: number): number {
  return (text.charCodeAt(at) * 128 + text.charCodeAt(at + 1)) % PAIRS;
}

/** The forms whose first characters are somewhere in the text, the longer ones first. */
function candidates(text: string, { forms: byStart, pairs }: Starts): string[] {
  const found = new Set<readonly string[]>();
  for (let at = 0; at + SECRET_CHARS_MIN <= text.length; at++) {
    if (pairs[pairAt(text, at)] === 0) continue;
    const forms = byStart.get(text.slice(at, at + SECRET_CHARS_MIN));
    if (forms) found.add(forms);
  }
  return [...found].flat().sort((a, b) => b.length - a.length);
}

/**
 * The texts to look for: each value, each of its lines, and all of these as they look where they were encoded. When that
 * is too much, the first values come first, whole ones before lines, and encodings last.
 */
export function secretForms(values: Iterable<string>): string[] {
  const whole = [...values].filter(isSecret);
  const lines = whole.flatMap((value) => (value.includes("\n") ? value.split(/\r?\n/).filter(isSecret) : []));
  const forms = new Set<string>();
  const add = (form: string) => {
    if (forms.size < SECRET_FORMS_MAX) forms.add(form);
  };
  for (const parts of [whole, lines]) {
    for (const part of parts) {
      add(part);
      add(jsonForm(part));
    }
  }
  let encodedChars = 0;
  for (const part of [...whole, ...lines]) {
    if (forms.size >= SECRET_FORMS_MAX || encodedChars >= ENCODED_FORMS_CHARS_MAX) break;
    if (part.length > ENCODED_SECRET_CHARS_MAX) continue;
    for (const form of new Set(encodedForms(part))) {
      add(form);
      encodedChars += form.length;
    }
  }
  // Where one contains the other, the longer one goes first.
  return [...forms].sort((a, b) => b.length - a.length);
}

function isSecret(part: string): boolean {
  return part.trim().length >= SECRET_CHARS_MIN;
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
