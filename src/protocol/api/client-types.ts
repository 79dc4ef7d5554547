// What whoever calls the control API gives and gets, taken from its description. Types only: a page that uses them carries
// no schema.

import type * as z from "zod/mini";
import type { Endpoint, ParamName } from "./endpoint.ts";
import type { Endpoints } from "./endpoints.ts";

export type EndpointName = keyof Endpoints;

/** The one with that method and path; `never` when there is none. */
export type EndpointAt<M extends Endpoint["method"], Path extends string> = Extract<
  Endpoints[EndpointName],
  { readonly method: M; readonly path: Path }
>;

export type ParamsOf<E extends Endpoint> = Readonly<Record<ParamName<E["path"]>, string>>;

type Query<E extends Endpoint> = NonNullable<E["query"]>;

/** All of it may be left out. */
export type QueryOf<E extends Endpoint> = {
  readonly [Name in keyof Query<E>]?: z.input<Query<E>[Name]["schema"]>;
};

/** Undefined for those that take none. */
export type BodyOf<E extends Endpoint> = [NonNullable<E["body"]>] extends [never]
  ? undefined
  : z.input<NonNullable<E["body"]>>;

/** `never` for those that answer with a file. */
export type AnswerOf<E extends Endpoint> = z.output<E["answer"]>;
