// Opens what runs tasks (`src/tasks/task-service.ts` has its words), and puts it together with the rest of the host.

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { AgentRunner } from "../agents/run-request.ts";
import type { Paths } from "../base/paths.ts";
import type { PluginTasks } from "../host-api/plugin-tasks.ts";
import { createRateWindow } from "../host-api/rate-window.ts";
import { isPlainName, toolsFolder } from "../plugins/native/tools-folder.ts";
import type { Agent } from "../protocol/agent.ts";
import { HostError, toHostError } from "../protocol/errors.ts";
import { TASK_DISPATCH_WINDOW_MS, TASK_DISPATCHES_MAX } from "../protocol/limits.ts";
import type { ControlDb } from "../store/control-db.ts";
import { type NewTask, TaskStore } from "../store/tasks.ts";
import { endPluginTasks } from "../tasks/end-plugin-tasks.ts";
import { openPluginSide } from "../tasks/open-plugin-side.ts";
import { openTaskService } from "../tasks/open-task-service.ts";
import { TaskDeliveries } from "../tasks/task-deliveries.ts";
import { TaskDesk } from "../tasks/task-desk.ts";
import { newOwner } from "../tasks/task-owner.ts";
import type { TaskService } from "../tasks/task-service.ts";
import { TaskSlots } from "../tasks/task-slots.ts";
import { TaskWatch } from "../tasks/task-watch.ts";
import type { AgentsHost } from "./agents-host.ts";
import { withoutCaller } from "./caller-scope.ts";
import type { NativeHost } from "./native-host.ts";
import { TaskMarks } from "./task-marks.ts";
import { taskNews } from "./task-news.ts";

export interface TaskLimits {
  readonly runningMax: number;
  readonly runningPerAgentMax: number;
}

export interface TasksHostOptions {
  readonly paths: Pick<Paths, "data">;
  readonly db: ControlDb;
  readonly limits: TaskLimits;
  agents(): Promise<AgentsHost>;
  inference(): Promise<AgentRunner>;
  native(): Promise<NativeHost>;
  /** The host is stopped when this is aborted: what runs is left as it is, for the next one. */
  readonly signal: AbortSignal;
  /** What the user should know, a line. */
  note(text: string): void;
  /** A clock that never goes back, in milliseconds: for the limit of dispatches. */
  readonly clock?: (() => number) | undefined;
  /** See `RoundParts`. */
  readonly endRetriesMs?: readonly number[];
}

export interface TasksHost extends TaskService, Omit<PluginTasks, "cancel" | "interrupt"> {
  /** Goes on with what no host runs any more, now and from time to time; for hosts that follow. */
  takeUp(): Promise<void>;
  /** `PluginTasks.cancel`. */
  cancelOwn(pluginId: string, taskId: string): Promise<boolean>;
  /** `PluginTasks.interrupt`. */
  interruptOwn(pluginId: string, taskId: string, message: string | null): Promise<boolean>;
  /** The plugin was loaded: it is told what it was not told yet. */
  pluginLoaded(pluginId: string): void;
  /** The plugin is removed: what it still runs is cancelled, and where it is still loaded, it is told so. */
  forgetPlugin(pluginId: string): Promise<void>;
  /**
   * Resolves when nothing runs any more; the options' `signal` must be aborted by now. Safe to call twice.
   *
   * @param options `atOnce`: without the time that plugins get to finish with what they are told.
   */
  stop(options?: { atOnce?: boolean }): Promise<void>;
}

