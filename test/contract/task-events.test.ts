// Events of tasks on their way from the database to real plugins, which are loaded again, crash and hang meanwhile.

import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { resolvePaths } from "../../src/base/paths.ts";
import { NativeHost } from "../../src/host/native-host.ts";
import { openPermissions } from "../../src/host/permissions-host.ts";
import type { TaskNews } from "../../src/host/recorded-entries.ts";
import { openStores } from "../../src/host/stores.ts";
import { taskNews } from "../../src/host/task-news.ts";
import { createHttpClient } from "../../src/host-api/http-client.ts";
import type { NativePlugin } from "../../src/plugins/native/native-plugin.ts";
import type { Handing } from "../../src/plugins/native/plugin-entries.ts";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import type { HostError } from "../../src/protocol/errors.ts";
import { sortedMembers } from "../../src/protocol/sorted-members.ts";
import { TASK_EVENT, type Task } from "../../src/protocol/task.ts";
import { controlDb } from "../../src/store/control-db.ts";
import { TaskStore } from "../../src/store/tasks.ts";
import { TaskDeliveries, type TaskDeliveriesOptions } from "../../src/tasks/task-deliveries.ts";
import { hasEndedHere, newOwner } from "../../src/tasks/task-owner.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
import { nativeFixture } from "../helpers/native-plugins.ts";
import { tempDir } from "../helpers/temp-dir.ts";

/** Knows over which events processes of the plugin ended. */
class WatchedHost extends NativeHost {
  readonly endedOver: string[] = [];

  override async tellTaskEvent(plugin: NativePlugin, event: TaskNews, handing?: Handing): Promise<void> {
    try {
      await super.tellTaskEvent(plugin, event, handing);
    } catch (error) {
      if ((error as HostError).code === "plugin_crashed") this.endedOver.push(lineOf(event));
      throw error;
    }
  }
}

type Tell = TaskDeliveriesOptions["tell"];

/** A host on that data folder that tells plugins of tasks; `change` may spoil how. */
function openHost(data: string, change: (tell: Tell) => Tell = (tell) => tell) {
  const env = { OSAURUS_HOME: data, HOME: data };
  const paths = resolvePaths({ env, platform: "linux" });
  const stopping = new AbortController();
  const { signal } = stopping;
  const db = controlDb(data);
  const stores = openStores({ paths, env, recordsInsights: false, warn() {} });
  const http = createHttpClient({ mayReach: async () => false });
  const loadManifest = async (id: string) => (await (await native.plugin(id)).load()).manifest;
  const permissions = openPermissions({ paths, db, signal, loadManifest });
  const native: WatchedHost = new WatchedHost({
    ...{ paths, env, cwd: data, stores, http, artifacts: join(data, "artifacts"), signal },
    permissions: async () => permissions,
    onPluginLoaded: (pluginId) => deliveries.pluginLoaded(pluginId),
  });
  const store = new TaskStore(db);
  const owner = newOwner();
  const news = taskNews(async () => native);
  const deliveries = new TaskDeliveries({
    store,
    owner,
    isGone: hasEndedHere,
    ready: news.ready,
    tell: change(news.tell),
  });
  let stopped: Promise<void> | undefined;
  const stop = async (how: { atOnce?: boolean } = {}) => {
    stopping.abort();
    await deliveries.stop(how);
    await store.release(owner);
    await native.stop(how);
    http.close();
    await stores.stop();
    permissions.close();
    db.close();
  };
  const stopOnce = (how?: { atOnce?: boolean }) => {
    stopped ??= stop(how);
    return stopped;
  };
  onTestFinished(() => stopOnce());
  return { native, news, store, owner, deliveries, stop: stopOnce };
}

type Host = ReturnType<typeof openHost>;

async function dispatch({ store, owner }: Host, pluginId: string): Promise<Task> {
  const wish = { id: undefined, sessionKey: null, title: undefined, prompt: "Do it.", tools: [] };
  return (await store.dispatch({ ...wish, pluginId, agentId: DEFAULT_AGENT_ID, owner })).task;
}

async function happen({ store, owner, deliveries }: Host, task: Task, payload: Record<string, unknown>): Promise<void> {
  await store.change(task.id, owner, {}, [{ kind: "activity", payload }]);
  deliveries.notice(task);
}

function lineOf({ taskId, kind, json }: Pick<TaskNews, "taskId" | "kind" | "json">): string {
  return `${taskId} ${TASK_EVENT[kind]} ${json}`;
}

/** What the plugin wrote down of a task. */
function written(data: string, { id }: Task): string[] {
  const path = join(data, "events");
  const lines = existsSync(path) ? readFileSync(path, "utf8").trim().split("\n") : [];
  return lines.filter((line) => line.startsWith(id));
}

