// How a task stands, in words and a colour.

import type { TaskStatus } from "../../../src/protocol/task.ts";
import { StatusBadge, type StatusTone } from "../parts/status-badge.tsx";

export const STATUS_WORDS: Readonly<Record<TaskStatus, string>> = {
  running: "Running",
  awaitingClarification: "Waits for an answer",
  completed: "Completed",
  failed: "Failed",
  cancelled: "Cancelled",
};

const TONES: Readonly<Record<TaskStatus, StatusTone>> = {
  running: "busy",
  awaitingClarification: "waiting",
  completed: "good",
  failed: "bad",
  cancelled: "off",
};

export function TaskStatusBadge({ status }: { readonly status: TaskStatus }) {
  return <StatusBadge tone={TONES[status]}>{STATUS_WORDS[status]}</StatusBadge>;
}
