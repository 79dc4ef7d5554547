// How many columns a text takes on a screen. The library that knows wide and combining characters costs 30 ms to load,
// so it is loaded only when a text needs it.

import { JsonNumber, type OrderedJson } from "../base/ordered-json.ts";

const PLAIN = /^[\u0020-\u007e]*$/;
/** What a text may hold that is a column a character once it was made harmless and cut into lines. */
const PLAIN_ONCE_HARMLESS = /^[\u0000-\u009f]*$/;

export type Measure = (text: string) => number;

const countChars: Measure = (text) => text.length;

/** A measure that is right for every text in the values, names of members included, and for parts of them. */
export async function measureFor(values: Iterable<OrderedJson>): Promise<Measure> {
  for (const value of values) if (!isPlain(value)) return await fullMeasure();
  return countChars;
}

function isPlain(value: OrderedJson): boolean {
  if (typeof value === "string") return PLAIN_ONCE_HARMLESS.test(value);
  if (value === null || typeof value === "boolean" || value instanceof JsonNumber) return true;
  if (Array.isArray(value)) return value.every(isPlain);
  for (const [name, member] of value) if (!PLAIN_ONCE_HARMLESS.test(name) || !isPlain(member)) return false;
  return true;
}

async function fullMeasure(): Promise<Measure> {
  const { default: stringWidth } = await import("string-width");
  return (text) => (PLAIN.test(text) ? text.length : stringWidth(text));
}

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/gu;

/** About right, and at hand at once: good enough for breaking sentences, not for drawing columns. */
export const roughMeasure: Measure = (text) =>
  PLAIN.test(text) ? text.length : [...text.replace(/\p{M}/gu, "")].length + (text.match(WIDE)?.length ?? 0);

/** One line broken into lines of at most `width` columns, at spaces where possible. White space inside lines stays. */
export function wrapLine(line: string, width: number, measure: Measure): string[] {
  if (measure(line) <= width) return [line];
  const lines: string[] = [];
  let current = "";
  let used = 0;
  const flush = () => {
    lines.push(current.trimEnd());
    current = "";
    used = 0;
  };
  for (const piece of line.match(/\s+|\S+/g) ?? []) {
    const wide = measure(piece);
    const isSpace = /^\s/.test(piece);
    if (used + wide > width && used > 0) {
      flush();
      if (isSpace) continue;
    }
    for (const part of wide > width ? brokenWord(piece, width, measure) : [piece]) {
      if (used > 0 && used + measure(part) > width) flush();
      current += part;
      used += measure(part);
    }
  }
  if (used > 0) flush();
  return lines;
}

/** The beginning of a line, as much of it as fits. With a mark, what was cut ends in it. */
export function cutLine(line: string, width: number, { mark, measure }: { mark: string; measure: Measure }): string {
  if (measure(line) <= width) return line;
  const shownMark = mark.slice(0, width);
  const room = width - shownMark.length;
  if (room === 0) return shownMark;
  const first = chop(line, room, measure)[0] ?? "";
  return (measure(first) <= room ? first : "") + shownMark;
}

/** A word that is too wide, in parts that fit: a path behind its slashes, anything else anywhere. */
function brokenWord(word: string, width: number, measure: Measure): string[] {
  const steps = word.match(/[^/]*\/+|[^/]+/g) ?? [];
  return steps.flatMap((step) => (measure(step) > width ? chop(step, width, measure) : [step]));
}

/** The same at any place; a single character may still be wider. */
function chop(word: string, width: number, measure: Measure): string[] {
  const parts: string[] = [];
  if (PLAIN.test(word)) {
    for (let at = 0; at < word.length; at += width) parts.push(word.slice(at, at + width));
    return parts;
  }
  let part = "";
  let used = 0;
  for (const segment of charactersOf(word, width, measure)) {
    const wide = measure(segment);
    if (used > 0 && used + wide > width) {
      parts.push(part);
      part = "";
      used = 0;
    }
    part += segment;
    used += wide;
  }
  return [...parts, part];
}

/** What a person sees as one character stays together, as far as it fits at all. */
function* charactersOf(word: string, width: number, measure: Measure): Iterable<string> {
  // Made here and not at the top: it takes 9 ms, and most tables have no such word.
  const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
  for (const { segment } of graphemes.segment(word)) {
    if (measure(segment) > width) yield* segment;
    else yield segment;
  }
}
