// Text that comes in pieces, made harmless for a terminal as it comes: what spans two pieces is judged as a whole.

import { neutralise } from "./neutralise.ts";

export class StreamedText {
  readonly #write: (text: string) => void;
  #held = "";
  #last = "\n";

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** Writes the piece, but for half a character or half a line end at its end. */
  add(piece: string): void {
    const text = this.#held + piece;
    const isHalf = /[\r\ud800-\udbff]$/.test(text);
    this.#held = isHalf ? text.slice(-1) : "";
    this.#put(isHalf ? text.slice(0, -1) : text);
  }

  /** Writes what was held back, and a line end where the text has none. */
  end(): void {
    this.#put(this.#held);
    this.#held = "";
    if (this.#last !== "\n") this.#put("\n");
  }

  #put(text: string): void {
    if (text === "") return;
    this.#last = text.at(-1)!;
    this.#write(neutralise(text));
  }
}
