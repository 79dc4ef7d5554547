// What becomes of a round whose host ended in the middle of it. The transcript says how far it had come: an answer that is
// there is not asked for again, a question that was put waits for its answer, and a call whose result is not there is never
// made again, because nobody knows what it did.

import { questionAtEnd, resultOfLostCall, unansweredCalls } from "../agents/lost-calls.ts";
import type { ChatMessage } from "../protocol/inference.ts";
import type { Task, TaskActivity } from "../protocol/task.ts";
import { asks, completed, type TaskEnding, wholeSeconds } from "./task-ending.ts";

export interface Resuming {
  /** It had come to its end; only that was not written any more. */
  readonly verdict: TaskEnding | undefined;
  /** Results of calls that have none, before the model is asked again. */
  readonly results: readonly ChatMessage[];
}

/** @param turns the transcript of its session, when it is the round's turn there. */
export function howToResume(task: Task, turns: readonly ChatMessage[]): Resuming {
  const results = unansweredCalls(turns).map(resultOfLostCall);
  // With a prompt that does not stand there yet, the round had not come to its turn: what stands there is older.
  return { verdict: task.prompt === null ? verdictOf(task, turns) : undefined, results };
}

export function resumedActivity(): TaskActivity {
  const detail = "The host had ended while the task ran; the task goes on where it was.";
  return { kind: "warning", title: "Resumed", detail, timestamp: wholeSeconds() };
}

function verdictOf(task: Task, turns: readonly ChatMessage[]): TaskEnding | undefined {
  const question = questionAtEnd(turns);
  if (question !== undefined) return asks(task, question, textOf(turns.findLast(isAssistant)));
  const last = turns.at(-1);
  if (last === undefined || !isAssistant(last) || (last.toolCalls ?? []).length > 0) return undefined;
  return completed(task, textOf(last));
}

function isAssistant({ role }: ChatMessage): boolean {
  return role === "assistant";
}

function textOf(turn: ChatMessage | undefined): string {
  return typeof turn?.content === "string" ? turn.content : "";
}
