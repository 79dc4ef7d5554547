// The control API below /api/v1: what commands and the dashboard do. All of it but signing in needs an access key, or the cookie of
// somebody who is signed in to the dashboard.

import type { FastifyInstance } from "fastify";
import { HostError } from "../../protocol/errors.ts";
import type { authenticate } from "../authenticate.ts";
import { HttpError } from "../http-error.ts";
import { requireJsonType } from "../json-body.ts";
import type { ServerHost } from "../server-host.ts";
import type { ApiContext, ApiRoute } from "./api-route.ts";
import { API_ROUTES } from "./api-table.ts";
import { Changes } from "./changes.ts";
import { ChatRuns } from "./chat-runs.ts";
import { OpenStreams } from "./open-streams.ts";
import { readQuery } from "./query.ts";
import { readBody } from "./read-body.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Of the body of a request; SERVER_BODY_BYTES_MAX without it. */
    readonly bodyBytesMax?: number | undefined;
  }
}

export interface ApiOptions extends Omit<ApiContext, "host" | "streams" | "runs" | "changes" | "publicUrl"> {
  /** Lets in whoever has an access key, or is signed in. */
  readonly authenticate: ReturnType<typeof authenticate>;
  /** Under which the host is known outside; without it, as it listens. */
  readonly publicUrl?: string | undefined;
}

/** @param scope with the prefix; what is set on it holds for nothing else. */
export function registerApi(scope: FastifyInstance, host: ServerHost, options: ApiOptions): void {
  const { authenticate, dashboard, sessions, names, tunnel, draining, note, publicUrl } = options;
  const runs = new ChatRuns(host, draining);
  const changes = new Changes({
    async look() {
      const marks = await (await host.changeMarks()).look();
      // That somebody is being answered stands in no file.
      return { ...marks, sessions: `${marks.sessions} ${runs.changes}`, tunnel: tunnel.mark() };
    },
  });
  const context: ApiContext = {
    changes,
    host,
    dashboard,
    sessions,
    names,
    tunnel,
    draining,
    note,
    publicUrl,
    streams: new OpenStreams(),
    runs,
  };
  scope.addHook("onRequest", async (_, reply) => {
    // No other page may load an answer as if it were a script or an image of its own, or show it inside itself.
    reply.headers({
      "cross-origin-resource-policy": "same-origin",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
    });
  });
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
  const { bodyBytesMax } = route;
  scope.route({
    method: route.method,
    config: { needsNoKey: route.needsNoKey === true, bodyBytesMax },
    ...(bodyBytesMax === undefined ? {} : { bodyLimit: bodyBytesMax }),
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
