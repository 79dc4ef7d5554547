// One request to a model's server over HTTP: sent to the address that was configured and nowhere else, with bounds in time
// and size on what comes back. A redirect is an answer like any other: the key goes to nobody who was not asked.

import { once } from "node:events";
import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Duplex } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { VERSION } from "../base/version.ts";
import { HostError } from "../protocol/errors.ts";
import { INFERENCE_END_MS_MAX } from "../protocol/limits.ts";
import { type AskedServer, cut, interrupted, tooSlow, unreachable } from "./model-failure.ts";
import { invalidStream } from "./read-events.ts";

export interface ExchangeLimits {
  /** Until the first byte of the answer. */
  readonly firstMsMax: number;
  /** Between two parts of it. */
  readonly silentMsMax: number;
  readonly bytesMax: number;
}

export interface OutgoingRequest {
  readonly method: string;
  readonly url: URL;
  readonly accept: string;
  /** JSON. */
  readonly body: string | undefined;
}

export interface ModelResponse {
  readonly status: number;
  readonly headers: Headers;
  /** To be read once. Throws `inference_cut`, `inference_timeout`, `inference_invalid`, `interrupted`. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Ends it, wherever it is. Safe to call twice. */
  close(): Promise<void>;
}

/** Sends the request; resolves with the head of the response. Throws `inference_unreachable` and as `body` does. */
export async function openModelExchange(
  outgoing: OutgoingRequest,
  server: AskedServer,
  limits: ExchangeLimits,
  signal: AbortSignal,
): Promise<ModelResponse> {
  if (signal.aborted) throw interrupted();
  const firstUntil = performance.now() + limits.firstMsMax;
  const request = start(outgoing, server);
  const onAbort = () => void request.destroy();
  signal.addEventListener("abort", onAbort);
  const letGo = () => signal.removeEventListener("abort", onAbort);
  try {
    const tooLate = () => tooSlow(server, limits.firstMsMax, "first");
    const response = await within(headOf(request, server), { what: request, ms: limits.firstMsMax, tooLate, signal });
    return {
      status: response.statusCode ?? 0,
      headers: headersOf(response),
      body: bodyOf(response, { server, limits, signal, firstUntil }),
      async close() {
        letGo();
        await end(response, signal);
      },
    };
  } catch (error) {
    letGo();
    request.destroy();
    if (error instanceof HostError) throw error;
    const { code = "" } = error as NodeJS.ErrnoException;
    if (code.startsWith("HPE_")) throw invalidStream(`its HTTP (${code})`, error);
    throw unreachable(error, server);
  }
}

function start({ method, url, accept, body }: OutgoingRequest, { apiKey }: AskedServer): ClientRequest {
  const headers = {
    accept,
    "accept-encoding": "identity",
    "user-agent": `osprey/${VERSION}`,
    ...(body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) }),
    ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
  };
  const send = url.protocol === "https:" ? httpsRequest : httpRequest;
  const request = send(url, { method, headers });
  request.end(body);
  return request;
}

/**
 * The head of the response. The listeners stay for as long as the request lives: what goes wrong with the connection behind
 * the head, even in the same packet, is an error of the request too, and one that nobody listens to ends the process.
 */
function headOf(request: ClientRequest, server: AskedServer): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request.on("response", resolve);
  request.on("error", reject);
  request.on("upgrade", (_response, socket: Duplex) => {
    socket.on("error", () => {}).destroy();
    reject(invalidStream("it changes to another protocol, which nobody asked for"));
  });
  // The last that is heard of it, whatever became of it.
  request.on("close", () => reject(cut(server)));
  return promise;
}

interface Wait {
  /** Ended when it takes too long. */
  readonly what: ClientRequest | IncomingMessage;
  readonly ms: number;
  readonly tooLate: () => HostError;
  readonly signal: AbortSignal;
}

/** What comes, unless the time or the run is over before: that holds also where nothing notices that it was ended. */
async function within<T>(running: Promise<T>, { what, ms, tooLate, signal }: Wait): Promise<T> {
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const endWith = (error: HostError) => {
    reject(error);
    what.destroy();
  };
  const onAbort = () => endWith(interrupted());
  const timer = setTimeout(() => endWith(tooLate()), ms);
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([running, ended]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}

interface BodyDeps {
  readonly server: AskedServer;
  readonly limits: ExchangeLimits;
  readonly signal: AbortSignal;
  readonly firstUntil: number;
}

/** Time counts only while something is waited for: a taker may be as slow as it likes. */
async function* bodyOf(
  response: IncomingMessage,
  { server, limits, signal, firstUntil }: BodyDeps,
): AsyncGenerator<Uint8Array> {
  const chunks = response[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let bytes = 0;
  for (;;) {
    const isFirst = bytes === 0;
    const ms = isFirst ? Math.max(0, firstUntil - performance.now()) : limits.silentMsMax;
    const tooLate = () =>
      isFirst ? tooSlow(server, limits.firstMsMax, "first") : tooSlow(server, limits.silentMsMax, "next");
    const next = await within(chunks.next(), { what: response, ms, tooLate, signal }).catch((error: unknown) => {
      if (signal.aborted) throw interrupted();
      throw error instanceof HostError ? error : cut(server, error);
    });
    if (signal.aborted) throw interrupted();
    if (next.done === true) return;
    bytes += next.value.length;
    if (bytes > limits.bytesMax) throw invalidStream(`it is over ${limits.bytesMax} bytes`);
    yield next.value;
  }
}

async function end(response: IncomingMessage, signal: AbortSignal): Promise<void> {
  response.on("error", () => {});
  if (!response.destroyed && !signal.aborted) {
    const waiting = new AbortController();
    response.resume();
    await Promise.race([
      once(response, "close", { signal: waiting.signal }).catch(() => {}),
      delay(INFERENCE_END_MS_MAX, undefined, { signal: waiting.signal }).catch(() => {}),
    ]);
    waiting.abort();
  }
  response.destroy();
}

function headersOf({ headers }: IncomingMessage): Headers {
  const kept = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) kept.set(name, Array.isArray(value) ? value.join(", ") : value);
  }
  return kept;
}
