// Lets requests to the control API in: with an access key as everywhere, or with the cookie of somebody who is signed in to the
// dashboard, which counts nowhere else. Who signs in has neither yet; he has to do so on one of the dashboard's own pages.

import type { FastifyReply, FastifyRequest } from "fastify";
import type { authenticate } from "../authenticate.ts";
import { HttpError } from "../http-error.ts";
import type { KeyWatch } from "../key-watch.ts";
import type { Dashboard, SignedIn } from "./dashboard.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** The session that let the request in; null when a key did, or nothing has to. */
    signedIn: SignedIn | null;
  }
  interface FastifyContextConfig {
    /** Whoever asks for it has none yet. */
    readonly needsNoKey?: boolean;
  }
}

/** A hook, so that nothing of a body is read before. Refuses with 401, whatever is wrong; other pages' signing in with 403. */
export function authenticateApi(dashboard: Dashboard, watch: KeyWatch, byKey: ReturnType<typeof authenticate>) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    if (request.routeOptions.config.needsNoKey === true) {
      if (!dashboard.isAskedByItself(request.raw)) throw notThere();
      return;
    }
    const found = await dashboard.signedIn(request.raw);
    if (found.kind === "nobody") return await byKey(request, reply);
    if (found.kind === "ended") throw sessionEnded();
    request.signedIn = found;
    request.accessKey = found.session.key;
    // A client that is gone already leaves nothing to watch.
    if (!reply.raw.destroyed) request.keyGone = watch.watch(found.permit, (over) => reply.raw.once("close", over));
  };
}

function notThere(): HttpError {
  return new HttpError("origin_refused", "only the dashboard's own pages may sign in", {
    hint: 'programs send an access key with each request; people open the dashboard with "osaurus ui"',
  });
}

function sessionEnded(): HttpError {
  return new HttpError("unauthorized", "you are not signed in any more", {
    hint: "a session ends with the host's process, with the access key that it began with, and after 12 hours",
    details: { reason: "session_ended" },
    headers: { "www-authenticate": "Bearer" },
  });
}
