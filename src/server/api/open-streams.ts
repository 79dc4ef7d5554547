// Counts the streams of events that are open: each holds a page of events in memory for as long as its reader takes.

import { HostError } from "../../protocol/errors.ts";
import { TASK_STREAMS_MAX, TASK_STREAMS_PER_KEY_MAX } from "../../protocol/limits.ts";

export class OpenStreams {
  readonly #byKey = new Map<string, number>();
  #all = 0;

  /** Gives what is to be called, once, when the stream is over. Throws `rate_limited`. */
  open(keyId: string): () => void {
    const ofKey = this.#byKey.get(keyId) ?? 0;
    if (ofKey >= TASK_STREAMS_PER_KEY_MAX) throw tooMany(`this access key has ${ofKey} streams of events open`);
    if (this.#all >= TASK_STREAMS_MAX) throw tooMany(`${this.#all} streams of events are open`);
    this.#all++;
    this.#byKey.set(keyId, ofKey + 1);
    return () => this.#close(keyId);
  }

  #close(keyId: string): void {
    this.#all--;
    const left = this.#byKey.get(keyId)! - 1;
    if (left > 0) this.#byKey.set(keyId, left);
    else this.#byKey.delete(keyId);
  }
}

function tooMany(what: string): HostError {
  return new HostError("rate_limited", `${what}, and there may not be more`, {
    hint: "try again when one of them is over, or read the events page by page",
  });
}
