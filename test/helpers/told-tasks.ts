// Tasks that do what a test tells them, in place of those that agents run.

import type { PluginTasks, TaskReport, TaskRequest } from "../../src/host-api/plugin-tasks.ts";
import { isOver, type Task } from "../../src/protocol/task.ts";

export const TASK = "CCCCCCCC-0000-0000-0000-000000000003";
export const OTHER_TASK = "DDDDDDDD-0000-0000-0000-000000000004";

interface Told {
  /** The id of the task that it comes to; TASK when left out. */
  dispatch?(request: TaskRequest): Promise<string> | string;
  /** All there are, of any plugin. */
  readonly reports?: readonly TaskReport[];
}

export interface ToldTasks extends PluginTasks {
  /** What was dispatched, in order. */
  readonly dispatched: TaskRequest[];
  /** Ids of those that their plugin may hear of. */
  readonly released: string[];
  /** What else was asked for, in order. */
  readonly asked: (readonly [what: string, ...given: unknown[]])[];
}

export function toldTasks({ dispatch = () => TASK, reports = [] }: Told = {}): ToldTasks {
  const dispatched: TaskRequest[] = [];
  const released: string[] = [];
  const asked: ToldTasks["asked"] = [];
  const ownOf = (pluginId: string, id: string) =>
    reports.find(({ task }) => task.pluginId === pluginId && task.id === id.toUpperCase());
  return {
    dispatched,
    released,
    asked,
    async dispatch(request) {
      dispatched.push(request);
      const id = await dispatch(request);
      return { id, release: () => released.push(id) };
    },
    report: async (pluginId, id) => ownOf(pluginId, id),
    active: async (pluginId) => reports.filter(({ task }) => task.pluginId === pluginId && !isOver(task)),
    async cancel(pluginId, id) {
      asked.push(["cancel", pluginId, id]);
      return ownOf(pluginId, id) !== undefined;
    },
    async interrupt(pluginId, id, message) {
      asked.push(["interrupt", pluginId, id, message]);
      return ownOf(pluginId, id) !== undefined;
    },
    async draft(pluginId, id, json) {
      asked.push(["draft", pluginId, id, json]);
      const report = ownOf(pluginId, id);
      return report !== undefined && !isOver(report.task);
    },
  };
}

/** A task of the plugin `p` that runs; members that are given are those of the report or of its task. */
export function reportOf(
  task: Partial<Task> = {},
  more: Partial<Pick<TaskReport, "currentStep" | "activity">> = {},
): TaskReport {
  return { task: { ...RUNNING, ...task }, currentStep: null, activity: [], ...more };
}

/** A task that runs. */
export const RUNNING: Task = {
  id: TASK,
  pluginId: "p",
  agentId: "AAAAAAAA-0000-0000-0000-000000000001",
  sessionId: "EEEEEEEE-0000-0000-0000-000000000005",
  sessionKey: null,
  title: "Chat",
  status: "running",
  round: 1,
  prompt: null,
  tools: [],
  createdAt: "2026-01-01T00:00:00.000Z",
  updatedAt: "2026-01-01T00:00:00.000Z",
  endedAt: null,
  output: null,
  draft: null,
  summary: null,
  errorCode: null,
  question: null,
  artifacts: [],
  resumes: 0,
  owner: null,
};
