// Cuts text that comes in pieces into lines.

export class LineSplitter {
  readonly #onLine: (line: string) => void;
  readonly #charsMax: number;
  #rest = "";

  /** @param charsMax a line that is longer is given in parts, so that one without an end cannot fill the memory. */
  constructor(onLine: (line: string) => void, charsMax: number) {
    this.#onLine = onLine;
    this.#charsMax = charsMax;
  }

  push(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop()!;
    for (const line of lines) this.#give(line);
    while (this.#rest.length > this.#charsMax) {
      this.#onLine(this.#rest.slice(0, this.#charsMax));
      this.#rest = this.#rest.slice(this.#charsMax);
    }
  }

  /** Gives what came behind the last line break. */
  end(): void {
    if (this.#rest !== "") this.#give(this.#rest);
    this.#rest = "";
  }

  #give(line: string): void {
    for (let at = 0; at === 0 || at < line.length; at += this.#charsMax) {
      this.#onLine(line.slice(at, at + this.#charsMax));
    }
  }
}
