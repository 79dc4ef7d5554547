// Whether somebody may see what is the owner's: with an access key, or in a browser with the cookie of the page that its
// owner opened.

import type { IncomingMessage } from "node:http";
import { bearer } from "../authenticate.ts";
import type { ServerHost } from "../server-host.ts";
import { isNavigation, isOwnPage } from "./browser-rule.ts";
import { cookieValues, OWNER_COOKIE } from "./cookies.ts";
import { type HostAnswer, refusal } from "./host-answer.ts";
import { ownerNeededPage } from "./host-pages.ts";
import type { WebSession, WebSessions } from "./web-sessions.ts";

/** The session that a request's cookie is of. Only for requests that are local and name the plugin's own host. */
export function ownerSession(
  request: IncomingMessage,
  pluginId: string,
  sessions: WebSessions,
): WebSession | undefined {
  const cookies = cookieValues(request.headers.cookie, OWNER_COOKIE);
  if (cookies.length === 0 || !isOwnPage(request)) return undefined;
  for (const cookie of cookies) {
    const session = sessions.find(cookie, pluginId);
    if (session !== undefined) return session;
  }
  return undefined;
}

/** Looks at the access key of a request for that agent; gives what to answer when it does not let in. */
export async function refusalOfKey(
  host: Pick<ServerHost, "accessKeys">,
  { headers }: Pick<IncomingMessage, "headers">,
  pluginId: string,
  agentId: string,
): Promise<HostAnswer | undefined> {
  const given = bearer(headers.authorization);
  const verdict = given === undefined ? undefined : await (await host.accessKeys()).check(given);
  if (verdict?.ok === true) {
    const scope = verdict.key.agentId;
    const isFor = scope === null || scope.toUpperCase() === agentId;
    return isFor ? undefined : refusal(403, "The access key is for another agent");
  }
  const challenge = { "www-authenticate": given === undefined ? "Bearer" : 'Bearer error="invalid_token"' };
  if (isNavigation(headers)) return ownerNeededPage(pluginId, challenge);
  return refusal(401, "Authentication required", challenge);
}
