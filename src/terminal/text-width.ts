// How many columns a text takes on a screen. The library that knows wide and combining characters costs 30 ms to load,
// so it is loaded only when a text needs it.

const PLAIN = /^[\u0020-\u007e]*$/;

export type Measure = (text: string) => number;

/** A measure that is right for the given texts and for parts of them. */
export async function measureFor(texts: Iterable<string>): Promise<Measure> {
  for (const text of texts) {
    if (PLAIN.test(text)) continue;
    const { default: stringWidth } = await import("string-width");
    return (one) => (PLAIN.test(one) ? one.length : stringWidth(one));
  }
  return (text) => text.length;
}

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
    for (const part of wide > width ? chop(piece, width, measure) : [piece]) {
      if (used > 0 && used + measure(part) > width) flush();
      current += part;
      used += measure(part);
    }
  }
  if (used > 0) flush();
  return lines;
}

/** A word that is too wide, in parts that fit; a single character may still be wider. */
function chop(word: string, width: number, measure: Measure): string[] {
  // Made here and not at the top: it takes 9 ms, and most tables have no such word.
  const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
  const parts: string[] = [];
  let part = "";
  let used = 0;
  for (const { segment } of graphemes.segment(word)) {
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
