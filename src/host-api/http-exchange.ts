// One request over one connection: dials the addresses that were checked and nothing else, encrypts where the URL says so,
// sends, and gives the response's head. No connection is kept for later: one that is open would outlive a grant that was
// taken back.

import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { portOf } from "../base/plain-host.ts";
import { HTTP_HEADERS_BYTES_MAX, HTTP_INTERIM_MAX } from "../protocol/limits.ts";
import { isAmong } from "./address-guard.ts";
import { blocked, HttpFailure, networkFailure, tlsFailure } from "./http-failure.ts";
import type { HttpRequest } from "./parse-http-request.ts";

export interface ExchangeDeps {
  /** The addresses that may be dialled. */
  readonly addresses: readonly string[];
  /** Ends everything when it is aborted; its reason is an `HttpFailure`. */
  readonly signal: AbortSignal;
  /** Certificates that are trusted in place of the usual ones. */
  readonly trusted: string | undefined;
}

/** A response as Node has it, of which the body was not read yet: its chunks, as they were sent. */
interface ExchangeResponse extends Pick<IncomingMessage, "statusCode" | "headers" | "rawHeaders"> {
  [Symbol.asyncIterator](): AsyncIterator<Buffer>;
}

export interface Exchange {
  readonly response: ExchangeResponse;
  /** What ended the exchange after the head had come: the response itself knows only that it ended. */
  failure(): HttpFailure | undefined;
  /** Ends the connection. */
  close(): void;
}

export type Outgoing = Pick<HttpRequest, "method" | "url" | "headers" | "body">;

/** See `openExchange`. */
export type OpenExchange = (outgoing: Outgoing, deps: ExchangeDeps) => Promise<Exchange>;

/** Makes the exchange up to the head of the response. Throws `HttpFailure`; then nothing is open any more. */
export async function openExchange(
  outgoing: Outgoing,
  { addresses, signal, trusted }: ExchangeDeps,
): Promise<Exchange> {
  signal.throwIfAborted();
  const { url } = outgoing;
  const tcp = dial(url, addresses);
  // Without an error, nobody who waits for the connection would be told.
  const onAbort = () => tcp.destroy(signal.reason);
  const close = () => {
    signal.removeEventListener("abort", onAbort);
    tcp.destroy();
  };
  signal.addEventListener("abort", onAbort);
  try {
    await once(tcp, "connect").catch((error: unknown) => {
      throw networkFailure(error);
    });
    if (!isAmong(tcp.remoteAddress, addresses)) throw blocked("addresses that were not checked");
    const socket = url.protocol === "https:" ? await encrypted(tcp, url, trusted) : tcp;
    return { ...(await responseTo(outgoing, socket)), close };
  } catch (error) {
    close();
    throw signal.aborted ? signal.reason : error;
  }
}

function dial(url: URL, addresses: readonly string[]): Socket {
  const checked = addresses.map((address) => ({ address, family: isIP(address) }));
  const socket = connectTcp({
    host: bareHost(url),
    port: portOf(url),
    // Not asked for a host that is an address.
    lookup: (_host, { all }, done) => (all ? done(null, checked) : done(null, checked[0]!.address, checked[0]!.family)),
    noDelay: true,
  });
  return listened(socket);
}

/** Whatever happens to a connection that nobody waits for any more is nobody's business. */
function listened<S extends Socket>(socket: S): S {
  return socket.on("error", () => {});
}

async function encrypted(tcp: Socket, url: URL, trusted: string | undefined): Promise<Socket> {
  const host = bareHost(url);
  const socket = listened(
    connectTls({
      socket: tcp,
      host,
      // A name is sent along, an address is not; the certificate has to be for either.
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ALPNProtocols: ["http/1.1"],
      // Said here, so that no variable of the environment turns it off.
      rejectUnauthorized: true,
      ...(trusted === undefined ? {} : { ca: trusted }),
    }),
  );
  try {
    const { promise: closed, reject } = Promise.withResolvers<never>();
    socket.once("close", () => reject(new HttpFailure("tls_error", "The connection ended before it was encrypted.")));
    await Promise.race([once(socket, "secureConnect"), closed]);
    return socket;
  } catch (error) {
    socket.destroy();
    throw tlsFailure(error);
  }
}

async function responseTo(
  { method, url, headers, body }: Outgoing,
  socket: Socket,
): Promise<Pick<Exchange, "response" | "failure">> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  let failure: HttpFailure | undefined;
  const fail = (error: unknown) => {
    failure ??= networkFailure(error);
    reject(failure);
    sent.destroy();
  };
  const sent = httpRequest({
    createConnection: () => socket,
    method,
    path: `${url.pathname}${url.search}`,
    headers: Object.fromEntries([
      ["Host", url.host],
      ...[...headers.values()].map(({ name, value }) => [name, value]),
      ...lengthOf(method, body),
    ]),
    setHost: false,
    insecureHTTPParser: false,
    maxHeaderSize: HTTP_HEADERS_BYTES_MAX,
  });
  // They are bounded by their bytes; beyond a number they would be left out without a word.
  sent.maxHeadersCount = 0;
  let interim = 0;
  sent.on("information", () => {
    if (++interim > HTTP_INTERIM_MAX) fail(notAsked());
  });
  sent.on("upgrade", () => fail(notAsked()));
  sent.on("error", fail);
  sent.on("close", () => reject(new HttpFailure("network_error", "The connection ended without a response.")));
  sent.on("response", resolve);
  sent.end(body);
  return { response: await promise, failure: () => failure };
}

/** Methods that come with a body say so when there is none. */
function lengthOf(method: string, body: Buffer | undefined): [string, string][] {
  if (body === undefined && method !== "POST" && method !== "PUT" && method !== "PATCH") return [];
  return [["Content-Length", String(body?.length ?? 0)]];
}

function notAsked(): HttpFailure {
  return new HttpFailure("invalid_response", "The server answers with what was not asked for.");
}

function bareHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "");
}
