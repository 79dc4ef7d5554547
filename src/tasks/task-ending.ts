// How a round of a task ends, or stops to ask: what changes in its row, and the event that tells it.

import type { ErrorCode } from "../protocol/errors.ts";
import type { RunOutcome } from "../protocol/inference.ts";
import { TASK_OUTPUT_CHARS_MAX } from "../protocol/limits.ts";
import type { Clarification, Task } from "../protocol/task.ts";
import type { NewTaskEvent, TaskChange } from "../store/tasks.ts";

export interface TaskEnding {
  readonly change: TaskChange;
  readonly event: NewTaskEvent;
}

/** What plugins are told when nothing else is to be said. */
const COMPLETED = "Chat completed";

/** What a run came to. `said`: the last text of the assistant before the one in the outcome. */
export function endingOf(task: Task, outcome: RunOutcome, said: string): TaskEnding {
  const { finish, content, error, question } = outcome;
  const output = content === "" ? said : content;
  if (finish === "clarification" && question !== undefined) return asks(task, question, output);
  if (finish === "stop" || finish === "length") return completed(task, output);
  if (finish === "max_iterations") {
    return failed(task, "max_iterations_reached", "The agent reached the limit of calls of the model", output);
  }
  if (finish === "content_filter") {
    return failed(task, "task_failed", "The model's server held back the answer", output);
  }
  return failed(task, error?.code ?? "task_failed", error?.message ?? "The agent did not finish", output);
}

export function completed(task: Task, output: string): TaskEnding {
  return over(task, "completed", COMPLETED, null, output);
}

export function failed(task: Task, code: ErrorCode, summary: string, output: string): TaskEnding {
  return over(task, "failed", summary, code, output);
}

/** What there is by then stays. Plugins get it when they ask; the event says no more than that it is over. */
export function cancelled({ title, artifacts }: Task, output = ""): TaskEnding {
  const facts = { status: "cancelled", summary: "Cancelled", question: null, artifacts, endedAt: now() } as const;
  return { change: { ...facts, ...outputOf(output) }, event: { kind: "cancelled", payload: { title } } };
}

/** No end: the task waits for an answer. */
export function asks({ artifacts }: Task, question: Clarification, output: string): TaskEnding {
  return {
    change: { status: "awaitingClarification", question, artifacts, ...outputOf(output) },
    event: { kind: "clarification", payload: { ...question } },
  };
}

/** By what a plugin finds the session again. */
function sessionName({ sessionKey, sessionId }: Task): string {
  return sessionKey ?? sessionId;
}

/** The end of a text that is too long, not begun within a character. */
export function newestText(text: string): string {
  if (text.length <= TASK_OUTPUT_CHARS_MAX) return text;
  return text.slice(-TASK_OUTPUT_CHARS_MAX).replace(/^[\udc00-\udfff]/, "");
}

function over(
  task: Task,
  kind: "completed" | "failed",
  summary: string,
  errorCode: ErrorCode | null,
  text: string,
): TaskEnding {
  const { output } = outputOf(text);
  const { title, artifacts } = task;
  return {
    change: { status: kind, summary, errorCode, question: null, artifacts, endedAt: now(), ...outputOf(text) },
    event: {
      kind,
      payload: {
        success: kind === "completed",
        summary,
        title,
        session_id: sessionName(task),
        ...(output === undefined ? {} : { output }),
        ...(artifacts.length > 0 ? { artifacts } : {}),
      },
    },
  };
}

function outputOf(text: string): { readonly output?: string } {
  return text === "" ? {} : { output: newestText(text) };
}

function now(): string {
  return new Date().toISOString();
}
