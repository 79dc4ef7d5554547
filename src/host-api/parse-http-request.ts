// What a plugin asks http_request for: the members of its JSON, checked, as the request that leaves.

import { VERSION } from "../base/version.ts";
import { jsonBeyond } from "../protocol/json-bounds.ts";
import {
  HTTP_BODY_BYTES_MAX,
  HTTP_HEADERS_BYTES_MAX,
  HTTP_METHOD_CHARS_MAX,
  HTTP_MS_DEFAULT,
  HTTP_MS_MAX,
  HTTP_REQUEST_VALUES_MAX,
  HTTP_URL_CHARS_MAX,
  JSON_DEPTH_MAX,
} from "../protocol/limits.ts";
import { guardedUrl } from "./address-guard.ts";
import type { HttpAsker } from "./http-client.ts";
import { HttpFailure } from "./http-failure.ts";
import { type Headers, readHeaders } from "./http-headers.ts";

export interface HttpRequest {
  readonly method: string;
  /** Without user and password. */
  readonly url: URL;
  readonly headers: Headers;
  readonly body: Buffer | undefined;
  readonly timeoutMs: number;
  readonly followsRedirects: boolean;
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Reads the JSON. Throws `invalid_request`, `request_too_large`, and `ssrf_blocked` for what is no web address. */
export function parseHttpRequest(
  json: string,
  asker: Pick<HttpAsker, "pluginId" | "placeId" | "warnOnce">,
): HttpRequest {
  const members = membersOf(json);
  for (const name of ["agent_id", "agent_address"]) {
    if (members.has(name)) {
      asker.warnOnce(
        "http_request agent",
        `http_request was given ${name}; the agent is that of the call, whatever it says`,
      );
    }
  }
  const method = methodOf(members.get("method"));
  const address = textOf(members.get("url"), "url");
  if (address === undefined) throw invalid("url is missing");
  if (address.length > HTTP_URL_CHARS_MAX) throw tooLarge(`url has more than ${HTTP_URL_CHARS_MAX} characters`);
  const url = guardedUrl(address);
  const headers = readHeaders(members.get("headers"), (name) =>
    asker.warnOnce(`http_request ${name}`, `http_request: the header ${name} is the host's to send and was left out`),
  );
  completeHeaders(headers, url, asker);
  const body = bodyOf(members);
  if (sizeOf(headers) > HTTP_HEADERS_BYTES_MAX)
    throw tooLarge(`headers have more than ${HTTP_HEADERS_BYTES_MAX} bytes`);
  return {
    method,
    url,
    headers,
    body,
    timeoutMs: timeoutOf(members.get("timeout_ms")),
    followsRedirects: flagOf(members.get("follow_redirects"), "follow_redirects") ?? true,
  };
}

function membersOf(json: string): Map<string, unknown> {
  if (jsonBeyond(json, { depthMax: JSON_DEPTH_MAX, valuesMax: HTTP_REQUEST_VALUES_MAX }) !== undefined) {
    throw invalid("the request has too many values");
  }
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw invalid("the request is no valid JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw invalid("the request is no JSON object");
  // What is null was left out.
  return new Map(Object.entries(value).filter(([, member]) => member !== null));
}

function methodOf(value: unknown): string {
  const method = textOf(value, "method")?.toUpperCase();
  if (method === undefined) throw invalid("method is missing");
  if (!TOKEN.test(method) || method.length > HTTP_METHOD_CHARS_MAX) throw invalid("method is no name of a method");
  // It asks for a tunnel, through which anything could be reached.
  if (method === "CONNECT") throw invalid("the method CONNECT is not possible");
  return method;
}

/** What clients add; and user and password move from the address to where they are sent. */
function completeHeaders(headers: Headers, url: URL, asker: Pick<HttpAsker, "pluginId" | "placeId">): void {
  const id = (asker.pluginId ?? asker.placeId).replace(/^library:/, "").replace(/[^A-Za-z0-9._-]/g, "_");
  const own = `Osaurus/${VERSION} Plugin/${id}`;
  const given = headers.get("user-agent");
  headers.set("user-agent", { name: "User-Agent", value: given?.value ? `${given.value} ${own}` : own });
  if (!headers.has("accept")) headers.set("accept", { name: "Accept", value: "*/*" });
  if (!headers.has("accept-encoding")) {
    headers.set("accept-encoding", { name: "Accept-Encoding", value: "gzip, deflate, br" });
  }
  const { username, password } = url;
  if ((username !== "" || password !== "") && !headers.has("authorization")) {
    const pair = Buffer.from(`${unescaped(username)}:${unescaped(password)}`).toString("base64");
    headers.set("authorization", { name: "Authorization", value: `Basic ${pair}` });
  }
  url.username = "";
  url.password = "";
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function bodyOf(members: ReadonlyMap<string, unknown>): Buffer | undefined {
  const text = textOf(members.get("body"), "body");
  const encoding = (textOf(members.get("body_encoding"), "body_encoding") ?? "utf8").toLowerCase();
  if (encoding !== "utf8" && encoding !== "utf-8" && encoding !== "base64") {
    throw invalid("body_encoding is neither utf8 nor base64");
  }
  if (text === undefined) return undefined;
  const bytes = encoding === "base64" ? base64Bytes(text) : Buffer.byteLength(text);
  if (bytes > HTTP_BODY_BYTES_MAX) throw tooLarge(`body has more than ${HTTP_BODY_BYTES_MAX} bytes`);
  if (encoding !== "base64") return Buffer.from(text);
  const body = Buffer.from(text, "base64");
  // The decoder passes over what it does not know; then there are fewer bytes than there should be.
  const isWhole = text.length % 4 === 0 && body.length === bytes && !/[-_]/.test(text);
  return isWhole ? body : Buffer.alloc(0);
}

/** How many bytes a text of that length stands for when it is base64. */
function base64Bytes(text: string): number {
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  return Math.floor(text.length / 4) * 3 - padding;
}

function timeoutOf(value: unknown): number {
  if (value === undefined) return HTTP_MS_DEFAULT;
  if (typeof value !== "number") throw invalid("timeout_ms is no number");
  return Math.min(HTTP_MS_MAX, Math.max(1, Math.floor(value)));
}

function textOf(value: unknown, name: string): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  throw invalid(`${name} is no text`);
}

function flagOf(value: unknown, name: string): boolean | undefined {
  if (value === undefined || typeof value === "boolean") return value;
  throw invalid(`${name} is neither true nor false`);
}

function sizeOf(headers: Headers): number {
  let bytes = 0;
  for (const { name, value } of headers.values()) bytes += name.length + value.length;
  return bytes;
}

function invalid(message: string): HttpFailure {
  return new HttpFailure("invalid_request", message);
}

function tooLarge(message: string): HttpFailure {
  return new HttpFailure("request_too_large", message);
}
