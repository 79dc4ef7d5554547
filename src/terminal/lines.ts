// From the lines that a format draws to the text that is printed.

interface TextOptions {
  /** More than this is not drawn at all. */
  readonly charsMax: number;
  /** Spaces in front of every line. */
  readonly margin: number;
}

/**
 * The lines as text that ends in a line break; nothing when there are none. Undefined when they are far too much, which a
 * few bytes of data can make of a table or of values within values; no more lines are drawn then.
 */
export function textOfLines(lines: Iterable<string>, { charsMax, margin }: TextOptions): string | undefined {
  const before = " ".repeat(margin);
  const all: string[] = [];
  let chars = 0;
  for (const line of lines) {
    all.push(before + line);
    chars += margin + line.length + 1;
    if (chars > charsMax) return undefined;
  }
  return all.length === 0 ? "" : `${all.join("\n")}\n`;
}

/** Each line with something in front of it. */
export function* indented(lines: Iterable<string>, before: string): Iterable<string> {
  for (const line of lines) yield before + line;
}
