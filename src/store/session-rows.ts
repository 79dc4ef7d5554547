// The rows of sessions and turns, and what is made of them. A turn is kept as the JSON text of a ChatMessage; what comes
// back from the file is looked at like anything else that somebody else may have written.

import * as z from "zod/mini";
import { HostError } from "../protocol/errors.ts";
import type { ChatMessage } from "../protocol/inference.ts";
import { isTooDeep } from "../protocol/json-bounds.ts";
import { SESSION_CHARS_MAX, SESSION_TURNS_MAX } from "../protocol/limits.ts";
import type { Sqlite } from "./control-db.ts";

/** Turns are numbered without gaps: the last number says how many there are, without reading them. */
export const SESSION_COLUMNS = `id, agent_id AS agentId, plugin_id AS pluginId, external_key AS externalKey, title,
  created_at AS createdAt, updated_at AS updatedAt,
  (SELECT ifnull(max(seq), 0) FROM turns WHERE session_id = sessions.id) AS turnCount`;

const Turn = z.object({
  role: z.enum(["system", "developer", "user", "assistant", "tool"]),
  content: z.union([z.string(), z.array(z.looseObject({ type: z.string() })), z.null()]),
  name: z.optional(z.string()),
  toolCalls: z.optional(z.array(z.object({ id: z.string(), name: z.string(), arguments: z.string() }))),
  toolCallId: z.optional(z.string()),
  reasoning: z.optional(z.string()),
});

/**
 * Which turns of a session: those that one writer added; or all that it goes on from, which is without what others added
 * behind the last thing that it was asked, the runs for instance that its tools asked for.
 */
export type TurnChoice = { readonly by: string } | { readonly seenBy: string };

const SEEN = `AND (written_by = @writer OR seq < ifnull(
  (SELECT seq FROM turns WHERE session_id = @id AND written_by = @writer AND message ->> 'role' = 'user'
   ORDER BY seq DESC LIMIT 1), 9e15))`;

/** The newest turns within the limits, in order. Throws `store_broken`. */
export function readTurns(sqlite: Sqlite, id: string, choice?: TurnChoice): ChatMessage[] {
  const [which, writer] =
    choice === undefined
      ? ["", null]
      : "by" in choice
        ? ["AND written_by = @writer", choice.by]
        : [SEEN, choice.seenBy];
  const newestFirst = sqlite
    .prepare(`SELECT message FROM turns WHERE session_id = @id ${which} ORDER BY seq DESC LIMIT @max`)
    .pluck()
    .iterate({ id, max: SESSION_TURNS_MAX + 1, ...(writer === null ? {} : { writer }) }) as IterableIterator<string>;
  const turns: ChatMessage[] = [];
  let chars = 0;
  let isCut = false;
  for (const text of newestFirst) {
    chars += text.length;
    isCut = turns.length === SESSION_TURNS_MAX || chars > SESSION_CHARS_MAX;
    if (isCut) break;
    turns.push(parseTurn(text, id));
  }
  turns.reverse();
  // Results whose calls were cut off are answers to nothing, which models' servers refuse.
  const first = isCut ? turns.findIndex(({ role }) => role !== "tool") : 0;
  return first === -1 ? [] : turns.slice(first);
}

/** The text of a turn as it is kept. Throws `request_invalid` for one that could not be read again. */
export function turnText(turn: ChatMessage): string {
  const text = JSON.stringify(turn);
  if (!isTooDeep(text)) return text;
  throw new HostError("request_invalid", "a message is nested too deeply");
}

function parseTurn(text: string, sessionId: string): ChatMessage {
  try {
    return z.parse(Turn, JSON.parse(text)) as ChatMessage;
  } catch (error) {
    throw new HostError("store_broken", `a turn of the session "${sessionId}" cannot be read`, {
      hint: `"osaurus sessions delete ${sessionId}" removes the session`,
      cause: error,
    });
  }
}