async function wanted({ store }: Host, { id }: Task): Promise<string[]> {
  const events = await store.events(id, 0, 1000);
  return events.map(({ taskId, kind, payload }) =>
    lineOf({ taskId, kind, json: JSON.stringify(sortedMembers(payload)) }),
  );
}

async function untold({ store }: Host, tasks: readonly Task[]): Promise<number> {
  const events = await Promise.all(tasks.map(({ id }) => store.events(id, 0, 1000)));
  return events.flat().filter(({ toldAt }) => toldAt === null).length;
}

const TASKS = 20;
const WAVES = 6;
const EVENTS_PER_WAVE = 4;
/** In these waves the plugin crashes over an event of this task. */
const CRASHES: ReadonlyMap<number, number> = new Map([
  [0, 3],
  [2, 9],
  [4, 15],
]);
/** In these it is loaded again. */
const RELOADS = new Set([1, 3]);

/** Gives for each task what was told against what happened. */
async function throughReloadsAndCrashes(change?: (tell: Tell) => Tell) {
  const data = tempDir();
  const id = "test.crashes-in-task-event";
  installFixture(data, "crashes-in-task-event");
  const host = openHost(data, change);
  await host.native.plugin(id);
  const tasks = await Promise.all(Array.from({ length: TASKS }, () => dispatch(host, id)));
  for (const task of tasks) host.deliveries.notice(task);
  for (let wave = 0; wave < WAVES; wave++) {
    const reload = RELOADS.has(wave) ? host.native.reload(id) : undefined;
    for (let n = 0; n < EVENTS_PER_WAVE; n++) {
      const how = (at: number) => (n === 1 && CRASHES.get(wave) === at ? "crash" : "well");
      await Promise.all(tasks.map((task, at) => happen(host, task, { wave, n, how: how(at) })));
    }
    await reload;
  }
  await expect.poll(() => untold(host, tasks), { timeout: 10_000 }).toBe(0);
  await host.deliveries.idle();
  const found = await Promise.all(
    tasks.map(async (task) => ({ told: written(data, task), happened: await wanted(host, task) })),
  );
  return { found, endedOver: host.native.endedOver };
}

test("through reloads and crashes each event is told once and in order, but those that a process died over", async () => {
  const { found, endedOver } = await throughReloadsAndCrashes();
  expect(found.flatMap(({ happened }) => happened)).toHaveLength(TASKS * (1 + WAVES * EVENTS_PER_WAVE));
  for (const { told, happened } of found) {
    const lost = happened.filter((line) => !told.includes(line));
    expect(endedOver).toEqual(expect.arrayContaining(lost));
    expect(told).toEqual(happened.filter((line) => told.includes(line)));
  }
  const crashes = found.flatMap(({ told }) => told.filter((line) => line.includes('"crash"')));
  expect(crashes).toHaveLength(CRASHES.size);
  expect(endedOver).toEqual(expect.arrayContaining(crashes));
});

test("that each event is told once is not by chance: it is not where one that ended a process counts as not told", async () => {
  const repeated = new Set<string>();
  const { found } = await throughReloadsAndCrashes((tell) => async (task, event, telling) => {
    const wasTold = await tell(task, event, telling);
    if (event.payload["how"] !== "crash" || repeated.has(`${task.id} ${event.seq}`)) return wasTold;
    repeated.add(`${task.id} ${event.seq}`);
    return false;
  });
  const twice = found.flatMap(({ told }) => told.filter((line, at) => told.indexOf(line) !== at));
  expect(twice).toHaveLength(CRASHES.size);
});

test("a plugin that hangs over one event is told of other tasks; the next host goes on behind that event", async () => {
  const data = tempDir();
  const id = "test.hangs-in-task-event";
  installFixture(data, "hangs-in-task-event");
  const host = openHost(data);
  await host.native.plugin(id);
  const [first, second] = [await dispatch(host, id), await dispatch(host, id)];
  await happen(host, first, { how: "hang" });
  await happen(host, first, { n: 2 });
  await expect.poll(() => written(data, first)).toHaveLength(2);
  await happen(host, second, { n: 1 });
  await expect.poll(() => written(data, second)).toEqual(await wanted(host, second));
  await host.stop({ atOnce: true });
  const next = openHost(data);
  await next.native.plugin(id);
  await expect.poll(() => written(data, first)).toEqual(await wanted(next, first));
  expect(written(data, second)).toEqual(await wanted(next, second));
});

