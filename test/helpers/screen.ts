// What a terminal shows after some bytes: a real emulator, without a window. For programs on a pseudo-terminal
// (terminal.ts), and for parts that write to a terminal inside a test's own process.

import xterm from "@xterm/headless";
import stringWidth from "string-width";

/** The number of the escape sequences in which test/fixtures/terminal/holds-a-terminal.py says what happened. */
const MARK = 7777;
const SCROLLBACK_LINES_MAX = 5_000;

export class Screen {
  readonly #emulator: xterm.Terminal;
  readonly #chunks: Buffer[] = [];
  readonly #listeners = new Set<() => void>();

  constructor(columns: number, rows: number) {
    this.#emulator = new xterm.Terminal({
      cols: columns,
      rows,
      scrollback: SCROLLBACK_LINES_MAX,
      allowProposedApi: true,
    });
    this.#emulator.unicode.register({ version: "wide", wcwidth: widthOf, charProperties });
    this.#emulator.unicode.activeVersion = "wide";
  }

  /** The screen shows it a little later; then `onChange` is called. */
  write(bytes: Buffer | string): void {
    const chunk = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
    this.#chunks.push(chunk);
    this.#emulator.write(chunk, () => {
      for (const listener of this.#listeners) listener();
    });
  }

  /** Waits until everything that was written is shown. */
  async settled(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#emulator.write("", resolve);
    await promise;
  }

  /** Gives the function that ends it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** What the terminal answers to a program that asks it something. */
  onAnswer(listener: (bytes: string) => void): void {
    this.#emulator.onData(listener);
  }

  onMark(listener: (text: string) => void): void {
    this.#emulator.parser.registerOscHandler(MARK, (text) => {
      listener(text);
      return true;
    });
  }

  resize(columns: number, rows: number): void {
    this.#emulator.resize(columns, rows);
  }

  marksPastes(): boolean {
    return this.#emulator.modes.bracketedPasteMode;
  }

  text(): string {
    return this.#lines(this.#emulator.buffer.active.baseY);
  }

  /** The same, but blanks before the cursor stay: a prompt may end in one. */
  textToCursor(): string {
    const { baseY } = this.#emulator.buffer.active;
    const { column, row } = this.cursor();
    const lines = this.#lines(baseY).split("\n");
    while (lines.length <= row) lines.push("");
    lines[row] = (lines[row] ?? "") + (this.#line(baseY + row, column).match(/ *$/)?.[0] ?? "");
    return lines.join("\n");
  }

  everything(): string {
    return this.#lines(0);
  }

  cursor(): { readonly column: number; readonly row: number } {
    const { cursorX, cursorY } = this.#emulator.buffer.active;
    return { column: cursorX, row: cursorY };
  }

  raw(): string {
    const text = Buffer.concat(this.#chunks).toString("utf8");
    return text.replaceAll(new RegExp(`\\x1b\\]${MARK};[^\\x07]*\\x07`, "g"), "");
  }

  close(): void {
    this.#emulator.dispose();
  }

  #lines(from: number): string {
    const { active } = this.#emulator.buffer;
    const lines: string[] = [];
    for (let at = from; at < active.length; at++) lines.push(this.#line(at).trimEnd());
    return lines.join("\n").trimEnd();
  }

  #line(at: number, columns?: number): string {
    return this.#emulator.buffer.active.getLine(at)?.translateToString(columns === undefined, 0, columns) ?? "";
  }
}

/** As terminals of today have it: emoji are wide, which the emulator's own table does not know. */
function widthOf(codePoint: number): 0 | 1 | 2 {
  return Math.min(stringWidth(String.fromCodePoint(codePoint)), 2) as 0 | 1 | 2;
}

/** Packed as the emulator wants it: the width, and whether the character joins the one before it. */
function charProperties(codePoint: number, preceding: number): number {
  const width = codePoint < 0x20 ? 0 : widthOf(codePoint);
  const widthBefore = (preceding >> 1) & 3;
  const joins = width === 0 && preceding !== 0 && widthBefore !== 0;
  return (Math.max(width, joins ? widthBefore : 0) << 1) | (joins ? 1 : 0);
}
