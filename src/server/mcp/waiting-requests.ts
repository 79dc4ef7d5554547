// Requests that came while as many as may be are open: they wait for those, within bounds.

import { MCP_REQUESTS_WAITING_CHARS_MAX } from "../../protocol/limits.ts";
import type { McpRequest } from "./messages.ts";

export class WaitingRequests {
  readonly #waiting = new Map<string, McpRequest>();
  #chars = 0;

  has(id: string): boolean {
    return this.#waiting.has(id);
  }

  /** Whether there was room for it. */
  add(request: McpRequest): boolean {
    const chars = this.#chars + request.text.length;
    if (chars > MCP_REQUESTS_WAITING_CHARS_MAX) return false;
    this.#chars = chars;
    this.#waiting.set(request.id, request);
    return true;
  }

  /** Takes the one that has waited longest. */
  next(): McpRequest | undefined {
    const [id] = this.#waiting.keys();
    return id === undefined ? undefined : this.take(id);
  }

  take(id: string): McpRequest | undefined {
    const request = this.#waiting.get(id);
    if (request === undefined) return undefined;
    this.#waiting.delete(id);
    this.#chars -= request.text.length;
    return request;
  }

  /** Gives the ids of those that waited. */
  takeAll(): string[] {
    const ids = [...this.#waiting.keys()];
    this.#waiting.clear();
    this.#chars = 0;
    return ids;
  }
}
