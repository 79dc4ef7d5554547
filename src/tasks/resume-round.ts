// What becomes of a round whose host ended in the middle of it. What it added to the transcript says how far it had come: an answer that is
// there is not asked for again, a question that was put waits for its answer, and a call whose result is not there is never
// made again, because nobody knows what it did.

import { questionAtEnd, resultOfLostCall, unansweredCalls } from "../agents/lost-calls.ts";
import type { ChatMessage } from "../protocol/inference.ts";
import type { Task } from "../protocol/task.ts";
import { asks, completed, type TaskEnding } from "./task-ending.ts";

export interface Resuming {
  /** It had come to its end; only that was not written any more. */
  readonly verdict: TaskEnding | undefined;
  /** Results of calls that have none, before the model is asked again. */
  readonly results: readonly ChatMessage[];
}

/** @param turns what the round itself added to the transcript of its session: what others said there says nothing of it. */
export function howToResume(task: Task, turns: readonly ChatMessage[]): Resuming {
  const results = unansweredCalls(turns).map(resultOfLostCall);
  return { verdict: results.length === 0 ? verdictOf(task, turns) : undefined, results };
}

function verdictOf(task: Task, turns: readonly ChatMessage[]): TaskEnding | undefined {
  const question = questionAtEnd(turns);
  if (question !== undefined) return asks(task, question, textOf(turns.findLast(isAssistant)));
  const last = turns.at(-1);
  if (last === undefined || !isAssistant(last)) return undefined;
  return completed(task, textOf(last));
}

function isAssistant({ role }: ChatMessage): boolean {
  return role === "assistant";
}

function textOf(turn: ChatMessage | undefined): string {
  return typeof turn?.content === "string" ? turn.content : "";
}
