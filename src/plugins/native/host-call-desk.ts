// Answers what a plugin asks of its host, for one runner: finds the call that it asks in, and sends answer and chunks.

import { type HostCallHandler, hostFunctionAt } from "../../protocol/host-slots.ts";
import { STREAM_CHUNKS_IN_FLIGHT_MAX } from "../../protocol/limits.ts";
import type { FrameView } from "./frame-reader.ts";
import type { FrameWriter } from "./frame-writer.ts";
import { FrameError, KIND, STATUS } from "./frames.ts";
import type { PendingCalls } from "./pending-calls.ts";

interface OpenStream {
  chunksInFlight: number;
  waiting: (() => void)[];
}

export class HostCallDesk {
  readonly #writer: FrameWriter;
  readonly #pending: PendingCalls;
  readonly #handler: HostCallHandler;
  readonly #streams = new Map<number, OpenStream>();
  #isClosed = false;

  constructor(writer: FrameWriter, pending: PendingCalls, handler: HostCallHandler) {
    this.#writer = writer;
    this.#pending = pending;
    this.#handler = handler;
  }

  /** Serves one host call. A call that wants no answer has the id 0. */
  serve(frame: FrameView): void {
    const { id, parent } = frame;
    const name = hostFunctionAt(frame.op);
    if (!name) throw new FrameError(`host function ${frame.op}`);
    const args: (string | null)[] = [];
    while (frame.fieldsLeft > 0) args.push(frame.text());

    const call = this.#pending.get(parent);
    if (call) this.#pending.enterHost(call);
    const done = (text: string | null) => {
      if (call) this.#pending.leaveHost(call);
      if (id !== 0) this.#answer(id, text);
    };
    let answer: string | null | Promise<string | null>;
    try {
      answer = this.#handler({ name, args, agentId: call?.agentId, chunk: (text) => this.#chunk(id, text) });
    } catch {
      return done(INTERNAL);
    }
    if (answer instanceof Promise) answer.then(done, () => done(INTERNAL));
    else done(answer);
  }

  /** The plugin has taken chunks of a stream: more may be sent. */
  credit(frame: FrameView): void {
    const stream = this.#streams.get(frame.id);
    if (!stream) return;
    stream.chunksInFlight -= frame.parent;
    for (const go of stream.waiting.splice(0)) go();
  }

  /** The runner is gone: whoever waits to send a chunk goes on, into the void. */
  close(): void {
    this.#isClosed = true;
    for (const stream of this.#streams.values()) for (const go of stream.waiting.splice(0)) go();
    this.#streams.clear();
  }

  #answer(id: number, text: string | null): void {
    if (this.#isClosed) return;
    this.#streams.delete(id);
    try {
      this.#writer.write(KIND.hostReturn, text === null ? STATUS.null : STATUS.text, id, 0, [text]);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.#writer.write(KIND.hostReturn, STATUS.text, id, 0, [TOO_LARGE]);
    }
  }

  async #chunk(id: number, text: string): Promise<void> {
    if (this.#isClosed || id === 0) return;
    let stream = this.#streams.get(id);
    if (!stream) {
      stream = { chunksInFlight: 0, waiting: [] };
      this.#streams.set(id, stream);
    }
    while (stream.chunksInFlight >= STREAM_CHUNKS_IN_FLIGHT_MAX && !this.#isClosed) {
      const { waiting } = stream;
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    if (this.#isClosed) return;
    stream.chunksInFlight++;
    this.#writer.write(KIND.chunk, 0, id, 0, [text]);
  }
}

const INTERNAL = JSON.stringify({ error: "internal", message: "The host could not serve this call." });
const TOO_LARGE = JSON.stringify({ error: "response_too_large", message: "The answer is too large for a plugin." });
