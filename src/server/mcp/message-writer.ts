// Writes messages to a stream, one a line. What is written within a turn or two of the event loop leaves together.

import { once } from "node:events";
import type { Writable } from "node:stream";

export interface MessageWriterOptions {
  /** Whether more messages are on their way. */
  isBusy(): boolean;
  /** The reader does not keep up; called again only after `onDrained`. */
  onFull(): void;
  onDrained(): void;
}

/** While other answers are on their way, one waits this many turns for them: each write costs more than an answer. */
const TURNS = 2;

export class MessageWriter {
  readonly #output: Writable;
  readonly #options: MessageWriterOptions;
  #waiting = "";
  #isFull = false;

  constructor(output: Writable, options: MessageWriterOptions) {
    this.#output = output;
    this.#options = options;
  }

  write(text: string): void {
    if (this.#waiting === "") this.#flushIn(this.#options.isBusy() ? TURNS : 1);
    this.#waiting += `${text}\n`;
  }

  /** Resolves when everything is written, or the reader went away. */
  async end(): Promise<void> {
    this.#flush();
    const output = this.#output;
    if (!output.writableNeedDrain || output.destroyed) return;
    const over = new AbortController();
    const options = { signal: over.signal };
    await Promise.race([once(output, "drain", options), once(output, "close", options)]).catch(() => {});
    over.abort();
  }

  #flushIn(turns: number): void {
    setImmediate(() => {
      if (turns > 1 && this.#options.isBusy()) this.#flushIn(turns - 1);
      else this.#flush();
    });
  }

  #flush(): void {
    const text = this.#waiting;
    this.#waiting = "";
    if (text === "" || this.#output.destroyed || this.#output.write(text) || this.#isFull) return;
    this.#isFull = true;
    this.#options.onFull();
    this.#output.once("drain", () => {
      this.#isFull = false;
      this.#options.onDrained();
    });
  }
}
