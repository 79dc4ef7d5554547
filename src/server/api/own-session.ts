// Finds the session or the run that a request names. A key that is for one agent sees those of that agent; others are not there
// for it.

import type { FastifyRequest } from "fastify";
import type { Session } from "../../protocol/agent.ts";
import { HostError } from "../../protocol/errors.ts";
import { unknownSession } from "../../protocol/unknown-session.ts";
import type { ServerHost } from "../server-host.ts";
import type { ChatRun } from "./chat-run.ts";
import type { ChatRuns } from "./chat-runs.ts";

/** Throws `session_unknown`, in the same words whether the session is not there at all or another agent's. */
export async function ownSession(
  host: Pick<ServerHost, "agents">,
  request: Pick<FastifyRequest, "accessKey">,
  id: string,
): Promise<Session> {
  const session = await (await host.agents()).sessions.byId(id, undefined);
  if (session === undefined || !isInScope(request, session.agentId)) throw unknownSession(id);
  return session;
}

/** Throws `session_unknown`, in the same way. */
export function ownRun(runs: Pick<ChatRuns, "find">, request: Pick<FastifyRequest, "accessKey">, id: string): ChatRun {
  const run = runs.find(id);
  if (run !== undefined && isInScope(request, run.agentId)) return run;
  throw new HostError("session_unknown", "there is no such run, or it ended a while ago", {
    hint: "what it came to is in its session",
  });
}

function isInScope({ accessKey }: Pick<FastifyRequest, "accessKey">, agentId: string): boolean {
  const scope = accessKey?.agentId ?? undefined;
  return scope === undefined || scope.toUpperCase() === agentId.toUpperCase();
}
