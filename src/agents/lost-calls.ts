// Calls that a tool gave no answer to, and what a model is told of each: no more than is known. Also finds them at the end
// of a transcript whose run was cut off, with the question that it may have ended with.

import type { ChatMessage, ModelToolCall } from "../protocol/inference.ts";
import type { Clarification } from "../protocol/task.ts";
import { type FailureFacts, toolFailure } from "../tools/envelope.ts";
import { AWAITING_ANSWER, questionIn } from "./clarify.ts";
import { framed } from "./untrusted-text.ts";

/** The run was ended before the tool was asked. */
export const NEVER_MADE: FailureFacts = {
  kind: "execution_error",
  code: "interrupted",
  message: "the run was ended before this call was made",
  retryable: true,
};

/** The run was ended while the tool was working. */
export const CUT_OFF: FailureFacts = {
  kind: "execution_error",
  code: "interrupted",
  message: "the run was ended before the tool answered; whether it did its work is not known",
  retryable: false,
};

const LOST: FailureFacts = {
  kind: "execution_error",
  code: "interrupted",
  message: "the host ended before the tool answered; whether it did its work is not known, and it was not called again",
  retryable: false,
};

/** What a model is given as the result of a call that came to nothing. */
export function failureForModel(tool: string, facts: FailureFacts): string {
  return framed(JSON.stringify(toolFailure(tool, facts)));
}

/** The calls in a transcript that have no result behind them. */
export function unansweredCalls(turns: readonly ChatMessage[]): readonly ModelToolCall[] {
  // Ids may come again: then the call that was made last is meant.
  const open = new Map<string | undefined, ModelToolCall>();
  for (const { role, toolCallId, toolCalls = [] } of turns) {
    if (role === "tool") open.delete(toolCallId);
    for (const call of toolCalls) open.set(call.id, call);
  }
  return [...open.values()];
}

/** The result of a call that was open when its host ended. */
export function resultOfLostCall({ id, name }: ModelToolCall): ChatMessage {
  return { role: "tool", toolCallId: id, name, content: failureForModel(name, LOST) };
}

/** What the transcript's last answer asked, where nobody has said anything since. */
export function questionAtEnd(turns: readonly ChatMessage[]): Clarification | undefined {
  const last = turns.at(-1);
  if (last?.role !== "tool" || last.content !== AWAITING_ANSWER) return undefined;
  const asking = turns.findLast(({ role }) => role === "assistant");
  const call = asking?.toolCalls?.find(({ id }) => id === last.toolCallId);
  const question = call === undefined ? undefined : questionIn(call.arguments);
  return question === undefined || "kind" in question ? undefined : question;
}
