// MCP over standard input and output: a message a line, both eras on one line. Standard output carries nothing else.
//
// A client that does not read stops us from reading. At the end of input, what is open gets its time, and then the server
// ends; when the reader of the output has gone, it ends at once.

import type { Readable, Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import type { Agent } from "../../protocol/agent.ts";
import { MCP_MESSAGE_BYTES_MAX, SERVE_DRAIN_MS_MAX } from "../../protocol/limits.ts";
import { asMcpError, eraOf, type McpServer } from "./mcp-server.ts";
import { MessageLines } from "./message-lines.ts";
import { MessageWriter } from "./message-writer.ts";
import { answerText, errorText, type McpRequest, notificationText, readMessage } from "./messages.ts";
import { OpenRequests } from "./open-requests.ts";
import { type Era, MCP_ERRORS, McpError } from "./revisions.ts";
import { subscribe } from "./subscription.ts";

export interface StdioOptions {
  readonly input: Readable;
  readonly output: Writable;
  /** Whose tools are offered. */
  agent(): Agent | Promise<Agent>;
  /** Ends the server at once. */
  readonly signal: AbortSignal;
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
    await connection.finish(gone.signal);
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
    input.on("data", (chunk: Buffer) => lines.push(chunk));
    await ended;
    lines.end();
  }

  /** Lets what is open come to its end, within bounds. */
  async finish(gone: AbortSignal): Promise<void> {
    this.#closing.abort();
    const over = new AbortController();
    const late = delay(SERVE_DRAIN_MS_MAX, undefined, { signal: AbortSignal.any([gone, over.signal]) });
    await Promise.race([Promise.all(this.#working), late.catch(() => {})]);
    over.abort();
    this.#open.cancelAll();
    await Promise.all(this.#working);
    if (!gone.aborted) await this.#writer.end();
  }

  stop(): void {
    this.#unlisten?.();
    this.#closing.abort();
    this.#open.cancelAll();
  }

  #take(line: string): void {
    const message = readMessage(line);
    if (message.kind === "broken") this.#writer.write(errorText(message.id, message.error));
    if (message.kind === "notification" && message.method === "notifications/cancelled") {
      this.#open.cancel(message.params);
    }
    if (message.kind !== "request") return;
    const work = this.#serve(message).finally(() => this.#working.delete(work));
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
