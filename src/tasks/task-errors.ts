// What may be wrong with what somebody wants of a task.

import { HostError } from "../protocol/errors.ts";
import type { Task } from "../protocol/task.ts";

export function overTask(taskId: string): HostError {
  return new HostError("task_over", `the task "${taskId}" is over`, {
    hint: `"osaurus tasks show ${taskId}" says how`,
  });
}

export function notWaiting(taskId: string): HostError {
  return new HostError("task_not_waiting", `the task "${taskId}" does not wait for an answer`, {
    hint: `"osaurus tasks follow ${taskId}" shows what it does`,
  });
}

export function tooManyTasks(): HostError {
  return new HostError("task_limit_reached", "as many tasks run as may run at once", {
    hint: "try again when one of them is over, or raise extensions.tasks.max_running",
  });
}

export function tooManyMessages(taskId: string): HostError {
  return new HostError("task_limit_reached", `too many messages wait for the task "${taskId}"`, {
    hint: "try again without a message, or cancel the task",
  });
}

export function unkeptEnd({ id, summary }: Task): HostError {
  return new HostError("store_broken", `how the task "${id}" ended (${summary}) could not be written yet`, {
    hint: 'its host goes on trying; "osaurus doctor" says whether the control database is whole',
  });
}

/** Ends a run from within whose task has come to its end meanwhile. */
export function interruptedError(): HostError {
  return new HostError("interrupted", "interrupted");
}
