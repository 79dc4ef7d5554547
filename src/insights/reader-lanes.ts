// Readers side by side: a question that takes long keeps only some of the others waiting. One that nobody waits for any more
// when its turn comes is not asked.

import { INSIGHTS_READERS_MAX } from "../protocol/limits.ts";
import { InsightsReader } from "./insights-reader.ts";

export class ReaderLanes {
  readonly #path: string;
  readonly #program: string;
  readonly #readers: InsightsReader[] = [];
  readonly #idle: InsightsReader[] = [];
  readonly #waiting: ((reader: InsightsReader) => void)[] = [];

  constructor(path: string, program: string) {
    this.#path = path;
    this.#program = program;
  }

  /** Fails as `work` does, and with the signal's reason. */
  async ask<T>(work: (reader: InsightsReader) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const reader = await this.#take();
    try {
      signal?.throwIfAborted();
      return await work(reader);
    } finally {
      this.#giveBack(reader);
    }
  }

  /** To be called when nothing is asked any more. */
  async close(): Promise<void> {
    await Promise.all(this.#readers.map((reader) => reader.close()));
  }

  #take(): InsightsReader | Promise<InsightsReader> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#readers.length < INSIGHTS_READERS_MAX) {
      const reader = new InsightsReader(this.#path, this.#program);
      this.#readers.push(reader);
      return reader;
    }
    const { promise, resolve } = Promise.withResolvers<InsightsReader>();
    this.#waiting.push(resolve);
    return promise;
  }

  #giveBack(reader: InsightsReader): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(reader);
    else next(reader);
  }
}
