// What `/mcp` does with each request. Who is let in, and from where, has been decided before.

import type { FastifyReply, FastifyRequest } from "fastify";
import type { Agent } from "../../protocol/agent.ts";
import { HostError } from "../../protocol/errors.ts";
import { MCP_SESSION_IDLE_MS_MAX } from "../../protocol/limits.ts";
import { agentOf } from "../authenticate.ts";
import type { ServerHost } from "../server-host.ts";
import { checkRequestHeaders, checkRevisionHeader } from "./check-headers.ts";
import { HttpAnswer, takesEvents } from "./http-answer.ts";
import { type HttpSession, HttpSessions } from "./http-sessions.ts";
import { asMcpError, eraOf, McpServer, STOPPED } from "./mcp-server.ts";
import { MessageEvents } from "./message-events.ts";
import {
  answerText,
  cancelledId,
  errorText,
  type McpNotification,
  type McpRequest,
  notificationText,
  readMessage,
} from "./messages.ts";
import { OpenRequests } from "./open-requests.ts";
import { type Era, MCP_ERRORS, McpError, REQUEST_REVISIONS, SESSION_REVISIONS } from "./revisions.ts";
import { subscribe } from "./subscription.ts";

const REVOKED = new McpError(MCP_ERRORS.request, "the access key lets in no more", { http: 401 });
/** Sessions that nobody uses are looked for ten times while one becomes idle. */
const SWEEP_MS = MCP_SESSION_IDLE_MS_MAX / 10;

export interface McpHttpOptions {
  /** Ends what would stay open for ever; requests finish. */
  readonly draining: AbortSignal;
  /** Ends requests too. */
  readonly stopping: AbortSignal;
}

/** For whom a request is, and in what. */
interface Asked {
  readonly era: Era;
  readonly agent: Agent;
  readonly session: HttpSession | undefined;
}

export class McpEndpoint {
  readonly #host: ServerHost;
  readonly #options: McpHttpOptions;
  readonly #sessions = new HttpSessions();
  /** Ends requests, whether they belong to a session or not. */
  readonly #open = new Set<AbortController>();
  readonly #timer: NodeJS.Timeout;
  readonly #onDraining = () => this.#sessions.endStreams();
  readonly #onStopping = () => {
    for (const stop of this.#open) stop.abort();
  };
  #server: McpServer | undefined;
  #unfollow: (() => void) | undefined;

