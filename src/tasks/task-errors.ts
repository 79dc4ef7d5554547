// What may be wrong with what somebody wants of a task.

import { HostError } from "../protocol/errors.ts";

export function unknownTask(taskId: string): HostError {
  return new HostError("task_unknown", `there is no task "${taskId.slice(0, 100)}"`, {
    hint: '"osaurus tasks list" shows those that there are',
  });
}

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

/** Ends a run from within whose task has come to its end meanwhile. */
export function interruptedError(): HostError {
  return new HostError("interrupted", "interrupted");
}
