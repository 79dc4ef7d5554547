// Node's own line editing, used for what it knows: where words begin and end, and the ring of what was killed. It reads
// nothing and prints nothing; a text and a key go in, a text comes out.

import { createInterface, type Interface, type Key } from "node:readline";
import { Readable, Writable } from "node:stream";

export interface TextAt {
  readonly text: string;
  readonly cursor: number;
}

/** Node looks at all of the text for each key. So far a word, and the blanks beside it, may reach. */
const WORD_CHARS_MAX = 4096;

export class ReadlineEngine {
  readonly #lines: Interface;

  constructor() {
    this.#lines = createInterface({
      input: new Readable({ read() {} }),
      output: new Writable({ write: (_chunk, _encoding, done) => done() }),
      terminal: true,
      historySize: 0,
    });
  }

  wordLeft({ text, cursor }: TextAt): number {
    const from = Math.max(0, cursor - WORD_CHARS_MAX);
    const before = text.slice(from, cursor);
    return from + this.#press({ text: before, cursor: before.length }, { name: "b", meta: true }).cursor;
  }

  wordRight({ text, cursor }: TextAt): number {
    const behind = text.slice(cursor, cursor + WORD_CHARS_MAX);
    return cursor + this.#press({ text: behind, cursor: 0 }, { name: "f", meta: true }).cursor;
  }

  /** Keeps the text for `yank`. */
  kill(text: string): void {
    if (text !== "") this.#press({ text, cursor: text.length }, { name: "u", ctrl: true });
  }

  /** With what was killed last at the cursor. */
  yank(at: TextAt): TextAt {
    return this.#press(at, { name: "y", ctrl: true });
  }

  /** Directly after a yank: with what was killed before that in its place. */
  yankEarlier(at: TextAt): TextAt {
    return this.#press(at, { name: "y", meta: true });
  }

  close(): void {
    this.#lines.close();
  }

  #press({ text, cursor }: TextAt, key: Key): TextAt {
    const lines = this.#lines as { line: string; cursor: number };
    lines.line = text;
    lines.cursor = cursor;
    this.#lines.write(null as unknown as string, key);
    return { text: lines.line, cursor: lines.cursor };
  }
}
