// task_status and list_active_tasks: what became of the tasks that a plugin started ("Osaurus: Host API", dispatch). Those
// of others are not there for it.

import { isUuid } from "../protocol/agent-id.ts";
import type { HostCall } from "../protocol/host-slots.ts";
import { TASKS_REPORTED_CHARS_MAX } from "../protocol/limits.ts";
import type { TasksServed } from "./create-host-api.ts";
import { type HostAnswer, refusal } from "./host-answer.ts";
import type { TaskReport } from "./plugin-tasks.ts";
import { taskMembers } from "./task-report.ts";

const GONE = refusal("context_unavailable", "The plugin is gone.");

export async function taskStatus(call: HostCall, deps: TasksServed): Promise<HostAnswer> {
  const [id] = call.args;
  if (typeof id !== "string") return { text: null };
  if (!isUuid(id)) return refusal("invalid_task_id", "The id of a task is a UUID.");
  if (!(await call.room())) return GONE;
  const report = await deps.tasks.report(deps.pluginId ?? deps.placeId, id);
  if (report === undefined) return refusal("not_found", "There is no such task of this plugin.");
  return { text: JSON.stringify(taskMembers(report)) };
}

export async function listActiveTasks(call: HostCall, deps: TasksServed): Promise<HostAnswer> {
  if (!(await call.room())) return GONE;
  const reports = await deps.tasks.active(deps.pluginId ?? deps.placeId);
  return { text: JSON.stringify({ tasks: membersOf(reports) }) };
}

/** All of them; from where the answer grows too large on, without the texts that make it so. */
function membersOf(reports: readonly TaskReport[]): object[] {
  let chars = 0;
  return reports.map((report) => {
    chars += (report.task.output?.length ?? 0) + (report.task.draft?.length ?? 0);
    return taskMembers(report, chars <= TASKS_REPORTED_CHARS_MAX);
  });
}
