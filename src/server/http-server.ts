// The HTTP server of a host: what holds for every request, and where each part of it is mounted. Only `osaurus serve`
// loads it.

import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import fastify, { type FastifyInstance, type FastifyRequest, LogController } from "fastify";
import { HostError } from "../protocol/errors.ts";
import {
  SERVER_CONNECTIONS_MAX,
  SERVER_HEADERS_BYTES_MAX,
  SERVER_HEADERS_MAX,
  SERVER_HEADERS_MS_MAX,
  SERVER_IDLE_MS_MAX,
  SERVER_REQUEST_MS_MAX,
  SERVER_UNREAD_MS_MAX,
} from "../protocol/limits.ts";
import { registerApi } from "./api/register-api.ts";
import { authenticate } from "./authenticate.ts";
import { answerBadRequest } from "./bad-request.ts";
import { checkRequest, foreignOrigin, isForeignOrigin, type OwnNames } from "./check-browser.ts";
import { requestError, sendError } from "./error-answer.ts";
import { type Counts, type Readiness, registerHealth, registerMetrics } from "./health.ts";
import { HttpError, statusOf } from "./http-error.ts";
import { readJsonBodies, requireJsonType } from "./json-body.ts";
import { KeyWatch } from "./key-watch.ts";
import { OpenConnections } from "./open-connections.ts";
import { registerOpenAi } from "./openai/register-openai.ts";
import type { ServerHost } from "./server-host.ts";

export interface ServerOptions {
  /** Names that are this host's, besides those of this machine. */
  readonly names: OwnNames;
  /** Takes lines of the log, each a JSON document; nothing is logged without it. */
  readonly log?: ((line: string) => void) | undefined;
  /** Is told of failures that are bugs, when there is no log. */
  noteBug(id: string, cause: unknown): void;
  /** Shorter times, for tests. */
  readonly times?: {
    readonly headersMs?: number;
    readonly requestMs?: number;
    readonly idleMs?: number;
    readonly keyLookMs?: number;
    readonly unreadMs?: number;
  };
}

export interface HttpServer {
  readonly app: FastifyInstance;
  readonly connections: OpenConnections;
  /** Says from now on whether the host is ready. */
  readonly readiness: Readiness;
}

/** Builds the server; nothing listens yet. */
export async function createHttpServer(host: ServerHost, options: ServerOptions): Promise<HttpServer> {
  const connections = new OpenConnections();
  const readiness: Readiness = { isReady: false };
  const counts: Counts = { open: 0, answered: new Map() };
  const { log } = options;
  const app = fastify({
    serverFactory: (handler) => nodeServer(handler, options, connections, counts),
    logController: new LogController({ disableRequestLogging: true }),
    logger: log === undefined ? false : { level: "info", base: null, stream: { write: log } },
    // The framework's own answers to what is no path at all.
    frameworkErrors: (error, request, reply) => void sendError(reply, requestError(error, noteOf(request, options))),
    routerOptions: { maxParamLength: 1_000 },
  });
  readJsonBodies(app);
  app.decorateRequest("accessKey", null);
  app.decorateRequest("keyGone", null);
  const watch = new KeyWatch(host, options.times?.keyLookMs);
  app.addHook("onClose", async () => watch.close());
  const letIn = authenticate(host, watch);
  app.setErrorHandler(async (error, request, reply) => {
    await sendError(reply, requestError(error, noteOf(request, options)));
  });
  app.setNotFoundHandler(async () => {
    throw new HostError("route_unknown", "nothing is served at this path");
  });
  if (log !== undefined) logRequests(app);
  registerHealth(app, readiness);
  await app.register(async (scope) => {
    scope.addHook("onRequest", letIn);
    registerMetrics(scope, counts, readiness);
  });
  const note = (request: FastifyRequest) => noteOf(request, options);
  const { draining, stopping } = connections;
  await app.register(async (scope) => registerOpenAi(scope, host, { authenticate: letIn, note, stopping }), {
    prefix: "/v1",
  });
  await app.register(async (scope) => registerApi(scope, host, { authenticate: letIn, note, draining }), {
    prefix: "/api/v1",
  });
  await app.register(async (scope) => {
    scope.addHook("onRequest", refuseForeignPages);
    scope.addHook("onRequest", letIn);
    scope.addHook("onRequest", requireJsonType);
    const { registerMcp } = await import("./mcp/mcp-http.ts");
    await registerMcp(scope, host, { draining, stopping });
    // What a browser asks before a page may send something: it is refused by the hooks, or told nothing.
    scope.options("/mcp", async () => {
      throw new HttpError("route_unknown", "this method is not served at this path", { status: 405 });
    });
  });
  return { app, connections, readiness };
}

