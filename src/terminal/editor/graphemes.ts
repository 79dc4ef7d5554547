// What a person sees as one character: where it begins and ends in a text, how a line shows it, and how wide it is there.

import { showHidden } from "../show-hidden.ts";

/** No character that people use is longer; what comes as one that is, may be cut anywhere. */
const GRAPHEME_CHARS_MAX = 256;
const LINE_FEED = 0x0a;

let segmenter: Intl.Segmenter | undefined;

/** Made when it is first needed: it takes 9 ms, and most lines do without. */
function graphemes(): Intl.Segmenter {
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  return segmenter;
}

/** Where the character in front of the place begins. */
export function graphemeBefore(text: string, at: number): number {
  if (at <= 1 || isPlainAt(text, at - 1)) return Math.max(0, at - 1);
  let from = Math.max(0, at - GRAPHEME_CHARS_MAX);
  for (let back = at - 2; back > from; back--) if (isPlainAt(text, back)) from = back;
  let last = from;
  for (const { index } of graphemes().segment(text.slice(from, at))) last = from + index;
  return last;
}

/** Where the character behind the place ends. */
export function graphemeAfter(text: string, at: number): number {
  if (at >= text.length) return text.length;
  if (isPlainAt(text, at) && (at + 1 === text.length || isPlainAt(text, at + 1))) return at + 1;
  const [first] = graphemes().segment(text.slice(at, at + GRAPHEME_CHARS_MAX));
  return at + (first?.segment.length ?? 1);
}

function isPlainAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return (code >= 0x20 && code < 0x7f) || code === LINE_FEED;
}

/** The characters of a line. One that is absurdly long is taken apart by code points, which is faster and does as well. */
export function graphemesOf(line: string): Iterable<string> {
  if (SIMPLE.test(line) || line.length > PARTED_CHARS_MAX) return line;
  return Array.from(graphemes().segment(line), ({ segment }) => segment);
}
const PARTED_CHARS_MAX = 20_000;
/** Characters that never join others, of the scripts that have most of them: ten times as fast as to ask. */
const SIMPLE =
  /^[\u0020-\u007e\u00a1-\u00a8\u00aa-\u00ac\u00af-\u02ff\u0391-\u03ff\u0410-\u044f\u2010-\u2027\u2500-\u257f\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3]*$/;

let emoji: RegExp | undefined;

/** No literal: V8 reads those together with the function that they stand in, which takes 15 ms for this one. */
function isEmoji(grapheme: string): boolean {
  emoji ??= /^\p{RGI_Emoji}$/v;
  return emoji.test(grapheme);
}

const TAB_SHOWN = "    ";

/** The character as a line shows it: nothing hidden, nothing that a terminal takes as an order. */
export function shownGrapheme(grapheme: string): string {
  // The frame of a prompt is simple, too: the other patterns take 40 ms to be made ready.
  if (SIMPLE.test(grapheme) || isEmoji(grapheme)) return grapheme;
  if (grapheme === "\t") return TAB_SHOWN;
  const shown = showHidden(grapheme).replaceAll("\n", "\u240a").replaceAll("\t", TAB_SHOWN);
  // A mark without a letter would stand on whatever is in front of it.
  return /^\p{M}/u.test(shown) ? `\u25cc${shown}` : shown;
}

/** Wide in every terminal of today: East Asian characters, and what is shown as a picture. */
const WIDE =
  /[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\u3247\u3250-\u4dbf\u4e00-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u2630-\u2637\u268a-\u268f\u{16fe0}-\u{18d1e}\u{18d80}-\u{18df2}\u{1aff0}-\u{1b2fb}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}\u4dc0-\u4dff\u{1d300}-\u{1d376}]|\p{Emoji_Presentation}|\ufe0f/u;

/** Of the simple ones, those that are not. */
const NARROW =
  /^[\u0020-\u007e\u00a1-\u00a8\u00aa-\u00ac\u00af-\u02ff\u0391-\u03ff\u0410-\u044f\u2010-\u2027\u2500-\u257f]*$/;

/** Columns of one character that is shown as it is. */
export function graphemeColumns(shown: string): number {
  if (NARROW.test(shown)) return shown.length;
  return WIDE.test(shown) ? 2 : 1;
}

/** Terminals do not agree on how wide it is. */
export function hasDoubtfulWidth(shown: string): boolean {
  return shown.length > 1 && /[\u200d\ufe0f\u{1f3fb}-\u{1f3ff}\u{1f1e6}-\u{1f1ff}]/u.test(shown);
}