/** Opens nothing yet. */
export function openTasks(options: TasksHostOptions): TasksHost {
  const { db, signal, note } = options;
  const store = new TaskStore(db);
  const owner = newOwner();
  const marks = new TaskMarks(options.paths, owner);
  const isGone = (one: string) => marks.isGone(one);
  const rate = createRateWindow({
    requestsMax: TASK_DISPATCHES_MAX,
    windowMs: TASK_DISPATCH_WINDOW_MS,
    ...(options.clock === undefined ? {} : { now: options.clock }),
  });
  const deliveries = new TaskDeliveries({
    ...taskNews(options.native),
    store,
    owner,
    isGone,
    note,
    claimed: (tasks) => desk.book.park(tasks),
    // A host that only told it is not to keep the task from one that goes on with it.
    rested: (task) => void (watch.follows || desk.giveBack(task)),
  });
  const desk = new TaskDesk({
    store,
    deliveries,
    owner,
    isGone,
    slots: new TaskSlots(options.limits.runningMax, options.limits.runningPerAgentMax),
    signal,
    note,
    endRetriesMs: options.endRetriesMs,
    // A task outlives whoever was served when it was dispatched.
    runner: async () => ({ run: (request) => withoutCaller(async () => (await options.inference()).run(request)) }),
    agent: async (agentId) => await agentOf(await options.agents(), agentId),
    instructions: async (pluginId) => await withoutCaller(() => instructionsOf(options, pluginId)),
    opened() {
      marks.set();
      watch.wake();
    },
  });
  const watch = new TaskWatch({ store, owner, isGone, desk, signal });
  const service = openTaskService({ store, desk, deliveries, owner, isGone, signal });
  let stopped: Promise<void> | undefined;
  const { cancel: cancelOwn, interrupt: interruptOwn, ...pluginSide } = openPluginSide(store, desk);
  async function stop(how: { atOnce?: boolean } = {}): Promise<void> {
    await watch.stop();
    await desk.settled();
    await desk.book.written();
    await deliveries.stop(how);
    let isAnyLeft = true;
    try {
      await store.release(owner);
      isAnyLeft = (await store.untoldPlugins()).some((id) => isInstalled(options.paths, id));
    } catch (error) {
      // When this process has ended, other hosts see that it has.
      note(`tasks are not given up for now: ${toHostError(error).message}`);
    }
    marks.end(isAnyLeft);
  }

  return {
    ...service,
    ...pluginSide,
    cancelOwn,
    interruptOwn,
    get running() {
      return service.running;
    },
    async dispatch({ agent, sessionKey = null, instructions, ...request }) {
      const { pluginId } = request;
      const retryMs = rate.admit(`${pluginId}\n${agent.id}`);
      if (retryMs > 0) throw tooOften(retryMs);
      const wish: NewTask = { ...request, agentId: agent.id, sessionKey, owner };
      const { task, how } = await desk.dispatch(wish, { agent, instructions });
      // What another host tells the plugin is not held back here.
      return { id: task.id, release: () => void (how === "elsewhere" || deliveries.release(task.id)) };
    },
    pluginLoaded: (pluginId) => deliveries.pluginLoaded(pluginId),
    takeUp: () => watch.follow(),
    async forgetPlugin(pluginId) {
      await endPluginTasks({ store, desk, deliveries, signal }, pluginId);
      await desk.forgetPlugin(pluginId);
    },
    stop(how) {
      stopped ??= stop(how);
      return stopped;
    },
  };
}

/** One that was loaded without being installed need not come again to be told what is left. */
function isInstalled(paths: Pick<Paths, "data">, pluginId: string): boolean {
  return isPlainName(pluginId) && existsSync(join(toolsFolder(paths), pluginId));
}

/** Undefined when it was deleted. */
async function agentOf(agents: AgentsHost, agentId: string): Promise<Agent | undefined> {
  try {
    return await agents.find(agentId);
  } catch (error) {
    if (error instanceof HostError && error.code === "agent_unknown") return undefined;
    throw error;
  }
}

/** What the plugin adds to the system prompt; without the plugin, nothing. Its tools are needed as well: it is loaded. */
async function instructionsOf(options: TasksHostOptions, pluginId: string): Promise<string | undefined> {
  try {
    const native = await options.native();
    const plugin = native.ownerOfTasks(pluginId) ?? (await native.plugin(pluginId));
    return (await plugin.ready()).manifest.instructions;
  } catch {
    return undefined;
  }
}

function tooOften(retryMs: number): HostError {
  return new HostError("rate_limited", `Dispatch rate limit (${TASK_DISPATCHES_MAX}/min) exceeded`, {
    hint: `try again in ${Math.ceil(retryMs / 1000)} s`,
    details: { retry_after_ms: retryMs },
  });
}
