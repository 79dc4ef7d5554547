// The entry in a task's feed that says that it goes on.

import type { TaskActivity } from "./task.ts";

/** After an answer. */
export function answeredActivity(): TaskActivity {
  return { kind: "info", title: "Resumed", timestamp: wholeSeconds() };
}

/** After its host had ended. */
export function resumedActivity(): TaskActivity {
  const detail = "The host had ended while the task ran; the task goes on where it was.";
  return { kind: "warning", title: "Resumed", detail, timestamp: wholeSeconds() };
}

/** As events tell a time. */
export function wholeSeconds(at = new Date()): string {
  return `${at.toISOString().slice(0, 19)}Z`;
}
