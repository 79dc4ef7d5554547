// The answer to one POST: one JSON text, or a stream of events once something is told before the end, or the end is long
// in coming.

import type { FastifyReply, FastifyRequest } from "fastify";
import { MCP_STREAM_AFTER_MS } from "../../protocol/limits.ts";
import { MessageEvents } from "./message-events.ts";

export class HttpAnswer {
  readonly #reply: FastifyReply;
  readonly #mayStream: boolean;
  readonly #timer: NodeJS.Timeout | undefined;
  #stream: MessageEvents | undefined;

  constructor(request: FastifyRequest, reply: FastifyReply) {
    this.#reply = reply;
    this.#mayStream = takesEvents(request);
    if (this.#mayStream) this.#timer = setTimeout(() => this.#open(), MCP_STREAM_AFTER_MS);
  }

  readonly notify = (text: string): void => {
    if (this.#mayStream) this.#open().send(text);
  };

  /** Calls back when the client goes away before the answer is complete. */
  onGone(gone: () => void): void {
    const { raw } = this.#reply;
    const onClose = () => {
      clearTimeout(this.#timer);
      if (!raw.writableEnded) gone();
    };
    if (raw.destroyed) onClose();
    else raw.once("close", onClose);
  }

  /** @param text nothing when nobody waits for an answer any more. */
  end(text: string | undefined, status = 200): FastifyReply {
    clearTimeout(this.#timer);
    const reply = this.#reply;
    if (this.#stream !== undefined) this.#stream.end(text);
    else if (text === undefined) return reply.code(202).send();
    else return reply.code(status).type("application/json").send(text);
    return reply;
  }

  #open(): MessageEvents {
    if (this.#stream === undefined) {
      clearTimeout(this.#timer);
      this.#reply.hijack();
      this.#stream = new MessageEvents(this.#reply.raw);
    }
    return this.#stream;
  }
}

/** A client that names no types takes all. */
export function takesEvents({ headers: { accept } }: FastifyRequest): boolean {
  return accept === undefined || /\*\/\*|text\/(?:event-stream|\*)/i.test(accept);
}
