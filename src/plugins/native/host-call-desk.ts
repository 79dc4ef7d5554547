// Answers what a plugin asks of its host, for one runner: finds the call that it asks in, and sends answer and chunks.
//
// A plugin may ask and ask without taking its answers. What it holds of the host's memory is bounded twice: while too
// much is unsent, no host call is begun; and of those that are, few of each function may make a large answer at a time
// (`room`). How few depends on how large the function's answers have been: many small ones under way cost nothing.

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
  ANSWER_AT_ONCE_CHARS,
  ANSWERS_UNSENT_BYTES_MAX,
  HOST_CALLS_CHARS_MAX,
  HOST_CALLS_OPEN_MAX,
  LARGE_ANSWER_CHARS,
  LARGE_ANSWERS_OPEN_MAX,
  SMALL_ANSWERS_OPEN_MAX,
  STREAM_CHUNKS_IN_FLIGHT_MAX,
} from "../../protocol/limits.ts";
import { KIND, STATUS } from "./frames.ts";
import type { PendingCall, PendingCalls } from "./pending-calls.ts";

/** A host call that is not answered yet. */
interface AskedCall {
  readonly name: HostFunction;
  readonly id: number;
  readonly args: readonly (string | null)[];
  /** Of all arguments. */
  readonly chars: number;
  /** The call that it is made in. */
  readonly parent: PendingCall | undefined;
  readonly isInContext: boolean;
  /** It passed `room`. */
  hasRoom: boolean;
  isAnswered: boolean;
}

/** Of one function. */
interface Making {
  /** Calls that passed `room` and are not answered. */
  open: number;
  openMax: number;
}

