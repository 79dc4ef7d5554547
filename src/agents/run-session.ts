// The session that a run belongs to: what was said in it before, and what is added when the run ends.

import { HostError } from "../protocol/errors.ts";
import type { ChatMessage } from "../protocol/inference.ts";
import { RUN_REPLAY_CHARS_MAX, SESSION_TITLE_CHARS_MAX } from "../protocol/limits.ts";
import type { Sessions } from "../store/sessions.ts";
import { newestTurns } from "./conversation.ts";
import type { RunRequest, RunSession } from "./run-request.ts";

/** What was said before, as much of it as is sent again. */
export interface EarlierTurns {
  readonly turns: readonly ChatMessage[];
  readonly isShortened: boolean;
}

export interface OpenSession {
  readonly id: string;
  /** Whether what was said before goes in front; it is read when it is the run's turn. */
  readonly replays: boolean;
  earlier(): Promise<EarlierTurns>;
  append(turns: readonly ChatMessage[]): Promise<void>;
  /**
   * To be called instead of `append` when nobody answered. Gives false when something was said in it before: then the
   * question belongs there all the same. Otherwise nothing is kept, and a session that was made for this run is gone.
   */
  forget(): Promise<"gone" | "empty" | false>;
}

/** Finds or makes the session. Throws `session_unknown`, and `request_invalid` for a session that is nobody's. */
export async function openRunSession(
  sessions: () => Promise<Sessions>,
  { session, agent, messages }: RunRequest,
): Promise<OpenSession | undefined> {
  if (session === undefined) return undefined;
  if (agent === undefined) throw new HostError("request_invalid", "a session belongs to an agent, and none is named");
  const store = await sessions();
  const id = await idOf(store, session, agent.id, messages);
  const writer = session.kind === "id" ? session.writer : undefined;
  const replays = session.kind === "id" || (session.kind === "key" && session.replays);
  return {
    id,
    replays,
    async earlier() {
      const choice = writer === undefined ? undefined : { seenBy: writer.name };
      const all = replays ? await store.turns(id, choice) : [];
      const turns = newestTurns(all, RUN_REPLAY_CHARS_MAX);
      return { turns, isShortened: turns !== all };
    },
    async append(turns) {
      if (turns.length > 0) await store.append(id, turns, writer);
    },
    async forget() {
      if (session.kind === "key") return false;
      if (session.kind === "id") return (await store.byId(id, agent.id))?.turnCount === 0 && "empty";
      await store.delete(id);
      return "gone";
    },
  };
}

async function idOf(
  store: Sessions,
  session: RunSession,
  agentId: string,
  messages: readonly ChatMessage[],
): Promise<string> {
  if (session.kind === "id") {
    const found = await store.byId(session.id, agentId);
    if (found !== undefined) return found.id;
    throw new HostError("session_unknown", `the agent has no session "${session.id.slice(0, 100)}"`, {
      hint: '"osaurus sessions list" shows those that there are',
    });
  }
  const { pluginId } = session;
  const externalKey = session.kind === "key" ? session.key : null;
  const title = session.kind === "new" && session.title !== "" ? session.title : titleOf(messages);
  return (await store.create({ agentId, pluginId, externalKey, title })).id;
}

/** What a conversation is called that nobody named: the beginning of what was said first. */
export function titleOf(messages: readonly ChatMessage[]): string {
  const first = messages.find(({ role, content }) => role === "user" && typeof content === "string");
  const text = typeof first?.content === "string" ? first.content : "";
  // Only the beginning is looked at, however long the text is.
  const line = text
    .slice(0, 10 * SESSION_TITLE_CHARS_MAX)
    .replaceAll(/[\s\p{C}]+/gu, " ")
    .trim();
  const title = line.length > SESSION_TITLE_CHARS_MAX ? `${line.slice(0, SESSION_TITLE_CHARS_MAX - 1)}…` : line;
  return title === "" ? "Conversation" : title.toWellFormed();
}
