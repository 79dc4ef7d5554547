// What a plugin reads of a task of its own: an object of task_status and list_active_tasks ("Osaurus: Host API", dispatch).

import { TASK_FEED_ENTRIES_MAX, TASK_OUTPUT_CHARS_MAX } from "../protocol/limits.ts";
import { sortedMembers } from "../protocol/sorted-members.ts";
import type { TaskActivity } from "../protocol/task.ts";
import type { TaskReport } from "./plugin-tasks.ts";
import { isObject } from "./request-members.ts";

/** @param isWhole otherwise the two texts that may be large are left out. */
export function taskMembers({ task, currentStep, activity }: TaskReport, isWhole = true): Record<string, unknown> {
  const { id, title, status } = task;
  const output = isWhole ? lastOf(task.output ?? "") : "";
  const draft = isWhole ? draftOf(task.draft) : undefined;
  return sortedMembers({
    id,
    title: title.toWellFormed(),
    status,
    ...(status === "running" ? running(currentStep, activity) : {}),
    ...(output === "" ? {} : { output }),
    ...(draft === undefined ? {} : { draft }),
    ...(status === "completed" || status === "failed" ? ended(task) : {}),
  });
}

function running(currentStep: string | null, activity: readonly TaskActivity[]): Readonly<Record<string, unknown>> {
  return {
    activity: activity.slice(-TASK_FEED_ENTRIES_MAX).map(entry),
    ...(currentStep === null ? {} : { current_step: currentStep }),
  };
}

function ended({ status, summary, sessionKey, sessionId }: TaskReport["task"]): Readonly<Record<string, unknown>> {
  return { session_id: sessionKey ?? sessionId, success: status === "completed", summary: summary ?? "" };
}

function entry({ kind, title, detail, timestamp }: TaskActivity): Readonly<Record<string, unknown>> {
  return { kind, title, timestamp, ...(detail === undefined ? {} : { detail }) };
}

/** What a long text ends with is what is new in it. */
function lastOf(text: string): string {
  return text.slice(-TASK_OUTPUT_CHARS_MAX).toWellFormed();
}

function draftOf(json: string | null): unknown {
  if (json === null) return undefined;
  try {
    const draft: unknown = JSON.parse(json);
    return isObject(draft) ? draft : undefined;
  } catch {
    return undefined;
  }
}
