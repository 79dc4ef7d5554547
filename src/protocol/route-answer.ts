// What `handle_route` answers: a JSON document with status, headers and body ("Osaurus: Routes and Web UIs", handle_route).
// It is read once, and what comes out of it can be sent as it is. Which headers are the host's to set is not known here.

import { isBase64 } from "./base64.ts";
import { ROUTE_ANSWER_HEADERS_BYTES_MAX, ROUTE_ANSWER_HEADERS_MAX } from "./limits.ts";

export interface RouteAnswer {
  readonly kind: "answer";
  /** 200 to 599. */
  readonly status: number;
  /** Names in lower case; of `set-cookie` there may be several, of others there is one. One byte a character. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string | Buffer;
}

/** An answer that cannot be sent, and what the client is told instead. */
export interface RouteProblem {
  readonly kind: "problem";
  readonly status: 500 | 502;
  readonly message: string;
}

export function parseRouteAnswer(text: string): RouteAnswer | RouteProblem {
  const said = membersOf(text);
  if (said === undefined || !Number.isInteger(said["status"])) return INVALID;
  const status = said["status"] as number;
  if (status < 200 || status > 599) return problem(502, "Invalid status in plugin response");
  const headers = headersIn(said["headers"] ?? {});
  if ("kind" in headers) return headers;
  const body = said["body"] ?? "";
  const encoding = said["body_encoding"] ?? "utf8";
  if (typeof body !== "string" || (encoding !== "utf8" && encoding !== "base64")) return INVALID;
  if (encoding === "utf8") return { kind: "answer", status, headers, body };
  if (!isBase64(body)) return problem(502, "Invalid base64 body in plugin response");
  return { kind: "answer", status, headers, body: Buffer.from(body, "base64") };
}

const INVALID = problem(500, "Invalid plugin response");
const INVALID_HEADER = problem(502, "Invalid header in plugin response");

function problem(status: RouteProblem["status"], message: string): RouteProblem {
  return { kind: "problem", status, message };
}

function membersOf(text: string): Record<string, unknown> | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return isObject(json) ? json : undefined;
  } catch {
    return undefined;
  }
}

function isObject(json: unknown): json is Record<string, unknown> {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

const NAME = /^[\w!#$%&'*+.^`|~-]+$/;
const VALUE = /^[^\0-\x08\x0a-\x1f\x7f]*$/;
const SET_COOKIE = "set-cookie";

function headersIn(said: unknown): RouteAnswer["headers"] | RouteProblem {
  if (!isObject(said)) return INVALID;
  const single = new Map<string, string>();
  const cookies: (readonly [string, string])[] = [];
  let bytes = 0;
  let count = 0;
  for (const [written, values] of Object.entries(said)) {
    const name = written.toLowerCase();
    if (Array.isArray(values) && name !== SET_COOKIE) return INVALID;
    for (const value of [values].flat() as unknown[]) {
      if (typeof value !== "string" && typeof value !== "number") return INVALID;
      const line = bytesOf(String(value));
      bytes += name.length + line.length;
      count++;
      if (!NAME.test(name) || !VALUE.test(line)) return INVALID_HEADER;
      if (name === SET_COOKIE) cookies.push([name, line]);
      else single.set(name, line);
    }
  }
  if (count > ROUTE_ANSWER_HEADERS_MAX || bytes > ROUTE_ANSWER_HEADERS_BYTES_MAX) return INVALID_HEADER;
  return [...single, ...cookies];
}

/** Headers go out one byte a character: what does not fit is sent as UTF-8. */
function bytesOf(value: string): string {
  return /[^\0-\xff]/.test(value) ? Buffer.from(value, "utf8").toString("latin1") : value;
}
