// Responses follow each other: each may name the one before it, and not only the last. A conversation is one session, to
// which turns are added; so an answer is named by the session and by the place in it where its request begins. Whoever goes
// on from an older answer, or while another one is being made, gets a session of its own with all turns up to there.

import { randomBytes } from "node:crypto";
import { newestTurns } from "../../agents/conversation.ts";
import type { RunSession } from "../../agents/run-request.ts";
import { titleOf } from "../../agents/run-session.ts";
import type { Agent } from "../../protocol/agent.ts";
import type { ChatMessage } from "../../protocol/inference.ts";
import { RUN_REPLAY_CHARS_MAX } from "../../protocol/limits.ts";
import { HttpError } from "../http-error.ts";
import type { ServerHost } from "../server-host.ts";

/** `resp_`, the session, the turn at which the request begins, and how many of its turns are the assistant's. */
const ID = /^resp_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})([0-9a-f]{8})([0-9a-f]{4})$/;

interface ChainWish {
  readonly agent: Agent;
  readonly input: readonly ChatMessage[];
  readonly previousId: string | undefined;
  readonly stores: boolean;
}

interface Link {
  /** Of the response. */
  readonly id: string;
  /** Turns that are not in the session of the run. */
  readonly before: readonly ChatMessage[];
  readonly session: RunSession | undefined;
  /** Has to be called when the run is over; removes a session that nothing was added to. */
  close(): Promise<void>;
}

type Sessions = Awaited<ReturnType<ServerHost["agents"]>>["sessions"];

/** Sessions to which an answer is being added, by this host. */
export type BusySessions = Set<string>;

/** Finds or makes the place where a new answer goes. Fails with `session_unknown`. */
export async function openLink(sessions: Sessions, busy: BusySessions, wish: ChainWish): Promise<Link> {
  const { agent, input, previousId, stores } = wish;
  const previous = previousId === undefined ? undefined : await findPrevious(sessions, previousId, wish);
  if (!stores) {
    const id = `resp_${randomBytes(22).toString("hex")}`;
    return {
      id,
      before: newestTurns(previous?.turns ?? [], RUN_REPLAY_CHARS_MAX),
      session: undefined,
      close: async () => {},
    };
  }
  if (previous?.isLast && !busy.has(previous.sessionId)) {
    return linkIn(sessions, busy, previous.sessionId, previous.end, wish);
  }
  const { id } = await sessions.create({ agentId: agent.id, pluginId: null, externalKey: null, title: titleOf(input) });
  if (previous !== undefined) await sessions.append(id, previous.turns);
  return linkIn(sessions, busy, id, previous?.turns.length ?? 0, wish);
}

function linkIn(sessions: Sessions, busy: BusySessions, id: string, start: number, { agent, input }: ChainWish): Link {
  busy.add(id);
  const assistants = input.filter(({ role }) => role === "assistant").length;
  return {
    id: `resp_${id.replaceAll("-", "").toLowerCase()}${hex(start, 8)}${hex(assistants, 4)}`,
    before: [],
    session: { kind: "id", id },
    async close() {
      busy.delete(id);
      if (start === 0 && (await sessions.byId(id, agent.id))?.turnCount === 0) await sessions.delete(id);
    },
  };
}

interface Previous {
  readonly sessionId: string;
  /** All turns up to the end of that answer, as far as they are still read. */
  readonly turns: readonly ChatMessage[];
  readonly end: number;
  /** Nothing came after it. */
  readonly isLast: boolean;
}

async function findPrevious(sessions: Sessions, previousId: string, { agent, input }: ChainWish): Promise<Previous> {
  const match = ID.exec(previousId);
  const sessionId = match?.slice(1, 6).join("-").toUpperCase();
  const session = sessionId === undefined ? undefined : await sessions.byId(sessionId, agent.id);
  if (match === null || session === undefined) throw unknown();
  const turns = await sessions.turns(session.id);
  // Of a session that has become too long the oldest turns are not read any more.
  const left = session.turnCount - turns.length;
  const start = Number.parseInt(match[6]!, 16) - left;
  if (start < 0 || start >= turns.length) throw unknown();
  const answered = new Set(input.map(({ toolCallId }) => toolCallId).filter((id) => id !== undefined));
  const end = endOfAnswer(turns, start, Number.parseInt(match[7]!, 16), answered);
  return { sessionId: session.id, turns: turns.slice(0, end), end: end + left, isLast: end === turns.length };
}

function unknown(): HttpError {
  return new HttpError("session_unknown", "the agent has no such response to go on from", {
    hint: 'responses are kept unless they are asked for with "store": false',
    param: "previous_response_id",
  });
}

/**
 * Where the answer ends whose request begins at `start`: behind all that assistant and tools said, up to where somebody
 * else speaks. Calls that the new request answers were the client's to make, so the answer ended with them.
 *
 * @param assistants how many of the request's own turns were the assistant's.
 */
function endOfAnswer(
  turns: readonly ChatMessage[],
  start: number,
  assistants: number,
  answered: ReadonlySet<string>,
): number {
  let at = start;
  for (let left = assistants; at < turns.length; at++) {
    if (turns[at]!.role === "assistant" && left-- === 0) break;
  }
  while (at < turns.length) {
    const { role, toolCalls = [] } = turns[at]!;
    if (role !== "assistant" && role !== "tool") break;
    at++;
    if (toolCalls.some(({ id }) => answered.has(id))) break;
  }
  return at;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}
