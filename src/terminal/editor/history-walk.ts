// Up and Down through what was typed before. A line that was changed on the way keeps its change until the text is given.

export class HistoryWalk {
  readonly #lines: readonly string[];
  readonly #changed = new Map<number, string>();
  #at: number;

  /** @param lines newest last. */
  constructor(lines: readonly string[]) {
    this.#lines = lines;
    this.#at = lines.length;
  }

  /** The text instead of the one that there is; undefined at the end of the history. */
  older(text: string): string | undefined {
    return this.#at === 0 ? undefined : this.#go(text, this.#at - 1);
  }

  newer(text: string): string | undefined {
    return this.#at === this.#lines.length ? undefined : this.#go(text, this.#at + 1);
  }

  #go(text: string, to: number): string {
    this.#changed.set(this.#at, text);
    this.#at = to;
    return this.#changed.get(to) ?? this.#lines[to] ?? "";
  }
}
