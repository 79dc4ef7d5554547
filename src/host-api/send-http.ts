// Sends a request of a plugin and follows where it is led, a connection for each hop: every hop is looked at and resolved
// like the first. One deadline holds for all of it, and nothing is left open at the end.

import { HTTP_HELD_BYTES_MAX, HTTP_REDIRECTS_MAX } from "../protocol/limits.ts";
import { checkedAddresses, type GuardDeps, guardedUrl } from "./address-guard.ts";
import { type HostAnswer, refusal } from "./host-answer.ts";
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
  /** See `HostCall`. */
  room(): Promise<boolean>;
  readonly shared: Pick<HttpShared, "closed" | "heldBytes" | "largeBodies" | "lookups" | "options">;
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
  const held = holder(deps, signal);
  try {
    const received = await followed(request, { ...deps, signal, hold: held.take, large: held.large });
    if (!(await unlessAborted(deps.room(), signal))) return refusal("context_unavailable", "The plugin is gone.");
    return use(received);
  } finally {
    clearTimeout(timer);
    held.giveBack();
  }
}

interface HopDeps extends SendDeps {
  readonly signal: AbortSignal;
  hold(bytes: number): boolean;
  large(): Promise<void>;
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
  { guard, placeId, shared, signal, hold, large }: HopDeps,
): Promise<Received | { status: number; location: string }> {
  const resolve = async (host: string) => {
    const done = await shared.lookups.take(placeId, signal);
    // Until it is answered, also when nobody waits for it any more.
    return await guard.resolve(host).finally(done);
  };
  const addresses = await unlessAborted(checkedAddresses(outgoing.url, { ...guard, resolve }), signal);
  const open = shared.options.exchange ?? openExchange;
  const exchange = await open(outgoing, { addresses, signal, trusted: shared.options.trusted });
  try {
    const { response, failure } = exchange;
    const status = response.statusCode!;
    const { location } = response.headers;
    if (follows && isRedirect(status) && location !== undefined) return { status, location: receivedText(location) };
    const headers = joinedHeaders(response.rawHeaders);
    const body = await readBody(response, { method: outgoing.method, headers, hold, large, signal, failure });
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

interface Holder {
  take(bytes: number): boolean;
  large(): Promise<void>;
  giveBack(): void;
}

/** What the response's bytes count against; given back all at once. */
function holder({ placeId, shared: { heldBytes, largeBodies } }: SendDeps, signal: AbortSignal): Holder {
  let own = 0;
  let leave: (() => void) | undefined;
  const add = (bytes: number) => {
    own += bytes;
    const sum = (heldBytes.get(placeId) ?? 0) + bytes;
    if (sum === 0) heldBytes.delete(placeId);
    else heldBytes.set(placeId, sum);
    return sum;
  };
  return {
    take: (bytes) => add(bytes) <= HTTP_HELD_BYTES_MAX,
    async large() {
      leave ??= await largeBodies.take(placeId, signal);
    },
    giveBack() {
      add(-own);
      leave?.();
    },
  };
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
