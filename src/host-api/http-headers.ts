// Headers of requests that plugins make and of the responses they get. Values travel as bytes: what is not ASCII is UTF-8
// where it can be.

import { isUtf8 } from "node:buffer";
import { HttpFailure } from "./http-failure.ts";

interface Header {
  /** As the plugin spelled it. */
  readonly name: string;
  /** One character a byte. */
  readonly value: string;
}

/** By the name in lower case. */
export type Headers = Map<string, Header>;

const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/**
 * These say how the message itself is sent, and to whom: they are the host's. One that a plugin could choose would make
 * server and host disagree about where a message ends, or lead past the address that was checked.
 */
const OF_THE_HOST: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "http2-settings",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Never sent to another scheme, host or port than the plugin named. */
const CREDENTIALS = ["authorization", "cookie", "proxy-authorization"] as const;

/** Reads the member `headers`; those that are the host's are left out and told. Throws `invalid_request`. */
export function readHeaders(given: unknown, leftOut: (name: string) => void): Headers {
  const headers: Headers = new Map();
  if (given === undefined) return headers;
  if (typeof given !== "object" || given === null || Array.isArray(given)) throw invalid("headers is no object");
  for (const [name, value] of Object.entries(given)) {
    if (!NAME.test(name)) throw invalid("headers has a name that none can have");
    if (typeof value !== "string") throw invalid("headers has a value that is no text");
    if (/[^\t\x20-\x7e\x80-\uffff]/.test(value)) throw invalid("headers has a value with a control character");
    const key = name.toLowerCase();
    if (OF_THE_HOST.has(key) || key.startsWith("proxy-")) leftOut(key);
    else headers.set(key, { name, value: Buffer.from(value.trim()).toString("latin1") });
  }
  return headers;
}

/** The same headers for another server. */
export function withoutCredentials(headers: Headers): Headers {
  const kept = new Map(headers);
  for (const name of CREDENTIALS) kept.delete(name);
  return kept;
}

/** All headers of a response by their name in lower case; repeated ones follow each other in one value. */
export function joinedHeaders(raw: readonly string[]): Map<string, string> {
  const joined = new Map<string, string>();
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at]!.toLowerCase();
    const value = receivedText(raw[at + 1]!);
    const before = joined.get(name);
    joined.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return joined;
}

/** A text that arrived a byte a character, as UTF-8 when it is that. */
export function receivedText(bytes: string): string {
  const buffer = Buffer.from(bytes, "latin1");
  return isUtf8(buffer) ? buffer.toString() : bytes;
}

function invalid(message: string): HttpFailure {
  return new HttpFailure("invalid_request", message);
}
