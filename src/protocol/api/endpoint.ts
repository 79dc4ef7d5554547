// What a path of the control API takes and gives. One description serves the server, /openapi.json, commands and the dashboard:
// the server takes its schemas, programs in TypeScript its types. It needs nothing of Node, so that a page can have it too.

import type * as z from "zod/mini";

/** A member of the query: for whoever reads the description. Handlers get the text. */
interface QueryMember {
  readonly about: string;
  readonly schema: z.ZodMiniType;
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

type QueryMembers = Readonly<Record<string, QueryMember>>;
type NoQuery = Readonly<Record<never, QueryMember>>;

/** What stands in the braces of a path; any text of a path that is not known. */
export type ParamName<Path extends string> = string extends Path
  ? string
  : Path extends `${string}{${infer Name}}${infer Rest}`
    ? Name | ParamName<Rest>
    : never;

export interface Endpoint<
  M extends Method = Method,
  Path extends string = string,
  Query extends QueryMembers = QueryMembers,
  Body extends z.ZodMiniType | undefined = z.ZodMiniType | undefined,
  Answer extends z.ZodMiniType = z.ZodMiniType,
> {
  readonly method: M;
  /** Below /api/v1, with names in braces. */
  readonly path: Path;
  /** Names the operation, in the description too. */
  readonly name: string;
  readonly summary: string;
  /** What stands in the braces of the path. */
  readonly params?: Readonly<Record<ParamName<Path>, string>>;
  readonly query?: Query;
  readonly body?: Body;
  readonly answer: Answer;
  /** 200 without it. */
  readonly status?: 201 | 202;
  /** A key for one agent does not do. */
  readonly needsWholeKey?: true;
  /** Whoever asks has no key yet. It is there for the dashboard's own pages alone, and should have a small `bodyBytesMax`. */
  readonly needsNoKey?: true;
  /** SERVER_BODY_BYTES_MAX without it. */
  readonly bodyBytesMax?: number;
  /** It also answers with a stream of events. */
  readonly hasEvents?: true;
  /**
   * It answers with a file of this media type in place of JSON: `answer` is then `z.never()`, and the handler sets the type,
   * sends a stream or bytes, and gives back the reply. Failures are JSON here too.
   */
  readonly file?: string;
}

/** Describes one path and method. */
export function endpoint<
  const M extends Method,
  const Path extends string,
  Answer extends z.ZodMiniType,
  const Query extends QueryMembers = NoQuery,
  Body extends z.ZodMiniType | undefined = undefined,
>(described: Endpoint<M, Path, Query, Body, Answer>): Endpoint<M, Path, Query, Body, Answer> {
  return described;
}
