// The HTTP server of a host: what holds for every request, and where each part of it is mounted. Only `osaurus serve`
// loads it.

import { METHODS } from "node:http";
import fastify, { type FastifyInstance, type FastifyRequest, LogController } from "fastify";
import { HostError } from "../protocol/errors.ts";
import { registerOpenApi } from "./api/openapi.ts";
import { registerApi } from "./api/register-api.ts";
import { authenticate } from "./authenticate.ts";
import { listenBeside } from "./beside.ts";
import { foreignOrigin, isForeignOrigin, type OwnNames } from "./check-browser.ts";
import { authenticateApi } from "./dashboard/authenticate-api.ts";
import { Dashboard } from "./dashboard/dashboard.ts";
import { registerDashboard } from "./dashboard/register-dashboard.ts";
import { requestError, sendError } from "./error-answer.ts";
import { type Counts, type Readiness, registerHealth, registerMetrics } from "./health.ts";
import { HttpError } from "./http-error.ts";
import { readJsonBodies, requireJsonType } from "./json-body.ts";
import { KeyWatch } from "./key-watch.ts";
import { nodeServer } from "./node-server.ts";
import { OpenConnections } from "./open-connections.ts";
import { registerOpenAi } from "./openai/register-openai.ts";
import { DevProxy } from "./plugins/dev-proxy.ts";
import { DevSockets } from "./plugins/dev-socket.ts";
import { hasProxy } from "./plugins/door.ts";
import { PageNames } from "./plugins/page-names.ts";
import { PluginGate } from "./plugins/plugin-gate.ts";
import { pluginRoute, registerPlugins } from "./plugins/register-plugins.ts";
import { WebSessions } from "./plugins/web-sessions.ts";
import type { ServerHost } from "./server-host.ts";
import { openTunnel } from "./tunnel/open-tunnel.ts";
import type { TunnelService } from "./tunnel/tunnel-service.ts";
import { markTunnelled } from "./tunnelled.ts";

export interface ServerOptions {
  /** Names that are this host's, besides those of this machine. */
  readonly names: OwnNames;
  /** The folder of the host's data. */
  readonly data: string;
  /** Under which the host is known outside, without a slash at the end; undefined: as it listens. */
  readonly publicUrl?: string | undefined;
  /** Whether requests from elsewhere may look as if they came from this machine; undefined: where it is known by other names. */
  readonly hasProxy?: boolean | undefined;
  /** Of the tunnel's relay; undefined: the public one. */
  readonly relayUrl?: string | undefined;
  /** Takes what the operator should know: one line. */
  readonly note?: ((text: string) => void) | undefined;
  /** Takes lines of the log, each a JSON document; nothing is logged without it. */
  readonly log?: ((line: string) => void) | undefined;
  /** Is told of failures that are bugs, when there is no log. */
  noteBug(id: string, cause: unknown): void;
  /** Those who opened pages of plugins; without it, nobody yet. */
  readonly sessions?: WebSessions | undefined;
  /** A clock that never goes back, in milliseconds, for how often something may be asked for and how long sessions live. */
  readonly clock?: (() => number) | undefined;
  /** Shorter times, for tests. */
  readonly times?: {
    readonly headersMs?: number;
    readonly requestMs?: number;
    readonly idleMs?: number;
    readonly keyLookMs?: number;
    readonly unreadMs?: number;
    readonly devMs?: number;
  };
}

export interface HttpServer {
  readonly app: FastifyInstance;
  readonly connections: OpenConnections;
  /** Says from now on whether the host is ready. */
  readonly readiness: Readiness;
  readonly tunnel: TunnelService;
}

