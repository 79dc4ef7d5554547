// What a path of the control API is: enough to serve it and to describe it, in one place.

import type { FastifyReply, FastifyRequest } from "fastify";
import type * as z from "zod/mini";
import type { NoteBug } from "../error-answer.ts";
import type { PageNames } from "../plugins/page-names.ts";
import type { WebSessions } from "../plugins/web-sessions.ts";
import type { ServerHost } from "../server-host.ts";
import type { TunnelService } from "../tunnel/tunnel-service.ts";
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
  /** Under which the host is known outside; undefined: as it listens. */
  readonly publicUrl: string | undefined;
  /** Aborted when what would stay open for ever has to end. */
  readonly draining: AbortSignal;
  /** Where failures that are bugs go, for a request. */
  note(request: FastifyRequest): NoteBug;
}

export interface ApiCall<Name extends string, Body> extends ApiContext {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** What stands in the path, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query<Name>;
  readonly body: Body;
}

/** A member of the query: for whoever reads the description. Handlers get the text. */
interface QueryMember {
  readonly about: string;
  readonly schema: z.ZodMiniType;
}

interface RouteFacts<Name extends string, Answer extends z.ZodMiniType> {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Below /api/v1, with names in braces. */
  readonly path: string;
  /** Names the operation, in the description too. */
  readonly name: string;
  readonly summary: string;
  /** What stands in the braces of the path. */
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<Name, QueryMember>>;
  readonly answer: Answer;
  /** 200 without it. */
  readonly status?: 201;
  /** A key for one agent does not do. */
  readonly needsWholeKey?: true;
  /** It also answers with a stream of events. */
  readonly hasEvents?: true;
}

/** One path and method; what exactly it takes and gives is forgotten. */
export interface ApiRoute extends RouteFacts<string, z.ZodMiniType> {
  readonly body?: z.ZodMiniType;
  handle(call: ApiCall<string, unknown>): Promise<unknown>;
}

/** A reply in place of an answer: a stream was sent. */
type Answered<Answer extends z.ZodMiniType> = Promise<z.infer<Answer> | FastifyReply>;

interface RouteWithoutBody<Name extends string, Answer extends z.ZodMiniType> extends RouteFacts<Name, Answer> {
  handle(call: ApiCall<Name, undefined>): Answered<Answer>;
}

interface RouteWithBody<Name extends string, Answer extends z.ZodMiniType, Body extends z.ZodMiniType>
  extends RouteFacts<Name, Answer> {
  readonly body: Body;
  handle(call: ApiCall<Name, z.infer<Body>>): Answered<Answer>;
}

/** A path that takes no body. */
export function apiRoute<Answer extends z.ZodMiniType, const Name extends string = never>(
  route: RouteWithoutBody<Name, Answer>,
): ApiRoute {
  return route as ApiRoute;
}

/** A path that takes one; nothing at all counts as an empty object. */
export function apiRouteWithBody<
  Answer extends z.ZodMiniType,
  Body extends z.ZodMiniType,
  const Name extends string = never,
>(route: RouteWithBody<Name, Answer, Body>): ApiRoute {
  return route as ApiRoute;
}