interface RoomSeeker {
  readonly asked: AskedCall;
  go(isRoom: boolean): void;
}

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
  /** Host calls that are not begun, in the order in which they came. */
  #backlog: AskedCall[] = [];
  #roomSeekers: RoomSeeker[] = [];
  /** A function that is slow must not keep the others waiting: each has its own. */
  readonly #making = new Map<HostFunction, Making>();
  readonly #streams = new Map<number, OpenStream>();
  /** Who waits until the plugin has an answer in its hands, by host call. The runner tells it for `dispatch`. */
  readonly #takers = new Map<number, (isTaken: boolean) => void>();
  readonly #gone = new AbortController();
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
    const isInContext = call !== undefined || this.#isLoading();
    const asked = { name, id, args, chars, parent: call, isInContext, hasRoom: false, isAnswered: false };
    // Its answer would only lie behind those that are there already.
    if (this.#backlog.length > 0 || this.#isFull()) this.#backlog.push(asked);
    else this.#begin(asked);
  }

  #begin(asked: AskedCall): void {
    const { name, id, args, parent, isInContext } = asked;
    const done = (text: string | null) => this.#done(asked, text);
    if (name === "complete_stream" && id !== 0) this.#streams.set(id, { chunksInFlight: 0, waiting: [] });
    if (this.#refusesAll) return done(this.#refusal(name, SHUT_DOWN));
    if (this.#openChars > HOST_CALLS_CHARS_MAX) return done(this.#refusal(name, BUSY));
    let answer: string | null | Promise<string | null>;
    try {
      answer = this.#handler({
        name,
        args,
        agentId: parent?.agentId,
        traceId: parent?.traceId,
        isInContext,
        runner: this.#runner,
        gone: this.#gone.signal,
        abandoned: () => parent && this.#pending.abandonmentOf(parent),
        room: () => this.#room(asked),
        taken: () => this.#taken(id),
        chunk: (text) => this.#chunk(id, text),
      });
    } catch {
      return done(this.#refusal(name, INTERNAL));
    }
    if (answer instanceof Promise) answer.then(done, () => done(this.#refusal(name, INTERNAL)));
    else done(answer);
  }

  #done(asked: AskedCall, text: string | null): void {
    const { name, id, chars, parent } = asked;
    this.#open--;
    this.#openChars -= chars;
    if (parent) this.#pending.leaveHost(parent);
    if (id !== 0) this.#answer(name, id, text);
    asked.isAnswered = true;
    if (asked.hasRoom) this.#noteMade(this.#makingOf(name), text);
    if (this.#roomSeekers.length > 0) this.#giveRoom();
  }

  /** The plugin has taken chunks of a stream: more may be sent. None: it has the answer of a call in its hands. */
  credit(frame: FrameView): void {
    if (frame.parent === 0) return this.#noteTaken(frame.id, true);
    const stream = this.#streams.get(frame.id);
    if (!stream) return;
    stream.chunksInFlight = Math.max(0, stream.chunksInFlight - frame.parent);
    for (const go of stream.waiting.splice(0)) go();
  }

  /** The runner has taken all that was written. */
  drained(): void {
    for (const stream of this.#streams.values()) for (const go of stream.waiting.splice(0)) go();
    this.#giveRoom();
    while (this.#backlog.length > 0 && !this.#isFull()) this.#begin(this.#backlog.shift()!);
  }

  /** The plugin was destroyed: there is nothing any more that a call of it could belong to. */
  refuseAll(): void {
    this.#refusesAll = true;
  }

  /** The runner is gone: whoever waits goes on, into the void; what is not begun never will be. */
  close(): void {
    this.#gone.abort();
    for (const stream of this.#streams.values()) for (const go of stream.waiting.splice(0)) go();
    this.#streams.clear();
    for (const id of [...this.#takers.keys()]) this.#noteTaken(id, false);
    this.#backlog = [];
    this.#giveRoom();
  }

  get #isClosed(): boolean {
    return this.#gone.signal.aborted;
  }

  #isFull(): boolean {
    return this.#unsentBytes() > ANSWERS_UNSENT_BYTES_MAX;
  }

  #taken(id: number): Promise<boolean> {
    if (this.#isClosed || id === 0) return Promise.resolve(false);
    return new Promise((go) => this.#takers.set(id, go));
  }

  #noteTaken(id: number, isTaken: boolean): void {
    const go = this.#takers.get(id);
    this.#takers.delete(id);
    go?.(isTaken);
  }

  #room(asked: AskedCall): Promise<boolean> {
    return new Promise((go) => {
      this.#roomSeekers.push({ asked, go });
      this.#giveRoom();
    });
  }

  /** Lets those go on who wait for room, as far as there is some, in the order in which they came. */
  #giveRoom(): void {
    this.#roomSeekers = this.#roomSeekers.filter(({ asked, go }) => {
      const isOver = this.#isClosed || asked.isAnswered;
      if (!isOver && !asked.hasRoom) {
        const making = this.#makingOf(asked.name);
        if (making.open >= making.openMax || this.#isFull()) return true;
        asked.hasRoom = true;
        making.open++;
      }
      go(!isOver);
      return false;
    });
  }

  #makingOf(name: HostFunction): Making {
    let making = this.#making.get(name);
    if (making) return making;
    making = { open: 0, openMax: LARGE_ANSWERS_OPEN_MAX };
    this.#making.set(name, making);
    return making;
  }

  /** Each small answer is trusted a little more; one large answer ends that. */
  #noteMade(making: Making, text: string | null): void {
    making.open--;
    const isLarge = text !== null && text.length > LARGE_ANSWER_CHARS;
    making.openMax = isLarge ? LARGE_ANSWERS_OPEN_MAX : Math.min(making.openMax + 1, SMALL_ANSWERS_OPEN_MAX);
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
    if (text !== null && text.length > ANSWER_AT_ONCE_CHARS) this.#writer.flush();
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
    while (
      (stream.chunksInFlight >= STREAM_CHUNKS_IN_FLIGHT_MAX || this.#isFull()) &&
      this.#streams.get(id) === stream
    ) {
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
