// The connections of a server, so that it can be stopped: those on which nothing is asked are closed at once, the others
// get time to finish, and what still runs then is told to end.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";

/** What is told to end gets this long to say so to its client. */
const LAST_WORDS_MS = 1_000;

export class OpenConnections {
  /** How many requests are open on each. */
  readonly #open = new Map<Duplex, number>();
  readonly #stopping = new AbortController();
  readonly #draining = new AbortController();
  #onQuiet: (() => void) | undefined;

  /** Aborted when the server is being stopped: what would stay open for ever ends now, requests finish. */
  get draining(): AbortSignal {
    return this.#draining.signal;
  }

  /** Aborted when requests that are still open have to end too. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  add(socket: Duplex): void {
    this.#open.set(socket, 0);
    socket.once("close", () => {
      this.#open.delete(socket);
      this.#look();
    });
  }

  watch({ socket }: IncomingMessage, response: ServerResponse): void {
    this.#open.set(socket, (this.#open.get(socket) ?? 0) + 1);
    if (this.#draining.signal.aborted) response.setHeader("connection", "close");
    response.once("close", () => {
      if (!this.#open.has(socket)) return;
      this.#open.set(socket, this.#open.get(socket)! - 1);
      if (this.#draining.signal.aborted && this.#open.get(socket) === 0) socket.end();
      this.#look();
    });
  }

  /** Resolves when no connection is left; `drainMs` is what open requests get. The server must not listen any more. */
  async drain(drainMs: number): Promise<void> {
    this.#draining.abort();
    for (const [socket, open] of this.#open) if (open === 0) socket.destroy();
    if (await this.#quietWithin(drainMs)) return;
    this.#stopping.abort();
    if (await this.#quietWithin(LAST_WORDS_MS)) return;
    for (const socket of this.#open.keys()) socket.destroy();
    await this.#quietWithin(LAST_WORDS_MS);
  }

  async #quietWithin(ms: number): Promise<boolean> {
    if (this.#open.size === 0) return true;
    const over = new AbortController();
    const quiet = new Promise<boolean>((resolve) => {
      this.#onQuiet = () => resolve(true);
    });
    const late = delay(ms, false, { signal: over.signal }).catch(() => false);
    try {
      return await Promise.race([quiet, late]);
    } finally {
      over.abort();
      this.#onQuiet = undefined;
    }
  }

  #look(): void {
    if (this.#open.size === 0) this.#onQuiet?.();
  }
}
