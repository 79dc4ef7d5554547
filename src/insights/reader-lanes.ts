// Readers side by side, so that a question that takes long keeps only some of the others waiting: one reader is never asked
// such a question. What nobody waits for any more is not asked, or its reader's process ends; the next question gets another.

import { INSIGHTS_LEFT_MS_MAX, INSIGHTS_READERS_MAX } from "../protocol/limits.ts";
import { InsightsReader } from "./insights-reader.ts";

export interface LaneOptions {
  /** Aborted when nobody waits for the answer any more. */
  readonly signal?: AbortSignal | undefined;
  /** It may have to look at all rows. */
  readonly isLong?: boolean;
}

interface Waiting {
  readonly isLong: boolean;
  begin(reader: InsightsReader): void;
}

export class ReaderLanes {
  readonly #path: string;
  readonly #program: string;
  readonly #readers: InsightsReader[] = [];
  readonly #idle: InsightsReader[] = [];
  readonly #waiting: Waiting[] = [];
  /** How many of the readers are asked what takes long. */
  #longCount = 0;

  constructor(path: string, program: string) {
    this.#path = path;
    this.#program = program;
  }

  /** Fails as `work` does, and with the signal's reason. */
  async ask<T>(work: (reader: InsightsReader) => Promise<T>, { signal, isLong = false }: LaneOptions = {}): Promise<T> {
    const reader = await this.#take(isLong);
    let timer: NodeJS.Timeout | undefined;
    const onAbort = () => {
      // Another process takes as long to start as most questions take.
      timer = setTimeout(() => reader.kill(), INSIGHTS_LEFT_MS_MAX);
    };
    try {
      signal?.throwIfAborted();
      signal?.addEventListener("abort", onAbort, { once: true });
      return await work(reader);
    } catch (error) {
      // It may have failed because its process was ended.
      signal?.throwIfAborted();
      throw error;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      this.#giveBack(reader, isLong);
    }
  }

  /** To be called when nothing is asked any more. */
  async close(): Promise<void> {
    await Promise.all(this.#readers.map((reader) => reader.close()));
  }

  async #take(isLong: boolean): Promise<InsightsReader> {
    const reader = this.#mayBegin(isLong) ? (this.#idle.pop() ?? this.#another()) : undefined;
    if (reader !== undefined) {
      if (isLong) this.#longCount++;
      return reader;
    }
    const { promise, resolve } = Promise.withResolvers<InsightsReader>();
    this.#waiting.push({ isLong, begin: resolve });
    return await promise;
  }

  #mayBegin(isLong: boolean): boolean {
    return !isLong || this.#longCount < INSIGHTS_READERS_MAX - 1;
  }

  #another(): InsightsReader | undefined {
    if (this.#readers.length === INSIGHTS_READERS_MAX) return undefined;
    const reader = new InsightsReader(this.#path, this.#program);
    this.#readers.push(reader);
    return reader;
  }

  #giveBack(reader: InsightsReader, wasLong: boolean): void {
    if (wasLong) this.#longCount--;
    const at = this.#waiting.findIndex(({ isLong }) => this.#mayBegin(isLong));
    const [next] = at === -1 ? [] : this.#waiting.splice(at, 1);
    if (next === undefined) return void this.#idle.push(reader);
    if (next.isLong) this.#longCount++;
    next.begin(reader);
  }
}
