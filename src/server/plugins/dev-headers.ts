// What of a request's headers a dev server gets to see, and what of its answer's headers gets out. Neither side learns or
// sets what is the host's: its cookies, its keys, the rules of its origins.

import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";
import { CONNECTION_HEADERS, connectionNames } from "../connection-headers.ts";
import type { DevServer } from "./dev-proxy-file.ts";
import { OURS, pluginSetCookie } from "./plugin-cookies.ts";

const NOT_ASKED_WITH = new Set<string>([
  ...CONNECTION_HEADERS,
  "host",
  "content-length",
  "expect",
  "http2-settings",
  "accept-encoding",
  "x-osaurus-agent-id",
  "authorization",
]);

const NOT_ANSWERED_WITH = new Set<string>([
  ...CONNECTION_HEADERS,
  "alt-svc",
  "clear-site-data",
  "date",
  "service-worker-allowed",
  "strict-transport-security",
  "x-content-type-options",
]);

/** Of what a page with something put into it does not keep. */
const OF_OTHER_BYTES = [
  "content-length",
  "content-encoding",
  "content-md5",
  "content-digest",
  "repr-digest",
  "digest",
  "etag",
  "last-modified",
  "accept-ranges",
];

/** The headers for the dev server, which is asked under its own name and for bytes that are not compressed. */
export function devRequestHeaders(headers: IncomingHttpHeaders, server: DevServer): OutgoingHttpHeaders {
  const named = connectionNames(headers.connection);
  const sent: OutgoingHttpHeaders = { host: server.authority, "accept-encoding": "identity" };
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || NOT_ASKED_WITH.has(name) || named.has(name)) continue;
    sent[name] = value;
  }
  // How long the body is belongs to this connection, and is as true for the next one.
  if (headers["content-length"] !== undefined) sent["content-length"] = headers["content-length"];
  const cookies = headers.cookie?.split(";").filter((pair) => !OURS.test(pair));
  if (cookies !== undefined) {
    delete sent["cookie"];
    if (cookies.length > 0) sent["cookie"] = cookies.join(";").trim();
  }
  // Dev servers know pages of their own name only. That this one is ours was found out before.
  if (headers.origin !== undefined) sent["origin"] = `http://${server.authority}`;
  return sent;
}

type AnswerHeaders = Record<string, string | string[]>;

/** The headers that get out; cookies stay below the plugin. */
export function devAnswerHeaders(headers: IncomingHttpHeaders, pluginId: string): AnswerHeaders {
  const named = connectionNames(headers.connection);
  const kept: AnswerHeaders = {};
  for (const [name, value] of Object.entries(headers)) {
    const isDropped = NOT_ANSWERED_WITH.has(name) || named.has(name) || name.startsWith("access-control-");
    if (value !== undefined && !isDropped) kept[name] = value;
  }
  const cookies = (headers["set-cookie"] ?? []).flatMap((cookie) => pluginSetCookie(cookie, pluginId) ?? []);
  delete kept["set-cookie"];
  if (cookies.length > 0) kept["set-cookie"] = cookies;
  return kept;
}

export function forgetBytes(headers: AnswerHeaders): void {
  for (const name of OF_OTHER_BYTES) delete headers[name];
}
