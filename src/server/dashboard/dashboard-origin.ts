// Where the dashboard lives, and which requests are its own pages'. Its host names are `localhost` and those that the operator
// configured: pages of plugins are never on these with an origin of theirs. Addresses are everybody's, and a plugin's own name is
// that plugin's; a cookie counts on neither.

import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { isForeignOrigin, type OwnNames } from "../check-browser.ts";
import { hostName } from "../host-name.ts";
import { tunnelAgentOf } from "../tunnelled.ts";

/** How others find this host. */
export interface Reached {
  readonly names: OwnNames;
  /** Without a slash at the end. */
  readonly publicUrl?: string | undefined;
}

type Asking = Pick<IncomingMessage, "headers" | "rawHeaders" | "method" | "socket">;

/** Whether somebody asks for the dashboard, or for what only it may ask for. */
export function isForDashboard({ headers, socket }: Pick<Asking, "headers" | "socket">, { names }: Reached): boolean {
  const name = hostName(headers.host ?? "") ?? "";
  const isOurs = name === "localhost" || (names.has(name) && isIP(name) === 0 && !name.endsWith(".localhost"));
  return isOurs && tunnelAgentOf(socket) === undefined;
}

/**
 * Whether a page of the dashboard sent the request, or a person who looks at something of it. Browsers say where a request comes
 * from; what a browser too old for that leaves open is refused where it would change something.
 */
export function isSameOrigin(request: Asking, reached: Reached): boolean {
  const { headers, method } = request;
  const isRead = method === "GET" || method === "HEAD";
  if (headers.origin !== undefined && !isOwnOrigin(request, reached)) return false;
  const site = headers["sec-fetch-site"];
  if (site === undefined) return isRead || headers.origin !== undefined;
  // Typed, or from a bookmark: nobody's page made the browser go there.
  if (site === "none") return isRead && (headers["sec-fetch-mode"] ?? "navigate") === "navigate";
  return site === "same-origin";
}

/** Scheme, name and port. Which scheme a proxy speaks for a name is known of the public URL only. */
function isOwnOrigin(request: Asking, { publicUrl }: Reached): boolean {
  if (isForeignOrigin(request)) return false;
  const { protocol, hostname } = new URL(request.headers.origin!);
  if (hostname === "localhost") return protocol === "http:";
  const known = publicUrl === undefined ? null : new URL(publicUrl);
  return known?.hostname !== hostname || known.protocol === protocol;
}
