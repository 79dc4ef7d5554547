// One-time links: `osaurus open` prints an address with a code in it, which becomes the cookie of a session of the plugin's
// owner and is gone from the address at once.

import type { IncomingMessage } from "node:http";
import { WEB_SESSION_MS_MAX } from "../../protocol/limits.ts";
import type { ServerHost } from "../server-host.ts";
import { isForeign, isFrameNavigation, isTopNavigation } from "./browser-rule.ts";
import { frameCookie, OWNER_COOKIE, pluginCookie } from "./cookies.ts";
import { type HostAnswer, redirect } from "./host-answer.ts";
import { goOnPage, ownerNeededPage, pagePolicy } from "./host-pages.ts";
import { isKeyLive, ownerSession } from "./owner.ts";
import { type PluginPath, queryValue, withoutQuery } from "./plugin-path.ts";
import type { WebSessions } from "./web-sessions.ts";

const CODE = "osr_open";

/** What a link with a code is answered; undefined for a request that is none. Only for a plugin's own host, asked locally. */
export async function openLink(
  host: Pick<ServerHost, "accessKeys">,
  request: IncomingMessage,
  asked: PluginPath,
  sessions: WebSessions,
): Promise<HostAnswer | undefined> {
  const { pluginId, target, search } = asked;
  const code = queryValue(search, CODE);
  const isFramed = isFrameNavigation(request);
  if (code === undefined || !(isFramed || isGoingThere(request))) return undefined;
  const left = withoutQuery(search, CODE);
  const location = left === "" ? target : `${target}?${left}`;
  const begun = sessions.redeem(code, pluginId, isFramed);
  if (begun === undefined || !(await isKeyLive(host, begun.session))) {
    // Somebody went back, or loaded the page again.
    if ((await ownerSession(host, request, pluginId, sessions)) !== undefined) return redirect(303, location);
    return ownerNeededPage(pluginId, {});
  }
  if (isFramed) return inFrame(pluginId, begun, location);
  const headers = {
    "set-cookie": pluginCookie(pluginId, OWNER_COOKIE, begun.cookie, WEB_SESSION_MS_MAX),
    "referrer-policy": "no-referrer",
  };
  // Browsers leave the cookie out of what another site began, redirects included.
  return isForeign(request) ? goOnPage(location, headers) : redirect(303, location, headers);
}

/** The page goes on by itself: browsers take what follows for a request of the page that has the frame. */
function inFrame(
  pluginId: string,
  { cookie, session }: NonNullable<ReturnType<WebSessions["redeem"]>>,
  location: string,
): HostAnswer {
  const headers = {
    "set-cookie": frameCookie(pluginId, cookie, WEB_SESSION_MS_MAX),
    "content-security-policy": pagePolicy(session.framedBy ?? []),
  };
  return goOnPage(location, headers);
}

/** A browser that goes there, or a program that does as one. */
function isGoingThere(request: IncomingMessage): boolean {
  if (request.method !== "GET") return false;
  return isTopNavigation(request) || (request.headers["sec-fetch-mode"] === undefined && !isForeign(request));
}
