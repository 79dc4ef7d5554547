// What a plugin prints on stderr: passed on live up to a limit, and its end kept for error texts.

import type { Readable } from "node:stream";
import { PROCESS_STDERR_BYTES_MAX } from "../../protocol/limits.ts";

const TAIL_CHARS_MAX = 2000;

export class StderrReader {
  readonly #onText: ((text: string) => void) | undefined;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  /** Counted in characters, which are never more than bytes. */
  #count = 0;
  #tail = "";
  #ended = false;

  constructor(pipe: Readable, onText: ((text: string) => void) | undefined) {
    this.#onText = onText;
    pipe.on("error", () => {}); // A broken pipe says nothing that the end of the process does not say.
    pipe.on("data", (chunk: Buffer) => {
      if (!this.#ended) this.#take(this.#decoder.decode(chunk, { stream: true }));
    });
  }

  /** Passes on what was held back of a cut character, and gives the tail. Later output is let go. */
  end(): string {
    if (!this.#ended) this.#take(this.#decoder.decode());
    this.#ended = true;
    return this.#tail.trim();
  }

  #take(text: string): void {
    if (text === "") return;
    const room = PROCESS_STDERR_BYTES_MAX - this.#count;
    this.#count += text.length;
    this.#tail = (this.#tail + text).slice(-TAIL_CHARS_MAX);
    if (room >= text.length) this.#onText?.(text);
    // Once only: from here on there is less than no room.
    else if (room >= 0) this.#onText?.(`${text.slice(0, room)}\n(the plugin prints more; the rest is not shown)\n`);
  }
}