/** Whoever is let in by its key alone could be a page that somebody was talked into giving it to. */
async function refuseForeignPages(request: FastifyRequest): Promise<void> {
  if (isForeignOrigin(request.raw)) throw foreignOrigin();
}

/** Node's server with our bounds. What is wrong with a request whatever it asks for is said before anybody looks at it. */
function nodeServer(
  handler: RequestListener,
  { names, times }: ServerOptions,
  connections: OpenConnections,
  counts: Counts,
): Server {
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    connections.watch(request, response);
    counts.open++;
    response.once("close", () => {
      counts.open--;
      const digit = Math.floor(response.statusCode / 100);
      counts.answered.set(digit, (counts.answered.get(digit) ?? 0) + 1);
    });
    // A whole answer waits for its reader no longer than the events of a stream do. The time begins anew with all that is read.
    response.setTimeout(times?.unreadMs ?? SERVER_UNREAD_MS_MAX, () => {
      if (response.writableEnded && !response.writableFinished) response.destroy();
    });
    const problem = checkRequest(request, names);
    if (problem === undefined) return handler(request, response);
    const body = Buffer.from(JSON.stringify(problem.toBody()));
    const headers = { "content-type": "application/json; charset=utf-8", "content-length": body.length };
    response.writeHead(statusOf(problem), { ...headers, connection: "close" }).end(body);
  };
  const server = createServer(
    {
      maxHeaderSize: SERVER_HEADERS_BYTES_MAX,
      headersTimeout: times?.headersMs ?? SERVER_HEADERS_MS_MAX,
      requestTimeout: times?.requestMs ?? SERVER_REQUEST_MS_MAX,
      keepAliveTimeout: times?.idleMs ?? SERVER_IDLE_MS_MAX,
      connectionsCheckingInterval: Math.min(1_000, times?.headersMs ?? 1_000),
      // Ours to refuse, so that it is said in our words.
      requireHostHeader: false,
    },
    listener,
  );
  // One more than may be: the parser leaves out what is beyond, and that there was more has to be seen.
  server.maxHeadersCount = SERVER_HEADERS_MAX + 1;
  server.maxConnections = SERVER_CONNECTIONS_MAX;
  server.on("connection", (socket) => connections.add(socket));
  server.on("clientError", answerBadRequest);
  return server;
}

/** A key that somebody put where none belongs, also when its dot is escaped. */
const ACCESS_KEY = /osk-v1(?:[.-]|%2[de])[\w%-]*/gi;

/** One line for each request. Neither query, nor headers, nor bodies: any of them may hold a secret. */
function logRequests(app: FastifyInstance): void {
  app.addHook("onResponse", async (request, reply) => {
    const path = request.url.split("?", 1)[0]!.replaceAll(ACCESS_KEY, "osk-v1…").slice(0, 200);
    const ms = Math.round(reply.elapsedTime * 1_000) / 1_000;
    const key = request.accessKey?.id;
    request.log.info({ method: request.method, path, status: reply.statusCode, ms, key }, "request");
  });
}

function noteOf(request: FastifyRequest, { log, noteBug }: ServerOptions) {
  if (log === undefined) return noteBug;
  return (id: string, cause: unknown) => request.log.error({ id, cause: textOf(cause) }, "internal");
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}
