// /api/v1/session: who is signed in to the dashboard, signing in, and signing out.

import { VERSION } from "../../base/version.ts";
import type { AccessKey } from "../../host/access-keys-host.ts";
import { SIGN_IN_API } from "../../protocol/api/session.ts";
import type { Dashboard } from "../dashboard/dashboard.ts";
import type { SignInTries } from "../dashboard/sign-in-tries.ts";
import { HttpError } from "../http-error.ts";
import type { ServerHost } from "../server-host.ts";
import { type ApiRoute, apiRoute } from "./api-route.ts";

export const SIGN_IN_ROUTES: readonly ApiRoute[] = [
  apiRoute(SIGN_IN_API.show_sign_in, async ({ request }) =>
    sessionDocument(request.accessKey!, request.signedIn?.session.until ?? null),
  ),
  apiRoute(SIGN_IN_API.sign_in, async ({ host, dashboard, request, reply, body }) => {
    const key = await keyOf(host, dashboard, body);
    const { setCookie, session } = dashboard.begin(request.raw, key);
    reply.header("set-cookie", setCookie);
    return sessionDocument(key, session.until);
  }),
  apiRoute(SIGN_IN_API.sign_out, async ({ dashboard, request, reply }) => {
    if (request.signedIn !== null) reply.header("set-cookie", dashboard.end(request.raw));
    return { signed_out: true as const };
  }),
];

interface Brought {
  readonly code?: string | undefined;
  readonly key?: string | undefined;
}

/** Fails with `unauthorized`, `rate_limited`, `agent_scope_denied`, `request_invalid`. */
async function keyOf(host: ServerHost, dashboard: Dashboard, { code, key: typed }: Brought): Promise<AccessKey> {
  if ((code === undefined) === (typed === undefined)) {
    throw new HttpError("request_invalid", "the body needs either code or key");
  }
  if (code !== undefined) {
    const key = await dashboard.redeemCode(code.trim());
    if (key !== undefined) return key;
    throw wrong(dashboard.tries, "code", "this code is none, was used already, or is too old", {
      hint: '"osaurus ui --print" gives a new one',
    });
  }
  const verdict = await (await host.accessKeys()).check(typed!.trim());
  if (!verdict.ok) {
    throw wrong(dashboard.tries, "key", "this access key is unknown, expired or revoked", {
      hint: '"osaurus keys create" makes one',
    });
  }
  if (verdict.key.agentId === null) return verdict.key;
  throw new HttpError(
    "agent_scope_denied",
    "this access key is for one agent, and the dashboard is for the whole host",
    {
      hint: '"osaurus keys create" without --agent makes one for the whole host',
      details: { param: "key" },
    },
  );
}

function sessionDocument({ id, name }: AccessKey, until: string | null) {
  return { key: { id, name }, until, version: VERSION };
}

/**
 * What was brought is looked at first, however often others were wrong: anybody could keep the owner out otherwise. To look costs as
 * much as to look at the key of any other request.
 */
function wrong(tries: SignInTries, param: string, message: string, { hint }: { readonly hint: string }): HttpError {
  const { waitS } = tries;
  if (waitS === 0) {
    tries.noteFailure();
    return new HttpError("unauthorized", message, { hint, details: { param } });
  }
  return new HttpError("rate_limited", `${message}; and signing in failed too often`, {
    hint: `try again in ${waitS} s; ${hint}`,
    headers: { "retry-after": String(waitS) },
    details: { param },
  });
}