/** Builds the server; nothing listens yet. */
export async function createHttpServer(host: ServerHost, options: ServerOptions): Promise<HttpServer> {
  const connections = new OpenConnections();
  const readiness: Readiness = { isReady: false };
  const counts: Counts = { open: 0, answered: new Map() };
  const { log } = options;
  const names = new PageNames(options.data);
  const dev = new DevProxy(options.data, names, options.times?.devMs);
  const app = fastify({
    serverFactory: (handler) => nodeServer(handler, options, connections, counts, dev),
    logController: new LogController({ disableRequestLogging: true }),
    logger: log === undefined ? false : { level: "info", base: null, stream: { write: log } },
    // The framework's own answers to what is no path at all.
    frameworkErrors: (error, request, reply) => void sendError(reply, requestError(error, noteOf(request, options))),
    routerOptions: { maxParamLength: 1_000 },
    rewriteUrl: (request) => pluginRoute(request, dev),
  });
  // Plugins may be asked with every method that there is.
  for (const method of METHODS) {
    if (method !== "CONNECT" && !app.supportedMethods.includes(method)) app.addHttpMethod(method, { hasBody: true });
  }
  readJsonBodies(app);
  app.decorateRequest("accessKey", null);
  app.decorateRequest("keyGone", null);
  app.decorateRequest("signedIn", null);
  const watch = new KeyWatch(options.times?.keyLookMs);
  app.addHook("onClose", async () => watch.close());
  const letIn = authenticate(host, watch);
  app.setErrorHandler(async (error, request, reply) => {
    const { bodyBytesMax } = request.routeOptions.config;
    await sendError(reply, requestError(error, noteOf(request, options), bodyBytesMax));
  });
  // Where nothing is served nobody needs a key, so nothing of a body is read either.
  app.addHook("onRequest", async (request) => {
    if (request.is404) throw routeUnknown();
  });
  app.setNotFoundHandler(async () => {
    throw routeUnknown();
  });
  if (log !== undefined) logRequests(app);
  registerHealth(app, readiness);
  registerOpenApi(app);
  await app.register(async (scope) => {
    scope.addHook("onRequest", letIn);
    registerMetrics(scope, counts, readiness);
  });
  const note = (request: FastifyRequest) => noteOf(request, options);
  const { draining, stopping } = connections;
  const sessions = options.sessions ?? new WebSessions();
  const gate = new PluginGate(host, {
    sessions,
    names,
    hasProxy: options.hasProxy ?? hasProxy(options),
    clock: options.clock,
  });
  const devSockets = new DevSockets(gate, dev, options.names, watch);
  app.server.on("upgrade", (request, socket, head) => void devSockets.take(request, socket, head));
  listenBeside(app.server, draining, (text) => options.note?.(text));
  const dashboard = new Dashboard(host, options, options.clock);
  await app.register(async (scope) => registerDashboard(scope, dashboard));
  const tunnel = openTunnel({
    host,
    data: options.data,
    relayUrl: options.relayUrl,
    accept(connection, agentId) {
      markTunnelled(connection, agentId);
      app.server.emit("connection", connection);
    },
    note: (text) => options.note?.(text),
  });
  draining.addEventListener("abort", () => tunnel.drain(), { once: true });
  app.addHook("onClose", async () => await tunnel.stop());
  await app.register(
    async (scope) =>
      registerPlugins(scope, host, {
        gate,
        dev,
        watch,
        publicUrl: options.publicUrl,
        tunnelUrl: (agentId) => tunnel.urlOf(agentId),
        note,
        stopping,
      }),
    { prefix: "/plugins" },
  );
  await app.register(async (scope) => registerOpenAi(scope, host, { authenticate: letIn, note, stopping }), {
    prefix: "/v1",
  });
  await app.register(
    async (scope) =>
      registerApi(scope, host, {
        authenticate: authenticateApi(dashboard, watch, letIn),
        dashboard,
        note,
        draining,
        sessions,
        names,
        tunnel,
        publicUrl: options.publicUrl,
      }),
    {
      prefix: "/api/v1",
    },
  );
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
  return { app, connections, readiness, tunnel };
}

function routeUnknown(): HostError {
  return new HostError("route_unknown", "nothing is served at this path");
}

/** Whoever is let in by its key alone could be a page that somebody was talked into giving it to. */
async function refuseForeignPages(request: FastifyRequest): Promise<void> {
  if (isForeignOrigin(request.raw)) throw foreignOrigin();
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
