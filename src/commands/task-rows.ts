// Tasks as rows of commands, and what their options name.

import { type JsonObject, type OrderedJson, parseOrderedJson } from "../base/ordered-json.ts";
import type { Host } from "../host/create-host.ts";
import { HostError } from "../protocol/errors.ts";
import { TASK_STATUSES, type TaskEvent, type TaskStatus } from "../protocol/task.ts";
import {
  keptEventDocument,
  type TaskFacts,
  taskDocument,
  taskEventDocument,
  taskRow,
} from "../protocol/task-document.ts";
import type { Row } from "../terminal/rows.ts";
import { showHidden } from "../terminal/show-hidden.ts";
import { rowOf } from "./show-rows.ts";

export type Tasks = Awaited<ReturnType<Host["tasks"]>>;

/** The task as a list has it. */
export function listedTask(task: TaskFacts): Row {
  return json(taskRow(task)) as JsonObject;
}

/** All of the task. */
export function wholeTask(task: TaskFacts): Row {
  return json(taskDocument(task)) as JsonObject;
}

/** What people see of it in a list. */
export function shownTask(task: TaskFacts): Row {
  return rowOf({
    id: task.id,
    title: showHidden(task.title),
    status: statusText(task),
    plugin_id: task.pluginId,
    current_step: task.currentStep ?? "",
    updated_at: task.updatedAt,
  });
}

export function eventRow(event: TaskEvent): Row {
  return json(taskEventDocument(event)) as JsonObject;
}

export function keptEventRow(event: TaskEvent): Row {
  return json(keptEventDocument(event)) as JsonObject;
}

/** What people read in place of the status. */
export function statusText({ status, isServed }: Pick<TaskFacts, "status" | "isServed">): string {
  if (status === "awaitingClarification") return "waits for an answer";
  return status === "running" && !isServed ? "running, but no host is" : status;
}

/** A status by its name, however it is spelled. Throws `usage_invalid`. */
export function statusNamed(text: string): TaskStatus {
  const plain = (one: string) => one.toLowerCase().replaceAll(/[-_]/g, "");
  const status = TASK_STATUSES.find((one) => plain(one) === plain(text));
  if (status !== undefined) return status;
  throw new HostError("usage_invalid", `--status takes ${TASK_STATUSES.join(", ")}, not "${text}"`);
}

function json(document: unknown): OrderedJson {
  return parseOrderedJson(JSON.stringify(document));
}
