// Asks the control API. What may be asked, with what, and what comes back is known from the API's own description, at the time
// of compiling: nothing of it is loaded.

import type { AnswerOf, BodyOf, ParamsOf, QueryOf } from "../../../src/protocol/api/client-types.ts";
import type { Endpoints } from "../../../src/protocol/api/endpoints.ts";
import { ApiError } from "./api-error.ts";

type One = Endpoints[keyof Endpoints];
type KeyOf<E> = E extends { method: infer M extends string; path: infer P extends string } ? `${M} ${P}` : never;

/** A method and a path as the API's description has them: `GET /plugins/{plugin}`. */
export type Asked = KeyOf<One>;
type At<K extends Asked> = One extends infer E ? (E extends One ? (KeyOf<E> extends K ? E : never) : never) : never;

export type Answer<K extends Asked> = AnswerOf<At<K>>;
type Params<E extends One> = [keyof ParamsOf<E>] extends [never]
  ? { readonly params?: never }
  : { readonly params: ParamsOf<E> };
type Body<E extends One> = BodyOf<E> extends undefined ? { readonly body?: never } : { readonly body: BodyOf<E> };

/** What stands in the braces of the path, behind the question mark, and in the body. */
export type Input<K extends Asked> = Params<At<K>> & Body<At<K>> & { readonly query?: QueryOf<At<K>> };

interface AnyInput {
  readonly params?: Readonly<Record<string, string>> | undefined;
  readonly query?: Readonly<Record<string, unknown>> | undefined;
  readonly body?: unknown;
}

/** Throws `ApiError`; its code is `unreachable` when the host gave no answer. */
export async function ask<K extends Asked>(asked: K, input: Input<K>, signal?: AbortSignal): Promise<Answer<K>> {
  const response = await send(asked, input as AnyInput, signal);
  return (response.status === 204 ? undefined : await response.json()) as Answer<K>;
}

/** The address of a path: for links, downloads and streams. */
export function addressOf<K extends Asked>(asked: K, input: Omit<Input<K>, "body">): string {
  return address(asked, input as AnyInput);
}

function address(asked: string, { params = {}, query = {} }: AnyInput): string {
  const path = asked
    .slice(asked.indexOf(" ") + 1)
    .replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== "") search.set(name, String(value));
  }
  return `/api/v1${path}${search.size === 0 ? "" : `?${search}`}`;
}

/** A response that is no failure. Throws `ApiError`. */
async function send(asked: string, input: AnyInput, signal?: AbortSignal): Promise<Response> {
  const [method = "GET"] = asked.split(" ", 1);
  const isRead = method === "GET" || method === "DELETE";
  const response = await fetch(address(asked, input), {
    method,
    ...(isRead ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(input.body ?? {}) }),
    ...(signal === undefined ? {} : { signal }),
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new ApiError("unreachable", "the host does not answer", {
      hint: 'is it still running? "osaurus serve" starts it',
    });
  });
  if (!response.ok) throw await failureOf(response);
  return response;
}

/**
 * Why the host refuses a stream of events, which the browser does not tell: `over` when there is nothing more to come; nothing when it
 * does not refuse now, or does not answer.
 */
export async function whyRefused(address: string, signal: AbortSignal): Promise<ApiError | "over" | undefined> {
  const enough = new AbortController();
  try {
    const response = await fetch(address, {
      headers: { accept: "text/event-stream" },
      signal: AbortSignal.any([signal, enough.signal]),
    });
    if (response.status === 204) return "over";
    return response.ok ? undefined : await failureOf(response);
  } catch {
    return undefined;
  } finally {
    enough.abort();
  }
}

/** Of an event by which the host says why it ends a stream. */
export function failureOfData(data: string): ApiError {
  let body: unknown;
  try {
    body = JSON.parse(data);
  } catch {}
  return failureIn(body, "the host ended the stream");
}

async function failureOf(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => undefined);
  return failureIn(body, `the host answered with status ${response.status}`);
}

interface ErrorBody {
  readonly error?: { code?: string; message?: string; hint?: string; details?: Record<string, unknown> };
}

/** @param otherwise what is said when the answer is none of ours. */
function failureIn(body: unknown, otherwise: string): ApiError {
  const { code, message, hint, details } = (body as ErrorBody | null | undefined)?.error ?? {};
  return new ApiError(code ?? "internal", message ?? otherwise, {
    hint,
    ...(details === undefined ? {} : { details }),
  });
}
