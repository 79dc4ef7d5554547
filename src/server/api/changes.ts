// Notices that something changed on the host, for all who follow it: one look for all of them, again and again for as long as
// there is somebody, and none while there is nobody.

import { TOPICS, type Topic } from "../../protocol/api/events.ts";
import { CHANGES_LOOK_MS } from "../../protocol/limits.ts";

export type TopicMarks = Readonly<Record<Topic, string>>;

export interface ChangesOptions {
  /** A mark for each topic, which is another one after something of it changed. */
  look(): Promise<TopicMarks>;
  /** Shorter, for tests. */
  readonly lookMs?: number;
}

interface Reader {
  /** What changed and was not told yet. */
  readonly due: Set<Topic>;
  wake(): void;
}

export class Changes {
  readonly #options: ChangesOptions;
  readonly #readers = new Set<Reader>();
  #seen: TopicMarks | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ChangesOptions) {
    this.#options = options;
  }

  /** The marks now. */
  async look(): Promise<TopicMarks> {
    return await this.#options.look();
  }

  /**
   * Topics, whenever something of them changed after this promise resolved; ends with the signal. Whoever takes them slowly
   * gets more of them at once. Fails when nothing can be looked at.
   */
  async follow(signal: AbortSignal): Promise<AsyncIterable<readonly Topic[]>> {
    if (this.#readers.size === 0) this.#seen = undefined;
    if (this.#seen === undefined) {
      const now = await this.#options.look();
      // Another one may have come first meanwhile: what changed since then is still to be told.
      this.#seen ??= now;
    }
    const reader: Reader = { due: new Set(), wake: () => undefined };
    if (!signal.aborted) this.#add(reader, signal);
    return read(reader, signal);
  }

  #add(reader: Reader, signal: AbortSignal): void {
    this.#readers.add(reader);
    this.#timer ??= this.#later();
    const leave = () => {
      this.#readers.delete(reader);
      reader.wake();
      if (this.#readers.size > 0) return;
      clearTimeout(this.#timer);
      this.#timer = undefined;
    };
    signal.addEventListener("abort", leave, { once: true });
  }

  #later(): NodeJS.Timeout {
    return setTimeout(() => void this.#lookAgain(), this.#options.lookMs ?? CHANGES_LOOK_MS).unref();
  }

  async #lookAgain(): Promise<void> {
    const timer = this.#timer;
    try {
      const now = await this.#options.look();
      const before = this.#seen;
      this.#seen = now;
      if (before !== undefined) this.#tell(TOPICS.filter((topic) => now[topic] !== before[topic]));
    } catch {
      // What cannot be looked at now is looked at again; whoever asks for it is told why.
    }
    // The last reader may have gone meanwhile, and another one come.
    if (this.#timer === timer && timer !== undefined) this.#timer = this.#later();
  }

  #tell(topics: readonly Topic[]): void {
    if (topics.length === 0) return;
    for (const reader of this.#readers) {
      for (const topic of topics) reader.due.add(topic);
      reader.wake();
    }
  }
}

async function* read(reader: Reader, signal: AbortSignal): AsyncGenerator<readonly Topic[]> {
  while (!signal.aborted) {
    if (reader.due.size === 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      reader.wake = resolve;
      await promise;
      continue;
    }
    const topics = [...reader.due];
    reader.due.clear();
    yield topics;
  }
}
