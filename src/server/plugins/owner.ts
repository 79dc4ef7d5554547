// Whether somebody may see what is the owner's: with an access key, or in a browser with the cookie of the page that its
// owner opened.

import type { IncomingMessage } from "node:http";
import { bearer } from "../authenticate.ts";
import { type Permit, permitOf } from "../key-watch.ts";
import type { ServerHost } from "../server-host.ts";
import { isNavigation, isOwnPage, isSurelyOwnPage } from "./browser-rule.ts";
import { cookieValues, FRAME_COOKIE, OWNER_COOKIE } from "./cookies.ts";
import { type HostAnswer, refusal } from "./host-answer.ts";
import { ownerNeededPage } from "./host-pages.ts";
import type { WebSession, WebSessions } from "./web-sessions.ts";

type Keys = Pick<ServerHost, "accessKeys">;
type Asking = Pick<IncomingMessage, "headers">;

/** Of the page that somebody opened. */
export interface OwnerSession {
  /** A UUID in capital letters. */
  readonly agentId: string;
  readonly permit: Permit;
  /** Of a page in a frame: who may show it. */
  readonly framedBy: readonly string[] | undefined;
}

/** The session that a request's cookie is of. Only for requests that are local and name the plugin's own host. */
export async function ownerSession(
  host: Keys,
  request: IncomingMessage,
  pluginId: string,
  sessions: WebSessions,
): Promise<OwnerSession | undefined> {
  for (const { cookie, isFramed } of ownerCookies(request)) {
    const session = sessions.find(cookie, pluginId);
    if (session === undefined || isFramed !== (session.framedBy !== undefined)) continue;
    if (!(await isKeyLive(host, session))) continue;
    const holds = async () => sessions.find(cookie, pluginId) !== undefined && (await isKeyLive(host, session));
    const { agentId, framedBy } = session;
    return { agentId, permit: { kind: "permit", of: session, holds }, framedBy };
  }
  return undefined;
}

/** Those that count, for where the request comes from. */
function ownerCookies(request: IncomingMessage): { readonly cookie: string; readonly isFramed: boolean }[] {
  const { cookie: header } = request.headers;
  const own = isOwnPage(request) ? cookieValues(header, OWNER_COOKIE) : [];
  const framed = isSurelyOwnPage(request) ? cookieValues(header, FRAME_COOKIE) : [];
  return [
    ...own.map((cookie) => ({ cookie, isFramed: false })),
    ...framed.map((cookie) => ({ cookie, isFramed: true })),
  ];
}

/** What somebody opened ends with the key that he opened it with. */
export async function isKeyLive(host: Keys, { keyId }: WebSession): Promise<boolean> {
  return await (await host.accessKeys()).isLive(keyId);
}

/** Looks at the access key of a request for that agent; gives what to answer when it does not let in. */
export async function keyPermit(
  host: Keys,
  { headers }: Asking,
  pluginId: string,
  agentId: string,
): Promise<Permit | HostAnswer> {
  const given = bearer(headers.authorization);
  const verdict = given === undefined ? undefined : await (await host.accessKeys()).check(given);
  if (verdict?.ok === true) {
    const scope = verdict.key.agentId;
    const isFor = scope === null || scope.toUpperCase() === agentId;
    return isFor ? permitOf(host, given!) : refusal(403, "The access key is for another agent");
  }
  const challenge = { "www-authenticate": given === undefined ? "Bearer" : 'Bearer error="invalid_token"' };
  if (isNavigation(headers)) return ownerNeededPage(pluginId, challenge);
  return refusal(401, "Authentication required", challenge);
}
