// What a relay says that somebody asks, made into a request of our own. The relay passes on what strangers wrote, and may
// be hostile itself: nothing of it is written to a connection unlooked at.

import { METHODS } from "node:http";
import { isBase64 } from "../../protocol/base64.ts";
import { TUNNEL_BODY_BYTES_MAX } from "../../protocol/limits.ts";
import type { TunnelFrameOf } from "../../protocol/tunnel-frames.ts";
import { CONNECTION_HEADERS, connectionNames, isSendable } from "../connection-headers.ts";

export interface TunnelRequestHead {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface TunnelRefusal {
  readonly status: number;
  readonly message: string;
}

/** The relay says with it at whose public address somebody asked. */
const AGENT_ADDRESS_HEADER = "x-agent-address";

/** What is between two neighbours only, what we say ourselves, and what does not count from outside. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  ...CONNECTION_HEADERS,
  "expect",
  "content-length",
  "host",
  "cookie",
  "x-osaurus-agent-id",
]);

const METHOD_NAMES: ReadonlySet<string> = new Set(METHODS);
const PATH = /^\/[\x21-\x7e]*$/;

/** At which address somebody asked, in lower case; undefined: the relay does not say, or says two. */
export function askedAddress({ headers }: TunnelFrameOf<"request">): string | undefined {
  const named = Object.entries(headers).filter(([name]) => name.toLowerCase() === AGENT_ADDRESS_HEADER);
  return named.length === 1 ? named[0]![1].toLowerCase() : undefined;
}

/** @param host what the request is to name as its host. */
export function tunnelRequestHead(
  frame: TunnelFrameOf<"request">,
  host: string,
  takesBase64: boolean,
): TunnelRequestHead | TunnelRefusal {
  const method = frame.method.toUpperCase();
  if (!METHOD_NAMES.has(method) || method === "CONNECT") return { status: 400, message: "Invalid method" };
  if (!PATH.test(frame.path)) return { status: 400, message: "Invalid path" };
  const body = bodyOf(frame, takesBase64);
  if (!Buffer.isBuffer(body)) return body;
  const headers = headersOf(frame.headers);
  if (headers === undefined) return { status: 400, message: "Invalid header" };
  headers["host"] = host;
  headers["connection"] = "close";
  if (body.length > 0 || (method !== "GET" && method !== "HEAD")) headers["content-length"] = String(body.length);
  return { method, path: frame.path, headers, body };
}

function bodyOf({ body, body_encoding }: TunnelFrameOf<"request">, takesBase64: boolean): Buffer | TunnelRefusal {
  const text = body ?? "";
  const encoding = body_encoding ?? "utf8";
  if (encoding === "base64" && !(takesBase64 && isBase64(text))) return { status: 400, message: "Invalid body" };
  const bytes = Buffer.from(text, encoding);
  if (bytes.length <= TUNNEL_BODY_BYTES_MAX) return bytes;
  return { status: 413, message: "Request body is too large" };
}

/** Undefined: a name or a value could break out of its line, or a name stands there twice. */
function headersOf(given: Readonly<Record<string, string>>): Record<string, string> | undefined {
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  const connection = Object.entries(given).filter(([name]) => name.toLowerCase() === "connection");
  const ofConnection = connectionNames(connection.map(([, value]) => value).join(","));
  for (const [written, value] of Object.entries(given)) {
    const name = written.toLowerCase();
    if (LEFT_OUT.has(name) || ofConnection.has(name)) continue;
    if (name in headers || !isSendable(name, value)) return undefined;
    headers[name] = value;
  }
  return headers;
}
