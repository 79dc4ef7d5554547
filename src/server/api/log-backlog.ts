// Lines between a plugin's log and whoever follows it, who may be slower than a plugin that prints without end.

import type { LogRecord } from "../../protocol/plugin-log.ts";

interface TakenLines {
  readonly lines: readonly LogRecord[];
  /** How many lines before them were given up. */
  readonly leftOut: number;
}

export class LogBacklog {
  readonly #linesMax: number;
  #lines: LogRecord[] = [];
  #leftOut = 0;
  #isOver = false;
  #news = Promise.withResolvers<void>();

  /** @param linesMax how many wait at most; the newest are kept. */
  constructor(linesMax: number) {
    this.#linesMax = linesMax;
  }

  add(line: LogRecord): void {
    if (this.#lines.length === this.#linesMax) {
      // Half of them at once: to move all that are left for each new line would take too long.
      const gone = Math.ceil(this.#linesMax / 2);
      this.#lines = this.#lines.slice(gone);
      this.#leftOut += gone;
    }
    this.#lines.push(line);
    this.#news.resolve();
  }

  /** Nothing comes any more. */
  end(): void {
    this.#isOver = true;
    this.#news.resolve();
  }

  /** What came since; waits for it. Undefined when all was taken and nothing comes any more. */
  async take(): Promise<TakenLines | undefined> {
    await this.#news.promise;
    if (this.#lines.length === 0) return undefined;
    const taken = { lines: this.#lines, leftOut: this.#leftOut };
    this.#lines = [];
    this.#leftOut = 0;
    if (!this.#isOver) this.#news = Promise.withResolvers<void>();
    return taken;
  }
}
