// Ends what is open for an access key once the key lets in no more: an answer may go on for hours after it was let in.

import { SERVER_KEY_LOOK_MS } from "../protocol/limits.ts";
import type { ServerHost } from "./server-host.ts";

/** What let a request in. */
export interface Permit {
  readonly kind: "permit";
  /** The same for all requests that it let in: they are looked at together. */
  readonly of: unknown;
  /** Whether it lets in now. */
  holds(): Promise<boolean>;
}

/** A connection, or an answer. */
interface Open {
  readonly destroyed: boolean;
  once(event: "close", listener: () => void): unknown;
  destroy(): unknown;
}

interface Watched {
  readonly permit: Permit;
  readonly gone: AbortController;
  requests: number;
}

export class KeyWatch {
  readonly #lookMs: number;
  /** Those with open requests. */
  readonly #watched = new Map<unknown, Watched>();
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;

  /** @param lookMs shorter, for tests. */
  constructor(lookMs = SERVER_KEY_LOOK_MS) {
    this.#lookMs = lookMs;
  }

  /** Aborted when the permit holds no more. `onOver` gets what has to be called when the request is over. */
  watch(permit: Permit, onOver: (over: () => void) => void): AbortSignal {
    const { of } = permit;
    let watched = this.#watched.get(of);
    if (watched === undefined) {
      watched = { permit, gone: new AbortController(), requests: 0 };
      this.#watched.set(of, watched);
    }
    const { gone } = watched;
    watched.requests++;
    onOver(() => {
      if (--watched.requests > 0) return;
      if (this.#watched.get(of) === watched) this.#watched.delete(of);
      if (this.#watched.size === 0) this.close();
    });
    this.#timer ??= setInterval(() => void this.#look(), this.#lookMs).unref();
    return gone.signal;
  }

  /** Ends what a permit let in as if its reader were gone. */
  endWith(permit: Permit, open: Open): void {
    if (open.destroyed) return;
    const end = () => open.destroy();
    const gone = this.watch(permit, (over) => {
      open.once("close", () => {
        // Others that the same permit let in may go on for long.
        gone.removeEventListener("abort", end);
        over();
      });
    });
    gone.addEventListener("abort", end, { once: true });
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      for (const [of, { permit, gone }] of [...this.#watched]) {
        if (await permit.holds()) continue;
        // Whoever comes with it again is not let in, so that this is the end of it.
        this.#watched.delete(of);
        gone.abort();
      }
    } catch {
      // What could not be looked up now is looked up again.
    } finally {
      this.#isLooking = false;
    }
  }
}

/** @param key one that `check` let in. */
export function permitOf(host: Pick<ServerHost, "accessKeys">, key: string): Permit {
  return { kind: "permit", of: key, holds: async () => (await (await host.accessKeys()).check(key)).ok };
}
