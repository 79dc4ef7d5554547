// Cuts what comes over standard input into messages, one a line. A line that is too long is dropped whole, and told.

export class MessageLines {
  readonly #onLine: (line: string) => void;
  readonly #onTooLong: () => void;
  readonly #bytesMax: number;
  readonly #decoder = new TextDecoder();
  /** What came of a line that has not ended yet; kept in pieces, because joining each time would cost its square. */
  #pieces: Buffer[] = [];
  #bytes = 0;
  #isDropping = false;

  constructor(bytesMax: number, onLine: (line: string) => void, onTooLong: () => void) {
    this.#bytesMax = bytesMax;
    this.#onLine = onLine;
    this.#onTooLong = onTooLong;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(0x0a, start);
      if (end === -1) break;
      this.#add(chunk.subarray(start, end));
      this.#give();
      start = end + 1;
    }
    if (start < chunk.length) this.#add(chunk.subarray(start));
  }

  /** Gives what came behind the last line break. */
  end(): void {
    this.#give();
  }

  #add(piece: Buffer): void {
    if (this.#isDropping) return;
    this.#bytes += piece.length;
    if (this.#bytes <= this.#bytesMax) {
      this.#pieces.push(piece);
      return;
    }
    this.#pieces = [];
    this.#isDropping = true;
    this.#onTooLong();
  }

  #give(): void {
    const [first, ...more] = this.#pieces;
    this.#pieces = [];
    this.#bytes = 0;
    this.#isDropping = false;
    if (first === undefined) return;
    const line = this.#decoder.decode(more.length === 0 ? first : Buffer.concat([first, ...more]));
    if (line.trim() !== "") this.#onLine(line);
  }
}
