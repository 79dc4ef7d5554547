// /api/v1/sessions: conversations with agents that are kept, and asking in them. A key for one agent has those of that agent.

import { titleOf } from "../../agents/run-session.ts";
import type { Session } from "../../protocol/agent.ts";
import { SESSIONS_API } from "../../protocol/api/sessions.ts";
import { SESSIONS_LISTED_DEFAULT, SESSIONS_LISTED_MAX } from "../../protocol/limits.ts";
import { unknownSession } from "../../protocol/unknown-session.ts";
import { agentOf } from "../authenticate.ts";
import { type ApiContext, type ApiRoute, apiRoute } from "./api-route.ts";
import type { ChatRun } from "./chat-run.ts";
import type { ChatRuns } from "./chat-runs.ts";
import { ownSession } from "./own-session.ts";
import { wholeNumber } from "./query.ts";
import { sendAttachment } from "./send-attachment.ts";
import { chatTurns, shownCount } from "./session-messages.ts";

export const SESSION_ROUTES: readonly ApiRoute[] = [
  apiRoute(SESSIONS_API.list_sessions, async ({ host, runs, request, query }) => {
    const scope = request.accessKey?.agentId ?? undefined;
    const agent = query.agent === undefined ? scope : (await agentOf(host, request, query.agent)).id;
    const limit = wholeNumber("limit", query.limit ?? String(SESSIONS_LISTED_DEFAULT), 1, SESSIONS_LISTED_MAX);
    const sessions = await (await host.agents()).sessionsOf({ agent, limit });
    return { sessions: sessions.map((session) => sessionRow(runs, session)) };
  }),
  apiRoute(SESSIONS_API.begin_session, async ({ host, runs, request, body, note }) => {
    const agent = await agentOf(host, request, body.agent);
    const { text } = body;
    // What stands in the way of the run is told before anything is made for it.
    const { model } = await (await host.models()).choose(body.model, agent);
    const keyId = request.accessKey!.id;
    runs.requireRoom(keyId);
    const { sessions } = await host.agents();
    const title = titleOf([{ role: "user", content: text }]);
    const { id: sessionId } = await sessions.create({ agentId: agent.id, pluginId: null, externalKey: null, title });
    const run = runs.begin({ agent, sessionId, text, model: body.model, keyId, note: note(request) }, model);
    return { run_id: run.id, session_id: sessionId };
  }),
  apiRoute(SESSIONS_API.show_session, async (call) => {
    const { host, runs, request, params } = call;
    const { id } = await ownSession(host, request, params.session);
    return await shownSession(call, id, runs.ofSession(id));
  }),
  apiRoute(SESSIONS_API.download_session_artifact, async ({ host, request, reply, params }) => {
    const { id } = await ownSession(host, request, params.session);
    return await sendAttachment(reply, params.name, await (await host.artifacts()).bytesIn(id, params.name));
  }),
  apiRoute(SESSIONS_API.rename_session, async ({ host, runs, request, params, body }) => {
    const { id } = await ownSession(host, request, params.session);
    return sessionRow(runs, await (await host.agents()).sessions.rename(id, body.title));
  }),
  apiRoute(SESSIONS_API.delete_session, async ({ host, runs, request, params }) => {
    const { id } = await ownSession(host, request, params.session);
    await runs.endSession(id);
    await (await host.agents()).sessions.delete(id);
    (await host.permissions()).endSession(id);
    return { id, deleted: true as const };
  }),
  apiRoute(SESSIONS_API.begin_run, async ({ host, runs, request, params, body, note }) => {
    const { id: sessionId, agentId } = await ownSession(host, request, params.session);
    const agent = await (await host.agents()).find(agentId);
    const { model } = await (await host.models()).choose(body.model, agent);
    const { text } = body;
    const keyId = request.accessKey!.id;
    const run = runs.begin({ agent, sessionId, text, model: body.model, keyId, note: note(request) }, model);
    return { run_id: run.id, session_id: sessionId };
  }),
];

/** While a run goes on, its stream tells all that it adds: the transcript ends where the run began. */
async function shownSession({ host }: Pick<ApiContext, "host">, id: string, run: ChatRun | undefined) {
  const { sessions } = await host.agents();
  const transcript = await sessions.transcript(id);
  if (transcript === undefined) throw unknownSession(id);
  const { session, turns } = transcript;
  const isOpen = run?.isOver === false;
  const added = isOpen ? session.turnCount - (run.turnsBefore ?? session.turnCount) : 0;
  const before = turns.slice(0, Math.max(0, turns.length - added));
  const shown = before.slice(before.length - shownCount(before));
  const durations =
    run?.turnsBefore === undefined
      ? undefined
      : { from: shown.length - (session.turnCount - added - run.turnsBefore), byCall: run.callTimes };
  return {
    ...sessionDocument(session),
    messages: chatTurns(shown, durations),
    artifacts: [...(await (await host.artifacts()).filesIn(id))],
    older: session.turnCount - added - shown.length,
    run: run?.document() ?? null,
  };
}

function sessionRow(runs: Pick<ChatRuns, "ofSession">, session: Session) {
  return { ...sessionDocument(session), is_running: runs.ofSession(session.id)?.isOver === false };
}

function sessionDocument(session: Session) {
  return {
    id: session.id,
    agent_id: session.agentId,
    plugin_id: session.pluginId,
    session_key: session.externalKey,
    title: session.title,
    turns: session.turnCount,
    created_at: session.createdAt,
    updated_at: session.updatedAt,
  };
}
