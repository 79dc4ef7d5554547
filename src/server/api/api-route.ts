// A path of the control API and what serves it: what it takes and gives is described in src/protocol/api, and the compiler
// holds the handler to that.

import type { FastifyReply, FastifyRequest } from "fastify";
import type * as z from "zod/mini";
import type { AnswerOf, ParamsOf } from "../../protocol/api/client-types.ts";
import type { Endpoint } from "../../protocol/api/endpoint.ts";
import type { Dashboard } from "../dashboard/dashboard.ts";
import type { NoteBug } from "../error-answer.ts";
import type { PageNames } from "../plugins/page-names.ts";
import type { WebSessions } from "../plugins/web-sessions.ts";
import type { ServerHost } from "../server-host.ts";
import type { TunnelService } from "../tunnel/tunnel-service.ts";
import type { Changes } from "./changes.ts";
import type { ChatRuns } from "./chat-runs.ts";
import type { OpenStreams } from "./open-streams.ts";
import type { Query } from "./query.ts";

/** What handlers work with, besides their request. */
export interface ApiContext {
  readonly host: ServerHost;
  /** Of plugins' pages. */
  readonly sessions: WebSessions;
  readonly names: PageNames;
  readonly tunnel: TunnelService;
  readonly streams: OpenStreams;
  /** Answers of agents that are being made. */
  readonly runs: ChatRuns;
  readonly dashboard: Dashboard;
  readonly changes: Changes;
  /** Under which the host is known outside; undefined: as it listens. */
  readonly publicUrl: string | undefined;
  /** Aborted when what would stay open for ever has to end. */
  readonly draining: AbortSignal;
  /** Where failures that are bugs go, for a request. */
  note(request: FastifyRequest): NoteBug;
}

/** A request, with what its description says of it. */
export interface ApiCall<E extends Endpoint = Endpoint> extends ApiContext {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** What stands in the path, decoded. */
  readonly params: ParamsOf<E>;
  readonly query: Query<keyof NonNullable<E["query"]> & string>;
  /** As its schema reads it; nothing at all counts as an empty object. */
  readonly body: [NonNullable<E["body"]>] extends [never] ? undefined : z.output<NonNullable<E["body"]>>;
}

/** One path and method with its handler; what exactly it takes and gives is forgotten. */
export interface ApiRoute extends Endpoint {
  handle(call: ApiCall): Promise<unknown>;
}

/** @param handle a reply in place of an answer: a stream or a file was sent. */
export function apiRoute<E extends Endpoint>(
  endpoint: E,
  handle: (call: ApiCall<E>) => Promise<AnswerOf<E> | FastifyReply>,
): ApiRoute {
  return { ...endpoint, handle: handle as ApiRoute["handle"] };
}
