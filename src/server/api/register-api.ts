// The control API below /api/v1: what commands do, for programs. All of it needs an access key.

import type { FastifyInstance } from "fastify";
import { HostError } from "../../protocol/errors.ts";
import type { authenticate } from "../authenticate.ts";
import { HttpError } from "../http-error.ts";
import { requireJsonType } from "../json-body.ts";
import type { ServerHost } from "../server-host.ts";
import type { ApiContext, ApiRoute } from "./api-route.ts";
import { API_ROUTES } from "./api-table.ts";
import { OpenStreams } from "./open-streams.ts";
import { readQuery } from "./query.ts";
import { readBody } from "./read-body.ts";

export interface ApiOptions extends Omit<ApiContext, "host" | "streams" | "publicUrl"> {
  /** Lets in whoever has an access key. */
  readonly authenticate: ReturnType<typeof authenticate>;
  /** Under which the host is known outside; without it, as it listens. */
  readonly publicUrl?: string | undefined;
}

/** @param scope with the prefix; what is set on it holds for nothing else. */
export function registerApi(scope: FastifyInstance, host: ServerHost, options: ApiOptions): void {
  const { authenticate, sessions, names, tunnel, draining, note, publicUrl } = options;
  const context: ApiContext = { host, sessions, names, tunnel, draining, note, publicUrl, streams: new OpenStreams() };
  scope.addHook("onRequest", authenticate);
  scope.addHook("onRequest", requireJsonType);
  for (const route of API_ROUTES) serve(scope, route, context);
  // Behind the same hooks as all else, so that nobody learns without a key what is there.
  scope.all("/*", async () => {
    throw new HostError("route_unknown", "nothing is served at this path and method");
  });
}

function serve(scope: FastifyInstance, route: ApiRoute, context: ApiContext): void {
  const names = Object.keys(route.query ?? {});
  scope.route({
    method: route.method,
    url: route.path.replaceAll(/\{(\w+)\}/g, ":$1"),
    async handler(request, reply) {
      if (route.needsWholeKey && (request.accessKey?.agentId ?? null) !== null) throw scopeDenied();
      const query = readQuery(request, names);
      const body = route.body === undefined ? undefined : readBody(route.body, request.body);
      if (route.status !== undefined) reply.code(route.status);
      const params = request.params as Readonly<Record<string, string>>;
      // A list of an agent's tools, or of keys: nobody else on the way has a use for it.
      reply.header("cache-control", "no-store");
      return await route.handle({ ...context, request, reply, params, query, body });
    },
  });
}

function scopeDenied(): HttpError {
  return new HttpError("agent_scope_denied", "the access key is for one agent, and this is for the whole host", {
    hint: '"osaurus keys create" without --agent makes one for the whole host',
  });
}
