// The cookie of somebody who is signed in to the dashboard. Browsers keep cookies by name and not by port: hosts on several
// ports of one computer each have a name of their own, so that none signs the others' users out.

import type { IncomingMessage } from "node:http";
import { WEB_SESSION_MS_MAX } from "../../protocol/limits.ts";
import { hostName } from "../host-name.ts";
import { cookieValues } from "../plugins/cookies.ts";
import type { Reached } from "./dashboard-origin.ts";

type Asking = Pick<IncomingMessage, "headers" | "socket">;

/** Other programs on other ports of the name can set one too: whoever looks for a session tries all of them. */
export function sessionCookies(request: Asking): readonly string[] {
  return cookieValues(request.headers.cookie, cookieName(request));
}

/** Unknown to programs of the page, and not sent from other sites. */
export function setSessionCookie(request: Asking, value: string, reached: Reached): string {
  return cookieOf(request, value, WEB_SESSION_MS_MAX / 1_000, reached);
}

export function clearSessionCookie(request: Asking, reached: Reached): string {
  return cookieOf(request, "", 0, reached);
}

function cookieOf(request: Asking, value: string, ageS: number, reached: Reached): string {
  const secure = isEncrypted(request, reached) ? "; Secure" : "";
  return `${cookieName(request)}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${ageS}${secure}`;
}

function cookieName({ socket }: Asking): string {
  return `osr_dashboard_${socket.localPort}`;
}

/** At the name of the public URL; not every browser takes such a cookie at `localhost`. */
function isEncrypted({ headers }: Asking, { publicUrl }: Reached): boolean {
  if (publicUrl === undefined) return false;
  const { protocol, hostname } = new URL(publicUrl);
  return protocol === "https:" && hostName(headers.host ?? "") === hostname;
}
