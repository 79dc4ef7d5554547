// Which headers pass a relay. Callers must not be able to say what only the relay knows, and hosts must not be able to say how
// the relay's own connection goes on.

import type { IncomingHttpHeaders } from "node:http";
import { SERVER_HEADERS_BYTES_MAX } from "../../protocol/limits.ts";
import { CONNECTION_HEADERS, connectionNames, isSendable } from "../connection-headers.ts";

const HOP_BY_HOP: ReadonlySet<string> = new Set(CONNECTION_HEADERS);

/** Of callers: about the way to the relay, or the relay's own to say. */
const NOT_FROM_CALLERS = new Set([
  "host",
  "cookie",
  "content-length",
  "expect",
  "forwarded",
  "x-forwarded-for",
  "x-forwarded-proto",
  "x-forwarded-host",
  "x-forwarded-port",
  "x-real-ip",
  "x-agent-address",
]);
const NOT_FROM_CALLERS_START = ["fly-", "cf-"];

const NOT_FROM_HOSTS = new Set([
  "content-length",
  "access-control-allow-origin",
  "access-control-allow-credentials",
  // They would hold for names that are other agents'.
  "strict-transport-security",
  "alt-svc",
]);

/** The headers of a request as its agent gets them. */
export function requestHeaders(headers: IncomingHttpHeaders, agent: string, caller: string): Record<string, string> {
  const named = connectionNames(headers.connection);
  const kept = Object.entries(headers).flatMap(([name, value]): [string, string][] => {
    if (value === undefined || HOP_BY_HOP.has(name) || NOT_FROM_CALLERS.has(name) || named.has(name)) return [];
    if (NOT_FROM_CALLERS_START.some((start) => name.startsWith(start))) return [];
    return [[name, [value].flat().join(", ")]];
  });
  return Object.fromEntries([...kept, ["x-agent-address", agent], ["x-forwarded-for", caller]]);
}

/** The headers of an answer as its caller gets them; undefined when they cannot be sent. */
export function answerHeaders(headers: Readonly<Record<string, string>>): [string, string][] | undefined {
  const given = Object.entries(headers).map(([name, value]): [string, string] => [name.toLowerCase(), value]);
  const named = connectionNames(given.find(([name]) => name === "connection")?.[1]);
  const kept: [string, string][] = [];
  let bytes = 0;
  for (const [name, value] of given) {
    if (!isSendable(name, value)) return undefined;
    bytes += name.length + value.length;
    if (HOP_BY_HOP.has(name) || NOT_FROM_HOSTS.has(name) || named.has(name)) continue;
    kept.push([name, name === "set-cookie" ? withoutDomain(value) : value]);
  }
  if (bytes > SERVER_HEADERS_BYTES_MAX) return undefined;
  return [...kept, ["access-control-allow-origin", "*"]];
}

/** What a browser asks before a page may send something. The names it asked for are given back when they are names. */
export function preflightHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const method = headers["access-control-request-method"];
  const names = headers["access-control-request-headers"];
  return {
    "access-control-allow-origin": "*",
    "access-control-max-age": "600",
    "content-length": "0",
    ...(isTokenList(method) ? { "access-control-allow-methods": method } : {}),
    ...(isTokenList(names) ? { "access-control-allow-headers": names } : {}),
  };
}

/** A cookie of an agent's page must not reach other agents, whose names end in the same domain. */
function withoutDomain(cookie: string): string {
  return cookie.replace(/;\s*domain\s*(?:=[^;,]*)?(?=[;,]|$)/gi, "");
}

function isTokenList(text: string | undefined): text is string {
  return (
    text !== undefined && text.length < 4_096 && /^[!#$%&'*+.^_`|~\w-]+(?:\s*,\s*[!#$%&'*+.^_`|~\w-]+)*$/.test(text)
  );
}
