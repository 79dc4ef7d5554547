// Sends a request of a plugin and follows where it is led, a connection for each hop: every hop is looked at and resolved
// like the first. One deadline holds for all of it, and nothing is left open at the end.

import { HTTP_HELD_BYTES_MAX, HTTP_REDIRECTS_MAX } from "../protocol/limits.ts";
import { checkedAddresses, type GuardDeps, guardedUrl } from "./address-guard.ts";
import type { HostAnswer } from "./host-answer.ts";
import { readBody } from "./http-body.ts";
import type { HttpShared } from "./http-client.ts";
import { openExchange } from "./http-exchange.ts";
import { HttpFailure } from "./http-failure.ts";
import { joinedHeaders, receivedText, withoutCredentials } from "./http-headers.ts";
import type { HttpRequest } from "./parse-http-request.ts";

export interface Received {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface SendDeps {
  readonly guard: GuardDeps;
  readonly placeId: string;
  readonly shared: Pick<HttpShared, "closed" | "heldBytes" | "options">;
}

type Outgoing = Pick<HttpRequest, "method" | "url" | "headers" | "body">;

/**
 * Sends the request, and gives what `use` makes of the response. Throws `HttpFailure`.
 *
 * @param use is called while the response still counts as held.
 */
export async function sendHttp(
  request: HttpRequest,
  deps: SendDeps,
  use: (received: Received) => HostAnswer,
): Promise<HostAnswer> {
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort(tooLate(request)), request.timeoutMs);
  const signal = AbortSignal.any([ending.signal, deps.shared.closed]);
  const held = holder(deps);
  try {
    return use(await followed(request, { ...deps, signal, hold: held.take }));
  } finally {
    clearTimeout(timer);
    held.giveBack();
  }
}

interface HopDeps extends SendDeps {
  readonly signal: AbortSignal;
  hold(bytes: number): boolean;
}

async function followed(request: HttpRequest, deps: HopDeps): Promise<Received> {
  let outgoing: Outgoing = request;
  for (let redirects = 0; ; redirects++) {
    const received = await oneHop(outgoing, request.followsRedirects, deps);
    if (!("location" in received)) return received;
    if (redirects === HTTP_REDIRECTS_MAX) {
      throw new HttpFailure("too_many_redirects", `The request was led on more than ${HTTP_REDIRECTS_MAX} times.`);
    }
    outgoing = redirected(outgoing, received.status, received.location);
  }
}

/** Ends with the whole response, or with where it leads. */
async function oneHop(
  outgoing: Outgoing,
  follows: boolean,
  { guard, shared, signal, hold }: HopDeps,
): Promise<Received | { status: number; location: string }> {
  const addresses = await unlessAborted(checkedAddresses(outgoing.url, guard), signal);
  const exchange = await openExchange(outgoing, { addresses, signal, trusted: shared.options.trusted });
  try {
    const { response, failure } = exchange;
    const status = response.statusCode!;
    const { location } = response.headers;
    if (follows && isRedirect(status) && location !== undefined) return { status, location: receivedText(location) };
    const headers = joinedHeaders(response.rawHeaders);
    const body = await readBody(response, { method: outgoing.method, headers, hold, signal, failure });
    return { status, headers: Object.fromEntries(headers), body };
  } finally {
    exchange.close();
  }
}

function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

/** The request that a redirect asks for. */
function redirected({ method, url, headers, body }: Outgoing, status: number, location: string): Outgoing {
  const next = targetOf(location, url);
  const kept = url.origin === next.origin ? headers : withoutCredentials(headers);
  // Only 307 and 308 promise that the request stays what it is.
  if (status >= 307 || method === "GET" || method === "HEAD") return { method, url: next, headers: kept, body };
  const bodiless = new Map(kept);
  bodiless.delete("content-type");
  return { method: "GET", url: next, headers: bodiless, body: undefined };
}

function targetOf(location: string, base: URL): URL {
  try {
    const next = guardedUrl(location, base);
    // A server may not choose what the plugin signs in with.
    next.username = "";
    next.password = "";
    return next;
  } catch (error) {
    if (!(error instanceof HttpFailure) || error.code !== "invalid_request") throw error;
    throw new HttpFailure("invalid_response", "The server leads on to what is no valid URL.");
  }
}

/** What the response's bytes count against; given back all at once. */
function holder({ placeId, shared: { heldBytes } }: SendDeps): { take(bytes: number): boolean; giveBack(): void } {
  let own = 0;
  const add = (bytes: number) => {
    own += bytes;
    const sum = (heldBytes.get(placeId) ?? 0) + bytes;
    if (sum === 0) heldBytes.delete(placeId);
    else heldBytes.set(placeId, sum);
    return sum;
  };
  return { take: (bytes) => add(bytes) <= HTTP_HELD_BYTES_MAX, giveBack: () => void add(-own) };
}

/** The system's resolver cannot be told to stop: its answer is not waited for. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function tooLate({ timeoutMs }: HttpRequest): HttpFailure {
  return new HttpFailure("connection_timeout", `There was no whole response after ${timeoutMs} ms.`);
}