test("events wait for a plugin that is not loaded, was removed or does not load, and are told once it is up", async () => {
  const data = tempDir();
  const id = "test.crashes-in-task-event";
  const folder = installFixture(data, "crashes-in-task-event");
  const host = openHost(data);
  const task = await dispatch(host, id);
  host.deliveries.notice(task);
  await host.deliveries.idle();
  expect(await untold(host, [task])).toBe(1);
  await host.native.plugin(id);
  await expect.poll(() => untold(host, [task])).toBe(0);
  rmSync(join(folder, "../"), { recursive: true });
  await host.native.reload();
  await happen(host, task, { n: 1 });
  await host.deliveries.idle();
  expect(await untold(host, [task])).toBe(1);
  // Of its id, but it crashes while it is loaded.
  installFixture(data, "load-init-crashes", { id });
  await expect(host.native.plugin(id)).rejects.toMatchObject({ code: "load_crashed" });
  await happen(host, task, { n: 2 });
  await host.deliveries.idle();
  expect(await untold(host, [task])).toBe(2);
  installFixture(data, "crashes-in-task-event", { version: "1.0.1" });
  await host.native.retry(id);
  await expect.poll(() => untold(host, [task])).toBe(0);
  await host.deliveries.idle();
  expect(written(data, task)).toEqual(await wanted(host, task));
});

test("what is given up before the plugin has it never reaches it, also when it starts again after that", async () => {
  const data = tempDir();
  const id = "test.crashes-in-task-event";
  installFixture(data, "crashes-in-task-event");
  const { native, news, ...host } = openHost(data);
  const plugin = await native.plugin(id);
  const task = await dispatch({ native, news, ...host }, id);
  const event = (n: number, how: string) =>
    ({ taskId: task.id, seq: n, kind: "activity", payload: { n, how }, at: "", toldAt: null }) as const;
  const given = (signal: AbortSignal) => {
    const handed = vi.fn<() => void>();
    return { telling: { signal, handed }, handed };
  };
  const early = given(AbortSignal.abort());
  expect(await news.tell(task, event(1, "well"), early.telling)).toBe(false);
  const never = new AbortController();
  const crashing = given(never.signal);
  expect(await news.tell(task, event(2, "crash"), crashing.telling)).toBe(true);
  expect(plugin.state).toBe("waiting");
  const leaving = new AbortController();
  const late = given(leaving.signal);
  const told = news.tell(task, event(3, "well"), late.telling);
  leaving.abort();
  expect(await told).toBe(false);
  expect(await news.ready(id, AbortSignal.abort())).toBe(false);
  expect(await news.ready(id, never.signal)).toBe(true);
  const last = given(never.signal);
  expect(await news.tell(task, event(4, "well"), last.telling)).toBe(true);
  expect(written(data, task).map((line) => line.replace(/^.*"n":(\d).*$/, "$1"))).toEqual(["2", "4"]);
  expect([early, crashing, late, last].map(({ handed }) => handed.mock.calls.length)).toEqual([0, 1, 0, 1]);
});

test("a host that was asked for no plugin tells none", async () => {
  const { ready, tell } = taskNews(() => undefined);
  const { signal } = new AbortController();
  const task = { id: "T", pluginId: "test.none", agentId: DEFAULT_AGENT_ID };
  const event = { taskId: "T", seq: 1, kind: "started", payload: {}, at: "", toldAt: null } as const;
  expect(await ready(task.pluginId, signal)).toBe(false);
  expect(await tell(task, event, { signal, handed() {} })).toBe(false);
});

test("a library that is not installed is told of its tasks too", async () => {
  const data = tempDir();
  const host = openHost(data);
  const task = await dispatch(host, "library:test.crashes-in-task-event");
  await host.native.loadLibrary(nativeFixture("crashes-in-task-event"));
  await happen(host, task, { n: 1 });
  await expect.poll(() => written(data, task)).toHaveLength(2);
  expect(written(data, task)).toEqual(await wanted(host, task));
});

test("a plugin that wants no events has nothing to wait for", async () => {
  const data = tempDir();
  installFixture(data, "echoes");
  const host = openHost(data);
  await host.native.plugin("test.echoes");
  const task = await dispatch(host, "test.echoes");
  await happen(host, task, { n: 1 });
  await host.deliveries.idle();
  expect(await untold(host, [task])).toBe(0);
});

test("an event that waits for a crashed plugin when the host is stopped is told by the next host", async () => {
  const data = tempDir();
  const id = "test.crashes-in-task-event";
  installFixture(data, "crashes-in-task-event");
  const host = openHost(data);
  await host.native.plugin(id);
  const task = await dispatch(host, id);
  await happen(host, task, { how: "crash" });
  await happen(host, task, { n: 2 });
  await expect.poll(() => host.native.endedOver).toHaveLength(1);
  await host.stop();
  const next = openHost(data);
  await next.native.plugin(id);
  await expect.poll(() => untold(next, [task])).toBe(0);
  await next.deliveries.idle();
  expect(written(data, task)).toEqual(await wanted(next, task));
});
