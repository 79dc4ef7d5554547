// Keeps a conversation in a form that models take: what is sent again fits, each call has its result, and no result is
// without its call.

import type { ChatMessage } from "../protocol/inference.ts";
import { charsOf } from "./model-answer.ts";

/** The newest turns within so many characters. Begins with a user's: half an exchange means nothing to a model. */
export function newestTurns(turns: readonly ChatMessage[], charsMax: number): readonly ChatMessage[] {
  let chars = 0;
  let from = turns.length;
  while (from > 0) {
    chars += charsOf(turns[from - 1]!);
    if (chars > charsMax) break;
    from--;
  }
  return from === 0 ? turns : fromUser(turns.slice(from));
}

/** The newer half of the turns; nothing when there is only one exchange. */
export function newerHalf(turns: readonly ChatMessage[]): readonly ChatMessage[] {
  return fromUser(turns.slice(Math.max(1, Math.ceil(turns.length / 2))));
}

function fromUser(turns: readonly ChatMessage[]): readonly ChatMessage[] {
  const first = turns.findIndex(({ role }) => role === "user");
  return first === -1 ? [] : turns.slice(first);
}

const NOT_MADE = "Nobody made this call.";

/**
 * The conversation as models take it. Calls that were never answered, because a run ended before, get a result that says
 * so; results of no call in sight are left out; what the model thought is not sent again.
 */
export function mended(messages: readonly ChatMessage[]): ChatMessage[] {
  const whole: ChatMessage[] = [];
  let open = new Map<string, string>();
  const closeOpen = () => {
    for (const [toolCallId, name] of open) whole.push({ role: "tool", toolCallId, name, content: NOT_MADE });
    open = new Map();
  };
  for (const message of messages) {
    if (message.role === "tool") {
      const id = message.toolCallId ?? "";
      if (!open.delete(id)) continue;
      whole.push(message);
      continue;
    }
    closeOpen();
    const { reasoning: _thought, ...sent } = message;
    whole.push(sent);
    for (const call of message.toolCalls ?? []) open.set(call.id, call.name);
  }
  closeOpen();
  return whole;
}
