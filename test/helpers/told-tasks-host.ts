// What runs tasks, with a model, a shelf and a plugin that are written down in the test. Tasks, sessions, agents and runs are
// the real ones; several on the same folder are like several hosts.

import { onTestFinished } from "vitest";
import type { ModelRequest } from "../../src/agents/model-service.ts";
import type { AgentRunner } from "../../src/agents/run-request.ts";
import type { Artifacts } from "../../src/agents/share-artifact.ts";
import { resolvePaths } from "../../src/base/paths.ts";
import { type AgentsHost, openAgents } from "../../src/host/agents-host.ts";
import { openInference } from "../../src/host/inference-host.ts";
import type { TaskNews } from "../../src/host/recorded-entries.ts";
import { openStores } from "../../src/host/stores.ts";
import { openTasks, type TaskLimits, type TasksHost } from "../../src/host/tasks-host.ts";
import type { Dispatched, TaskRequest } from "../../src/host-api/plugin-tasks.ts";
import type { TaskEventKind } from "../../src/protocol/task.ts";
import { type ControlDb, controlDb } from "../../src/store/control-db.ts";
import { tempDir } from "./temp-dir.ts";
import { shelfOf, type Tool, type Turn } from "./told-runs.ts";

export const PLUGIN = "test.plugin";

interface Told {
  readonly folder?: string;
  /** What the model answers, one after the other; the last again and again. */
  readonly turns?: readonly Turn[];
  readonly tools?: Readonly<Record<string, Tool>>;
  readonly limits?: Partial<TaskLimits>;
  /** Where files go that tasks share; without it, none do. */
  readonly artifacts?: Artifacts;
  /** Between two tries to write how a round ended. */
  readonly endRetriesMs?: readonly number[];
  /** In place of the control database itself. */
  db?(db: ControlDb): ControlDb;
}

export interface ToldTasksHost {
  readonly host: TasksHost;
  readonly agents: AgentsHost;
  /** Runs as plugins ask for them. */
  readonly inference: AgentRunner;
  readonly db: ControlDb;
  readonly folder: string;
  /** What the model was asked. */
  readonly asked: ModelRequest[];
  /** Kept events that the plugin was told of, and those that pass. */
  readonly told: ToldEvent[];
  readonly passed: ToldEvent[];
  readonly notes: string[];
  /** As the default agent of the plugin PLUGIN; its events are released at once. */
  dispatch(request?: Partial<TaskRequest>): Promise<Dispatched>;
  /** Resolves when the plugin was told of an event of that kind, so many times. */
  untilTold(kind: TaskEventKind, times?: number): Promise<ToldEvent>;
  /** Texts and roles of a task's transcript. */
  transcript(taskId: string): Promise<readonly string[]>;
  /** As a host stops. */
  stop(): Promise<void>;
}

interface ToldEvent {
  readonly taskId: string;
  readonly kind: TaskEventKind;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it as they like.
  readonly payload: any;
}

export async function openToldTasks(told: Told = {}): Promise<ToldTasksHost> {
  const { folder = tempDir(), turns = [], tools = {}, limits = {} } = told;
  const env = { OSAURUS_HOME: folder, HOME: folder, OSAURUS_KEY_PROTECTION: "key-file" };
  const paths = resolvePaths({ env, platform: process.platform });
  const real = controlDb(paths.data);
  const db = told.db?.(real) ?? real;
  const opened = openStores({ paths, env, warn: () => {}, recordsInsights: false });
  const stores = async () => opened;
  const agents = openAgents({ db, stores, forgetGrants: async () => {} });
  const stopping = new AbortController();
  const asked: ModelRequest[] = [];
  const inference = openInference({
    models: async () => ({ choose: async () => ({ provider: "test", model: "m" }), stream }) as never,
    shelf: async () => shelfOf(tools),
    agents: async () => agents,
    stores,
    db: async () => db,
    ...(told.artifacts === undefined ? {} : { artifacts: async () => told.artifacts! }),
    signal: stopping.signal,
  });
  const plugin = toldPlugin();
  const notes: string[] = [];
  const host = openTasks({
    paths,
    db,
    limits: { runningMax: 5, runningPerAgentMax: 5, ...limits },
    agents: async () => agents,
    inference: async () => inference,
    native: async () => plugin.native as never,
    signal: stopping.signal,
    note: (text) => notes.push(text),
    endRetriesMs: told.endRetriesMs ?? [5, 5],
  });

  async function* stream(request: ModelRequest, signal: AbortSignal) {
    asked.push(request);
    const turn = turns[Math.min(asked.length, turns.length) - 1];
    if (turn === undefined) throw new Error("the test has no answer for this");
    yield* typeof turn === "function" ? turn(request, signal) : turn;
  }

  async function stop(): Promise<void> {
    if (stopping.signal.aborted) return;
    stopping.abort();
    await inference.settled();
    await host.stop();
    await opened.stop();
    db.close();
  }

  onTestFinished(stop);
  return {
    ...{ host, agents, inference, db, folder, asked, notes, stop },
    told: plugin.told,
    passed: plugin.passed,
    untilTold: plugin.untilTold,
    async dispatch(request = {}) {
      const agent = request.agent ?? (await agents.find(undefined));
      const whole = { pluginId: PLUGIN, prompt: "Hello", title: undefined, id: undefined, sessionKey: undefined };
      const dispatched = await host.dispatch({ ...whole, tools: [], instructions: undefined, ...request, agent });
      dispatched.release();
      return dispatched;
    },
    async transcript(taskId) {
      const { sessionId } = await host.show(taskId);
      return (await agents.sessions.turns(sessionId)).map(({ role, content }) => `${role}: ${content}`);
    },
  };
}

/** A plugin that is loaded and takes events at once. */
function toldPlugin() {
  const told: ToldEvent[] = [];
  const passed: ToldEvent[] = [];
  let watchers: (() => void)[] = [];
  const plugin = { state: "loaded", ready: async () => ({ manifest: { instructions: "Be a bridge." } }) };
  const native = {
    ownerOfTasks: () => plugin,
    plugin: async () => plugin,
    async tellTaskEvent(_plugin: unknown, { taskId, kind, json }: TaskNews) {
      const list = kind === "progress" || kind === "output" ? passed : told;
      list.push({ taskId, kind, payload: JSON.parse(json) });
      const waiting = watchers;
      watchers = [];
      for (const wake of waiting) wake();
    },
  };
  async function untilTold(kind: TaskEventKind, times = 1): Promise<ToldEvent> {
    for (;;) {
      const found = [...told, ...passed].filter((event) => event.kind === kind);
      if (found.length >= times) return found[times - 1]!;
      await new Promise<void>((resolve) => watchers.push(resolve));
    }
  }
  return { native, told, passed, untilTold };
}