  constructor(host: ServerHost, options: McpHttpOptions) {
    this.#host = host;
    this.#options = options;
    this.#timer = setInterval(() => this.#sessions.sweep(), SWEEP_MS).unref();
    options.draining.addEventListener("abort", this.#onDraining, { once: true });
    options.stopping.addEventListener("abort", this.#onStopping, { once: true });
  }

  async post(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const message = readMessage(request.body as string);
    if (message.kind === "broken") return refuse(reply, message.error, message.id);
    try {
      if (message.kind === "request") return await this.#serve(message, request, reply);
      if (message.kind === "notification") this.#note(message, request);
      return reply.code(202).send();
    } catch (error) {
      if (!(error instanceof McpError)) throw error;
      return refuse(reply, error, message.kind === "request" ? message.id : undefined);
    }
  }

  /** A stream for what no request led to. */
  get(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const session = this.#sessionOf(request);
    if (session instanceof McpError) return refuse(reply, session);
    if (session === undefined) return notAllowed(reply);
    if (this.#options.draining.aborted) return refuse(reply, STOPPED);
    if (!takesEvents(request)) {
      return refuse(reply, new McpError(MCP_ERRORS.request, "only text/event-stream is served", { http: 406 }));
    }
    reply.hijack();
    const stream = new MessageEvents(reply.raw);
    session.listen(stream);
    const onKeyGone = () => stream.end();
    const { keyGone } = request;
    keyGone?.addEventListener("abort", onKeyGone, { once: true });
    reply.raw.once("close", () => {
      keyGone?.removeEventListener("abort", onKeyGone);
      session.unlisten(stream);
    });
    if (keyGone?.aborted) onKeyGone();
    return reply;
  }

  delete(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const session = this.#sessionOf(request);
    if (session instanceof McpError) return refuse(reply, session);
    if (session === undefined) return notAllowed(reply);
    this.#sessions.end(session);
    return reply.code(204).send();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#options.draining.removeEventListener("abort", this.#onDraining);
    this.#options.stopping.removeEventListener("abort", this.#onStopping);
    this.#sessions.closeAll();
    this.#unfollow?.();
    this.#server?.close();
  }

  async #serve(message: McpRequest, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { headers } = request;
    const header = headers["mcp-protocol-version"];
    const saysNewer = typeof header === "string" && REQUEST_REVISIONS.includes(header);
    const era = eraOf(message, saysNewer, (revision) => checkRevisionHeader(headers, revision));
    if (era === "request") {
      checkRequestHeaders(headers, message);
      const agent = await agentOf(this.#host, request);
      return await this.#answer(message, { era, agent, session: undefined }, request, reply);
    }
    if (message.method === "initialize") return await this.#begin(message, request, reply);
    const session = this.#sessionOf(request);
    if (session instanceof McpError) throw session;
    const agent = await agentOf(this.#host, request).catch((error: unknown) => {
      // In a session, an agent that is not there must not look like a session that is not.
      throw session !== undefined && error instanceof HostError ? asMcpError(error) : error;
    });
    return await this.#answer(message, { era, agent, session }, request, reply);
  }

  async #begin(message: McpRequest, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const agent = await agentOf(this.#host, request); // Nothing is begun for those who get none.
    const session = this.#sessions.begin(keyOf(request));
    if (session === undefined) throw new McpError(MCP_ERRORS.internal, "too many sessions are in use", { http: 503 });
    reply.header("mcp-session-id", session.id);
    try {
      return await this.#answer(message, { era: "session", agent, session }, request, reply);
    } catch (error) {
      reply.removeHeader("mcp-session-id");
      this.#sessions.end(session);
      throw error;
    }
  }

  async #answer(
    message: McpRequest,
    { era, agent, session }: Asked,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const server = this.#server ?? (await this.#openServer());
    const { id } = message;
    const open = session?.requests ?? new OpenRequests();
    const stop = open.begin(id);
    const { signal } = stop;
    const { keyGone } = request;
    const { draining, stopping } = this.#options;
    this.#open.add(stop);
    const onKeyGone = () => stop.abort();
    keyGone?.addEventListener("abort", onKeyGone, { once: true });
    if (keyGone?.aborted) onKeyGone();
    /** Why we gave it up; nothing when its client did. */
    const ended = () => (stopping.aborted ? STOPPED : keyGone?.aborted ? REVOKED : undefined);
    const answer = new HttpAnswer(request, reply);
    // Nothing that was sent can be had again, so that a client which goes away has given up its request, in both eras.
    answer.onGone(() => stop.abort());
    const exchange = { era, agent, signal, notify: answer.notify };
    try {
      const isSubscription = era === "request" && message.method === "subscriptions/listen";
      const result = isSubscription
        ? await subscribe(server, message, exchange, draining)
        : await server.answer(message, exchange);
      return answer.end(signal.aborted && ended() === undefined ? undefined : answerText(id, result));
    } catch (error) {
      const known = ended() ?? asMcpError(error);
      if (signal.aborted && ended() === undefined) return answer.end(undefined);
      // In the older era, a status other than 200 would speak of the session.
      return answer.end(errorText(id, known), era === "request" ? known.http : 200);
    } finally {
      open.end(id);
      session?.touch();
      this.#open.delete(stop);
      keyGone?.removeEventListener("abort", onKeyGone);
    }
  }

  async #openServer(): Promise<McpServer> {
    const [shelf, agents] = await Promise.all([this.#host.shelf(), this.#host.agents()]);
    if (this.#server === undefined) {
      const server = new McpServer(shelf);
      this.#server = server;
      const changed = notificationText("notifications/tools/list_changed");
      server.changes.listen(() => this.#sessions.tellAll(changed));
      this.#unfollow = agents.onChange(() => server.changes.mayHaveChanged());
    }
    return this.#server;
  }

  #note(message: McpNotification, request: FastifyRequest): void {
    const session = this.#sessionOf(request);
    if (session instanceof McpError) throw session;
    if (message.method === "notifications/cancelled") session?.requests.cancel(cancelledId(message));
  }

  /** The session that the request names, if it names one. */
  #sessionOf(request: FastifyRequest): HttpSession | McpError | undefined {
    const { "mcp-session-id": id, "mcp-protocol-version": revision } = request.headers;
    const supported = [...REQUEST_REVISIONS, ...SESSION_REVISIONS];
    if (revision !== undefined && !supported.some((one) => one === revision)) {
      const data = { supported, requested: revision };
      return new McpError(MCP_ERRORS.request, "that protocol version is not served", { data, http: 400 });
    }
    if (typeof id !== "string") return undefined;
    const session = this.#sessions.find(id, keyOf(request));
    return session ?? new McpError(MCP_ERRORS.request, "there is no such session; begin a new one", { http: 404 });
  }
}

/** Sessions belong to the key that began them. */
function keyOf({ accessKey }: FastifyRequest): string {
  return accessKey?.id ?? "";
}

function refuse(reply: FastifyReply, error: McpError, id?: string): FastifyReply {
  return reply.code(error.http).type("application/json").send(errorText(id, error));
}

function notAllowed(reply: FastifyReply): FastifyReply {
  const error = new McpError(MCP_ERRORS.request, "without a session, only POST is served", { http: 405 });
  return refuse(reply.header("allow", "POST"), error);
}
