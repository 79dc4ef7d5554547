// MCP over standard input and output: a message a line, both eras on one line. Standard output carries nothing else.
//
// A client that does not read stops us from reading. At the end of input, what is open gets its time, and then the server
// ends; when the reader of the output has gone, it ends at once.

import { AsyncLocalStorage } from "node:async_hooks";
import type { Readable, Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import type { Agent } from "../../protocol/agent.ts";
import { MCP_MESSAGE_BYTES_MAX, SERVE_DRAIN_MS_MAX } from "../../protocol/limits.ts";
import { asMcpError, eraOf, type McpServer, STOPPED } from "./mcp-server.ts";
import { MessageLines } from "./message-lines.ts";
import { MessageWriter } from "./message-writer.ts";
import {
  answerText,
  cancelledId,
  errorText,
  type McpMessage,
  type McpRequest,
  notificationText,
  readMessage,
} from "./messages.ts";
import { OpenRequests } from "./open-requests.ts";
import { type Era, MCP_ERRORS, McpError } from "./revisions.ts";
import { subscribe } from "./subscription.ts";
import { WaitingRequests } from "./waiting-requests.ts";

export interface StdioOptions {
  readonly input: Readable;
  readonly output: Writable;
  /** Whose tools are offered. */
  agent(): Agent | Promise<Agent>;
  /** Ends the server at once. */
  readonly signal: AbortSignal;
  /** A shorter time for what is open at the end of input, for tests. */
  readonly drainMs?: number;
}

/** Serves until the input ends, the output is closed or the signal is aborted. */
export async function serveMcpOverStdio(server: McpServer, options: StdioOptions): Promise<void> {
  const { input, output, signal } = options;
  const connection = new StdioConnection(server, options);
  const gone = new AbortController();
  const leave = () => {
    gone.abort();
    connection.stop();
    input.destroy();
  };
  const onError = () => leave(); // Nobody reads any more.
  output.on("error", onError).once("close", onError);
  signal.addEventListener("abort", leave, { once: true });
  if (signal.aborted) leave();
  try {
    await connection.readAll(input);
    await connection.finish(gone.signal, options.drainMs ?? SERVE_DRAIN_MS_MAX);
  } finally {
    signal.removeEventListener("abort", leave);
    connection.stop();
    output.off("close", onError);
  }
}

class StdioConnection {
  readonly #server: McpServer;
  readonly #agent: StdioOptions["agent"];
  readonly #writer: MessageWriter;
  readonly #open = new OpenRequests();
  readonly #waiting = new WaitingRequests();
  readonly #working = new Set<Promise<void>>();
  /** Ends subscriptions. */
  readonly #closing = new AbortController();
  readonly #notify = (text: string) => this.#writer.write(text);
  #unlisten: (() => void) | undefined;

  constructor(server: McpServer, { input, output, agent }: StdioOptions) {
    this.#server = server;
    this.#agent = agent;
    this.#writer = new MessageWriter(output, {
      isBusy: () => this.#working.size > 1,
      onFull: () => void input.pause(),
      onDrained: () => void input.resume(),
    });
  }

  async readAll(input: Readable): Promise<void> {
    const onTooLong = () => {
      const message = `a message has more than ${MCP_MESSAGE_BYTES_MAX} bytes`;
      this.#writer.write(errorText(undefined, new McpError(MCP_ERRORS.request, message)));
    };
    const lines = new MessageLines(MCP_MESSAGE_BYTES_MAX, (line) => this.#take(line), onTooLong);
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    // One that breaks off ends like any other.
    input.once("end", end).once("close", end).on("error", end);
    // Whoever feeds the stream may do so on behalf of nobody: what is asked is for the one who serves it.
    const onOurBehalf = AsyncLocalStorage.snapshot();
    input.on("data", (chunk: Buffer) => onOurBehalf(() => lines.push(chunk)));
    await ended;
    lines.end();
  }

  /** Lets what is open come to its end, within bounds; what does not is answered with an error. */
  async finish(gone: AbortSignal, drainMs: number): Promise<void> {
    this.#closing.abort();
    const over = new AbortController();
    const late = delay(drainMs, undefined, { signal: AbortSignal.any([gone, over.signal]) });
    await Promise.race([this.#untilQuiet(), late.catch(() => {})]);
    over.abort();
    const left = [...this.#waiting.takeAll(), ...this.#open.cancelAll()];
    if (!gone.aborted) for (const id of left) this.#writer.write(errorText(id, STOPPED));
    await this.#untilQuiet();
    if (!gone.aborted) await this.#writer.end();
  }

  stop(): void {
    this.#unlisten?.();
    this.#closing.abort();
    this.#waiting.takeAll();
    this.#open.cancelAll();
  }

  /** What waits begins when something else is over. */
  async #untilQuiet(): Promise<void> {
    while (this.#working.size > 0) await Promise.all(this.#working);
  }

  /** Never throws: nothing in one message, nor a mistake of ours about it, ends the connection for all others. */
  #take(line: string): void {
    try {
      this.#handle(readMessage(line));
    } catch (error) {
      this.#writer.write(errorText(undefined, asMcpError(error)));
    }
  }

  #handle(message: McpMessage): void {
    if (message.kind === "broken") this.#writer.write(errorText(message.id, message.error));
    if (message.kind === "notification" && message.method === "notifications/cancelled") {
      const id = cancelledId(message);
      // One that waits has not begun, and its client waits for no answer.
      if (id !== undefined && this.#waiting.take(id) === undefined) this.#open.cancel(id);
    }
    if (message.kind !== "request") return;
    // Beyond what may wait it is begun, which refuses it.
    const waits = this.#open.isFull && !this.#waiting.has(message.id) && this.#waiting.add(message);
    if (!waits) this.#begin(message);
  }

  #begin(request: McpRequest): void {
    const work = this.#serve(request).finally(() => {
      this.#working.delete(work);
      const next = this.#open.isFull ? undefined : this.#waiting.next();
      if (next !== undefined) this.#begin(next);
    });
    this.#working.add(work);
  }

  async #serve(request: McpRequest): Promise<void> {
    const { id } = request;
    let stop: AbortController | undefined;
    try {
      const era = eraOf(request);
      stop = this.#open.begin(id);
      const result = await this.#answer(request, era, stop.signal);
      // A cancelled request gets no answer; nobody waits for it.
      if (!stop.signal.aborted) this.#writer.write(answerText(id, result));
      if (request.method === "initialize") this.#tellChanges();
    } catch (error) {
      if (stop?.signal.aborted) return;
      this.#writer.write(errorText(id, asMcpError(error)));
    } finally {
      if (stop !== undefined) this.#open.end(id);
    }
  }

  async #answer(request: McpRequest, era: Era, signal: AbortSignal): Promise<string> {
    if (era === "request" && request.method === "subscriptions/listen") {
      return await subscribe(this.#server, request, { signal, notify: this.#notify }, this.#closing.signal);
    }
    let agent = this.#agent();
    if (agent instanceof Promise) agent = await agent;
    return await this.#server.answer(request, { era, agent, signal, notify: this.#notify });
  }

  /** Clients of the older era are told without asking. */
  #tellChanges(): void {
    const changed = notificationText("notifications/tools/list_changed");
    this.#unlisten ??= this.#server.changes.listen(() => this.#writer.write(changed));
  }
}
