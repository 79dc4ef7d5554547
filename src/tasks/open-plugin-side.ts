// Tasks as the plugin knows them that dispatched them: what is not its own is not there for it.

import { isTooDeep } from "../protocol/json-bounds.ts";
import {
  TASK_DRAFT_CHARS_MAX,
  TASK_FEED_ENTRIES_MAX,
  TASKS_LISTED_MAX,
  TASKS_REPORTED_CHARS_MAX,
} from "../protocol/limits.ts";
import { isOver, type Task, type TaskActivity } from "../protocol/task.ts";
import type { TaskStore } from "../store/tasks.ts";
import type { TaskDesk } from "./task-desk.ts";

/** What a plugin reads of a task. */
interface OwnTaskReport {
  readonly task: Task;
  readonly currentStep: string | null;
  readonly activity: readonly TaskActivity[];
}

export interface PluginSide {
  report(pluginId: string, taskId: string): Promise<OwnTaskReport | undefined>;
  active(pluginId: string): Promise<readonly OwnTaskReport[]>;
  cancel(pluginId: string, taskId: string): Promise<boolean>;
  interrupt(pluginId: string, taskId: string, message: string | null): Promise<boolean>;
  draft(pluginId: string, taskId: string, json: string): Promise<boolean>;
}

export function openPluginSide(store: TaskStore, desk: TaskDesk): PluginSide {
  async function own(pluginId: string, taskId: string): Promise<Task | undefined> {
    const task = await store.byId(taskId);
    return task?.pluginId === pluginId ? desk.book.newest(task) : undefined;
  }

  async function reportOf(found: Task): Promise<OwnTaskReport> {
    const round = isOver(found) ? undefined : desk.book.round(found.id);
    const output = round?.facts.output ?? found.output;
    const activity = isOver(found) ? [] : await store.feed(found.id, TASK_FEED_ENTRIES_MAX);
    return { task: { ...found, output }, currentStep: round?.facts.currentStep ?? null, activity };
  }

  return {
    async report(pluginId, taskId) {
      const task = await own(pluginId, taskId);
      return task === undefined ? undefined : await reportOf(task);
    },
    async active(pluginId) {
      const statuses = ["running", "awaitingClarification"] as const;
      const tasks = await store.list({ pluginId, statuses, limit: TASKS_LISTED_MAX });
      const reports: OwnTaskReport[] = [];
      let chars = 0;
      for (const listed of tasks.toReversed()) {
        // Texts that there is no room for are not even read.
        const found = chars > TASKS_REPORTED_CHARS_MAX ? listed : await store.byId(listed.id);
        if (found === undefined || isOver(desk.book.newest(found))) continue;
        const report = await reportOf(desk.book.newest(found));
        chars += (report.task.output?.length ?? 0) + (report.task.draft?.length ?? 0);
        reports.push(report);
      }
      return reports;
    },
    async cancel(pluginId, id) {
      const taskId = id.toUpperCase();
      const outcome = await desk.cancel(taskId, pluginId);
      if (outcome === "elsewhere") await desk.passOn(taskId, { kind: "cancel" });
      return outcome !== "unknown";
    },
    async interrupt(pluginId, id, message) {
      const taskId = id.toUpperCase();
      const text = message?.trim() || undefined;
      const outcome = await desk.interrupt(taskId, pluginId, text);
      if (outcome === "elsewhere") return await desk.passOn(taskId, { kind: "interrupt", message: text });
      return outcome === "done" || outcome === "over";
    },
    async draft(pluginId, id, json) {
      if (json.length > TASK_DRAFT_CHARS_MAX) return false;
      const draft = objectOf(json);
      const payload = draft === undefined ? {} : { draft };
      return await desk.draft(id.toUpperCase(), pluginId, { json: draft === undefined ? undefined : json, payload });
    },
  };
}

/** Undefined for what is no JSON text of an object. */
function objectOf(json: string): object | undefined {
  if (isTooDeep(json)) return undefined;
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
