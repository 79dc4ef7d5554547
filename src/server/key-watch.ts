// Ends what is open for an access key once the key lets in no more: an answer may go on for hours after it was let in.

import { SERVER_KEY_LOOK_MS } from "../protocol/limits.ts";
import type { ServerHost } from "./server-host.ts";

interface Watched {
  readonly gone: AbortController;
  requests: number;
}

export class KeyWatch {
  readonly #host: Pick<ServerHost, "accessKeys">;
  readonly #lookMs: number;
  /** Those with open requests, by their text. */
  readonly #keys = new Map<string, Watched>();
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;

  /** @param lookMs shorter, for tests. */
  constructor(host: Pick<ServerHost, "accessKeys">, lookMs = SERVER_KEY_LOOK_MS) {
    this.#host = host;
    this.#lookMs = lookMs;
  }

  /** Aborted when the key lets in no more. `onOver` gets what has to be called when the request is over. */
  watch(key: string, onOver: (over: () => void) => void): AbortSignal {
    let watched = this.#keys.get(key);
    if (watched === undefined) {
      watched = { gone: new AbortController(), requests: 0 };
      this.#keys.set(key, watched);
    }
    const { gone } = watched;
    watched.requests++;
    onOver(() => {
      if (--watched.requests > 0) return;
      if (this.#keys.get(key) === watched) this.#keys.delete(key);
      if (this.#keys.size === 0) this.close();
    });
    this.#timer ??= setInterval(() => void this.#look(), this.#lookMs).unref();
    return gone.signal;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      const keys = await this.#host.accessKeys();
      for (const [key, watched] of [...this.#keys]) {
        if ((await keys.check(key)).ok) continue;
        // Whoever comes with it again is not let in, so that this is the end of it.
        this.#keys.delete(key);
        watched.gone.abort();
      }
    } catch {
      // What could not be looked up now is looked up again.
    } finally {
      this.#isLooking = false;
    }
  }
}
