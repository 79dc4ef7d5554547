// An answer that comes in events (server-sent events). It begins with the first event, so that what fails before has a
// status of its own; whoever reads slowly slows down whoever writes.

import type { ServerResponse } from "node:http";
import type { FastifyReply } from "fastify";
import { SERVER_STREAM_QUIET_MS_MAX, SERVER_UNREAD_MS_MAX } from "../protocol/limits.ts";
import { EVENT_HEADERS } from "./event-headers.ts";

/** Shorter times, for tests. */
interface PacedEventsOptions {
  readonly quietMs?: number;
  readonly unreadMs?: number;
}

export class PacedEvents {
  readonly #reply: FastifyReply;
  readonly #raw: ServerResponse;
  readonly #options: PacedEventsOptions;
  readonly #timer: NodeJS.Timeout;
  #wroteLately = false;

  constructor(reply: FastifyReply, options: PacedEventsOptions = {}) {
    this.#reply = reply;
    this.#raw = reply.raw;
    this.#options = options;
    const { quietMs = SERVER_STREAM_QUIET_MS_MAX } = options;
    this.#timer = setInterval(() => this.#sayThatItIsThere(), quietMs);
    this.#raw.once("close", () => clearInterval(this.#timer));
  }

  /** Whether the head of the answer was sent: from then on a failure is an event. */
  get hasBegun(): boolean {
    return this.#raw.headersSent;
  }

  /** Sends the head of the answer now: what happens first may be a while off. */
  begin(): void {
    if (this.#raw.destroyed) return;
    this.#begin();
    this.#raw.flushHeaders();
  }

  /**
   * Sends one event; resolves when there is room for the next, or nobody takes any more.
   *
   * @param id what a reader that comes again says that it has seen last.
   */
  async send(data: unknown, event?: string, id?: number): Promise<void> {
    const head = `${id === undefined ? "" : `id: ${id}\n`}${event === undefined ? "" : `event: ${event}\n`}`;
    await this.#write(`${head}data: ${JSON.stringify(data)}\n\n`);
  }

  /** The last event; after it nothing is sent. */
  async end(last = ""): Promise<void> {
    if (last !== "") await this.#write(`data: ${last}\n\n`);
    this.stop();
    if (this.#reply.sent) this.#raw.end();
  }

  /** Stops its clock. An answer that has not begun may then be any other. */
  stop(): void {
    clearInterval(this.#timer);
  }

  async #write(text: string): Promise<void> {
    if (this.#raw.destroyed || this.#raw.writableEnded) return;
    this.#begin();
    this.#wroteLately = true;
    if (!this.#raw.write(text)) await roomIn(this.#raw, this.#options.unreadMs ?? SERVER_UNREAD_MS_MAX);
  }

  #begin(): void {
    if (this.#raw.headersSent) return;
    this.#reply.hijack();
    this.#raw.writeHead(200, EVENT_HEADERS);
  }

  /** A comment, which readers leave out. Programs in between close what is silent for long. */
  #sayThatItIsThere(): void {
    if (this.#wroteLately) {
      this.#wroteLately = false;
    } else if (!this.#raw.destroyed && !this.#raw.writableEnded && !this.#raw.writableNeedDrain) {
      this.#begin();
      this.#raw.write(": still at work\n\n");
    }
  }
}

/** Resolves when the client has read enough, or is gone; one that does not read at all is cut off. */
async function roomIn(raw: ServerResponse, unreadMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = () => resolve();
  const timer = setTimeout(() => raw.destroy(), unreadMs);
  raw.once("drain", done).once("close", done);
  if (raw.destroyed) resolve();
  await promise;
  clearTimeout(timer);
  raw.off("drain", done).off("close", done);
}
