// How a task stands, in a word and a colour.

import { Badge } from "@mantine/core";
import type { TaskStatus } from "../../../src/protocol/task.ts";

export const STATUS_WORDS: Readonly<Record<TaskStatus, string>> = {
  running: "Running",
  awaitingClarification: "Waits for an answer",
  completed: "Completed",
  failed: "Failed",
  cancelled: "Cancelled",
};

const COLORS: Readonly<Record<TaskStatus, string>> = {
  running: "blue.9",
  awaitingClarification: "#ad3a00",
  completed: "#1f7a33",
  failed: "red.9",
  cancelled: "gray.8",
};

export function StatusBadge({ status }: { readonly status: TaskStatus }) {
  return (
    <Badge color={COLORS[status]} variant="filled" tt="none" fw={600} style={{ flexShrink: 0 }}>
      {STATUS_WORDS[status]}
    </Badge>
  );
}
