// An answer as a stream of events: for requests that tell something before they are done, and for those that stay open.

import type { ServerResponse } from "node:http";
import { MCP_STREAM_KEEP_ALIVE_MS, MCP_STREAM_UNREAD_BYTES_MAX } from "../../protocol/limits.ts";
import { EVENT_HEADERS } from "../event-headers.ts";

export class MessageEvents {
  readonly #response: ServerResponse;
  readonly #timer: NodeJS.Timeout;

  /** Sends the head at once. Clients of MCP compare the type as it stands. */
  constructor(response: ServerResponse) {
    this.#response = response;
    response.writeHead(200, { ...EVENT_HEADERS, "content-type": "text/event-stream" });
    response.flushHeaders();
    // Whoever sits between must not take silence for the end.
    this.#timer = setInterval(() => this.#write(": \n\n"), MCP_STREAM_KEEP_ALIVE_MS);
    response.once("close", () => clearInterval(this.#timer));
  }

  /** @param text one JSON text without line breaks. */
  send(text: string): void {
    this.#write(`event: message\ndata: ${text}\n\n`);
  }

  end(text?: string): void {
    if (text !== undefined) this.send(text);
    clearInterval(this.#timer);
    this.#response.end();
  }

  /** A client that leaves too much unread has gone, whatever its connection says. */
  #write(event: string): void {
    if (this.#response.writableEnded || this.#response.destroyed) return;
    const unread = this.#response.writableLength;
    if (unread > MCP_STREAM_UNREAD_BYTES_MAX) this.#response.destroy();
    else this.#response.write(event);
  }
}
