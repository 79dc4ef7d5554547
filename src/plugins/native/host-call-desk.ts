// Answers what a plugin asks of its host, for one runner: finds the call that it asks in, and sends answer and chunks.

import { FrameError } from "../../base/frame-layout.ts";
import type { FrameView } from "../../base/frame-reader.ts";
import type { FrameWriter } from "../../base/frame-writer.ts";
import {
  ANSWERS_WITHOUT_ENVELOPE,
  type HostCallHandler,
  type HostFunction,
  hostFunctionAt,
} from "../../protocol/host-slots.ts";
import {
  ANSWERS_UNSENT_BYTES_MAX,
  HOST_CALLS_CHARS_MAX,
  HOST_CALLS_OPEN_MAX,
  STREAM_CHUNKS_IN_FLIGHT_MAX,
} from "../../protocol/limits.ts";
import { KIND, STATUS } from "./frames.ts";
import type { PendingCalls } from "./pending-calls.ts";

interface OpenStream {
  chunksInFlight: number;
  waiting: (() => void)[];
}

export class HostCallDesk {
  readonly #writer: FrameWriter;
  readonly #pending: PendingCalls;
  readonly #handler: HostCallHandler;
  readonly #runner: object;
  readonly #isLoading: () => boolean;
  readonly #unsentBytes: () => number;
  #waitingForRoom: (() => void)[] = [];
  readonly #streams = new Map<number, OpenStream>();
  #isClosed = false;
  /** Host calls that are not answered yet, and how much text they hold. */
  #open = 0;
  #openChars = 0;
  #refusesAll = false;

  /**
   * @param runner stands for the runner towards the handler.
   * @param isLoading whether the plugin is being loaded: what it asks then belongs to that.
   * @param unsentBytes how much was written that the runner has not taken.
   */
  constructor(
    writer: FrameWriter,
    pending: PendingCalls,
    {
      handler,
      runner,
      isLoading,
      unsentBytes,
    }: { handler: HostCallHandler; runner: object; isLoading: () => boolean; unsentBytes: () => number },
  ) {
    this.#writer = writer;
    this.#pending = pending;
    this.#handler = handler;
    this.#runner = runner;
    this.#isLoading = isLoading;
    this.#unsentBytes = unsentBytes;
  }

  /** Serves one host call. A call that wants no answer has the id 0. */
  serve(frame: FrameView): void {
    const { id, parent } = frame;
    const name = hostFunctionAt(frame.op);
    if (!name) throw new FrameError(`host function ${frame.op}`);
    if (id === 0 && name !== "complete_cancel") throw new FrameError(`${name} without an id`);
    const args: (string | null)[] = [];
    while (frame.fieldsLeft > 0) args.push(frame.text());
    // The runner itself lets no plugin have more: this one writes past its runner.
    if (this.#open >= HOST_CALLS_OPEN_MAX) throw new FrameError(`more than ${HOST_CALLS_OPEN_MAX} open host calls`);
    const chars = args.reduce((sum, text) => sum + (text?.length ?? 0), 0);
    this.#open++;
    this.#openChars += chars;

    const call = this.#pending.get(parent);
    if (call) this.#pending.enterHost(call);
    const done = (text: string | null) => {
      this.#open--;
      this.#openChars -= chars;
      if (call) this.#pending.leaveHost(call);
      if (id !== 0) this.#answer(name, id, text);
    };
    if (name === "complete_stream" && id !== 0) this.#streams.set(id, { chunksInFlight: 0, waiting: [] });
    if (this.#refusesAll) return done(this.#refusal(name, SHUT_DOWN));
    if (this.#openChars > HOST_CALLS_CHARS_MAX) return done(this.#refusal(name, BUSY));
    let answer: string | null | Promise<string | null>;
    try {
      answer = this.#handler({
        name,
        args,
        agentId: call?.agentId,
        traceId: call?.traceId,
        isInContext: call !== undefined || this.#isLoading(),
        runner: this.#runner,
        room: () => this.#room(),
        chunk: (text) => this.#chunk(id, text),
      });
    } catch {
      return done(this.#refusal(name, INTERNAL));
    }
    if (answer instanceof Promise) answer.then(done, () => done(this.#refusal(name, INTERNAL)));
    else done(answer);
  }

  /** The plugin has taken chunks of a stream: more may be sent. */
  credit(frame: FrameView): void {
    const stream = this.#streams.get(frame.id);
    if (!stream) return;
    stream.chunksInFlight = Math.max(0, stream.chunksInFlight - frame.parent);
    for (const go of stream.waiting.splice(0)) go();
  }

  /** The runner has taken all that was written. */
  drained(): void {
    for (const go of this.#waitingForRoom.splice(0)) go();
  }

  /** The plugin was destroyed: there is nothing any more that a call of it could belong to. */
  refuseAll(): void {
    this.#refusesAll = true;
  }

  /** The runner is gone: whoever waits to send a chunk goes on, into the void. */
  close(): void {
    this.#isClosed = true;
    for (const stream of this.#streams.values()) for (const go of stream.waiting.splice(0)) go();
    this.#streams.clear();
    this.drained();
  }

  async #room(): Promise<boolean> {
    while (!this.#isClosed && this.#unsentBytes() > ANSWERS_UNSENT_BYTES_MAX) {
      await new Promise<void>((go) => this.#waitingForRoom.push(go));
    }
    return !this.#isClosed;
  }

  #answer(name: HostFunction, id: number, text: string | null): void {
    if (this.#isClosed) return;
    this.#endStream(id);
    try {
      this.#send(id, text);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.#send(id, this.#refusal(name, UNSENDABLE));
    }
  }

  #send(id: number, text: string | null): void {
    this.#writer.write(KIND.hostReturn, text === null ? STATUS.null : STATUS.text, id, 0, [text]);
  }

  /** Where an envelope would pass for a value, or nobody reads it, the plugin gets NULL. */
  #refusal(name: HostFunction, envelope: string): string | null {
    return ANSWERS_WITHOUT_ENVELOPE.has(name) ? null : envelope;
  }

  /** The answer is given: whoever still waits to send a chunk need not wait any longer. */
  #endStream(id: number): void {
    const stream = this.#streams.get(id);
    this.#streams.delete(id);
    for (const go of stream?.waiting.splice(0) ?? []) go();
  }

  async #chunk(id: number, text: string): Promise<void> {
    if (this.#isClosed || id === 0) return;
    const stream = this.#streams.get(id);
    if (!stream) return; // The call is answered.
    while (stream.chunksInFlight >= STREAM_CHUNKS_IN_FLIGHT_MAX && this.#streams.get(id) === stream) {
      await new Promise<void>((resolve) => stream.waiting.push(resolve));
    }
    if (this.#streams.get(id) !== stream) return;
    this.#writer.write(KIND.chunk, 0, id, 0, [text]);
    stream.chunksInFlight++;
  }
}

const BUSY = JSON.stringify({
  error: "plugin_busy",
  message: "The host calls that are open hold too much text.",
});
const INTERNAL = JSON.stringify({ error: "internal", message: "The host could not serve this call." });
const SHUT_DOWN = JSON.stringify({
  error: "context_unavailable",
  message: "The plugin was shut down; this thread of it goes on all the same.",
});
const UNSENDABLE = JSON.stringify({
  error: "response_too_large",
  message: "The answer is over 64 MiB, or holds a NUL character, which no plugin can take.",
});
