// The control API below /api/v1: what commands do, for programs. All of it needs an access key.

import type { FastifyInstance, FastifyRequest } from "fastify";
import { HostError } from "../../protocol/errors.ts";
import type { authenticate } from "../authenticate.ts";
import type { NoteBug } from "../error-answer.ts";
import { requireJsonType } from "../json-body.ts";
import type { ServerHost } from "../server-host.ts";
import { registerTaskEvents } from "./task-events.ts";
import { registerTasks } from "./tasks.ts";

export interface ApiOptions {
  /** Lets in whoever has an access key. */
  readonly authenticate: ReturnType<typeof authenticate>;
  /** Where failures that are bugs go, for a request. */
  note(request: FastifyRequest): NoteBug;
  /** Aborted when what would stay open for ever has to end. */
  readonly draining: AbortSignal;
}

/** @param scope with the prefix; what is set on it holds for nothing else. */
export function registerApi(scope: FastifyInstance, host: ServerHost, options: ApiOptions): void {
  scope.addHook("onRequest", options.authenticate);
  scope.addHook("onRequest", requireJsonType);
  registerTasks(scope, host);
  registerTaskEvents(scope, host, options);
  // Behind the same hooks as all else, so that nobody learns without a key what is there.
  scope.all("/*", async () => {
    throw new HostError("route_unknown", "nothing is served at this path and method");
  });
}
