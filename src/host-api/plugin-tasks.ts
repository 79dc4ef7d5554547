// What the host's tasks are for one native plugin: the interface between the functions that plugins call and whoever runs
// tasks. The host wires both together; neither imports the other.

import type { Agent } from "../protocol/agent.ts";
import type { Task, TaskActivity } from "../protocol/task.ts";

/** A dispatch, as its request says it, checked. */
export interface TaskRequest {
  readonly pluginId: string;
  readonly agent: Agent;
  /** Not blank. */
  readonly prompt: string;
  readonly title: string | undefined;
  /** A UUID that the plugin would like; only a wish. */
  readonly id: string | undefined;
  readonly sessionKey: string | undefined;
  /** Tool ids of the plugin itself. */
  readonly tools: readonly string[];
  /** The manifest's `instructions`. */
  readonly instructions: string | undefined;
}

export interface Dispatched {
  readonly id: string;
  /** From now on the plugin is told of the task's events. To be called once, whatever became of the plugin. */
  release(): void;
}

/** What `task_status` tells: `task` with the newest facts, and its feed. */
export interface TaskReport {
  readonly task: Task;
  readonly currentStep: string | null;
  /** The newest TASK_FEED_ENTRIES_MAX, oldest first. */
  readonly activity: readonly TaskActivity[];
}

/** All ids are taken in any case of letters. What is not the plugin's own is not there for it. */
export interface PluginTasks {
  /** Fails with `rate_limited`, `task_limit_reached`. */
  dispatch(request: TaskRequest): Promise<Dispatched>;
  report(pluginId: string, taskId: string): Promise<TaskReport | undefined>;
  /** Those that are not over, oldest first. Behind TASKS_REPORTED_CHARS_MAX characters, without output and draft. */
  active(pluginId: string): Promise<readonly TaskReport[]>;
  /** False: there is no such task. One that is over stays as it is. Counts at once, whenever this resolves. */
  cancel(pluginId: string, taskId: string): Promise<boolean>;
  /** The same. The message is trimmed; a blank one is none. */
  interrupt(pluginId: string, taskId: string, message: string | null): Promise<boolean>;
  /** False: there is no such task, or it is over. */
  draft(pluginId: string, taskId: string, json: string): Promise<boolean>;
}
