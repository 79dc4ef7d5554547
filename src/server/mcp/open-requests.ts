// The requests of one client that are being worked on, so that they can be cancelled by their ids.

import { MCP_REQUESTS_OPEN_MAX } from "../../protocol/limits.ts";
import { MCP_ERRORS, McpError } from "./revisions.ts";

export class OpenRequests {
  readonly #open = new Map<string, AbortController>();

  get size(): number {
    return this.#open.size;
  }

  get isFull(): boolean {
    return this.#open.size >= MCP_REQUESTS_OPEN_MAX;
  }

  /** Throws `McpError` for an id that is in use, and when there are too many. */
  begin(id: string): AbortController {
    if (this.#open.has(id)) throw new McpError(MCP_ERRORS.request, "a request of that id is still open", { http: 400 });
    if (this.isFull) {
      const message = `more than ${MCP_REQUESTS_OPEN_MAX} requests are open; try again when some are answered`;
      throw new McpError(MCP_ERRORS.internal, message, { http: 503 });
    }
    const stop = new AbortController();
    this.#open.set(id, stop);
    return stop;
  }

  end(id: string): void {
    this.#open.delete(id);
  }

  /** As a notification of the client asks; an id that is not open is ignored: its answer is on its way. */
  cancel(id: string | undefined): void {
    if (id !== undefined) this.#open.get(id)?.abort();
  }

  /** Gives the ids of those that it cancelled. */
  cancelAll(): string[] {
    const cancelled = [...this.#open].filter(([, stop]) => !stop.signal.aborted);
    for (const [, stop] of cancelled) stop.abort();
    return cancelled.map(([id]) => id);
  }
}
