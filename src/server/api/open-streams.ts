// Counts the streams of events that are open: each holds a page of events in memory for as long as its reader takes.

import type { AccessKey } from "../../host/access-keys-host.ts";
import { HostError } from "../../protocol/errors.ts";
import { TASK_STREAMS_AGENT_KEYS_MAX, TASK_STREAMS_MAX, TASK_STREAMS_PER_KEY_MAX } from "../../protocol/limits.ts";

type Key = Pick<AccessKey, "id" | "agentId">;

export class OpenStreams {
  readonly #byKey = new Map<string, number>();
  #all = 0;
  /** Of keys for one agent. */
  #ofAgentKeys = 0;

  /**
   * Gives what is to be called, once, when the stream is over. Throws `rate_limited`.
   *
   * @param key that let the reader in, or that his session began with; null is nobody.
   */
  open(key: Key | null): () => void {
    const keyId = key?.id ?? "";
    const isOfAgentKey = key?.agentId !== null;
    const ofKey = this.#byKey.get(keyId) ?? 0;
    if (ofKey >= TASK_STREAMS_PER_KEY_MAX) throw tooMany(`this access key has ${ofKey} streams of events open`);
    if (isOfAgentKey && this.#ofAgentKeys >= TASK_STREAMS_AGENT_KEYS_MAX) {
      throw tooMany(`access keys for one agent have ${this.#ofAgentKeys} streams of events open`);
    }
    if (this.#all >= TASK_STREAMS_MAX) throw tooMany(`${this.#all} streams of events are open`);
    this.#all++;
    if (isOfAgentKey) this.#ofAgentKeys++;
    this.#byKey.set(keyId, ofKey + 1);
    return () => this.#close(keyId, isOfAgentKey);
  }

  #close(keyId: string, isOfAgentKey: boolean): void {
    this.#all--;
    if (isOfAgentKey) this.#ofAgentKeys--;
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
