// Deliveries of events out of a real database, to a plugin that the test plays.

import { expect, onTestFinished, test, vi } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { DEFAULT_AGENT_ID } from "../protocol/agent-id.ts";
import { HostError } from "../protocol/errors.ts";
import { RUNNER_STOP_GRACE_MS, TASK_EVENT_RETRY_MS_MIN, TASK_EVENTS_OPEN_MAX } from "../protocol/limits.ts";
import type { Task, TaskEvent, TaskEventKind } from "../protocol/task.ts";
import { controlDb } from "../store/control-db.ts";
import { TaskStore } from "../store/tasks.ts";
import { TaskDeliveries, type TaskDeliveriesOptions } from "./task-deliveries.ts";
import { hasEndedHere, newOwner } from "./task-owner.ts";

const PLUGIN = "test.told";

/** What the plugin does with an event: it takes it, or never gets it, or something else. */
type Answer = boolean | Promise<boolean>;
type Plugin = (event: TaskEvent, handed: () => void, signal: AbortSignal) => Answer;

interface Told {
  readonly taskId: string;
  readonly what: string;
}

function openDb() {
  const data = tempDir();
  const db = controlDb(data);
  onTestFinished(() => db.close());
  return { db, store: new TaskStore(db) };
}

/** A host's deliveries to a plugin. What it took is in `told`; `isReady` is whether it can be told something. */
function openDeliveries(store: TaskStore, plugin: Plugin = () => true, more: Partial<TaskDeliveriesOptions> = {}) {
  const owner = more.owner ?? newOwner();
  const told: Told[] = [];
  const notes: string[] = [];
  const state = { isReady: true };
  const deliveries = new TaskDeliveries({
    store,
    owner,
    isGone: hasEndedHere,
    ready: async () => state.isReady,
    note: (text) => notes.push(text),
    async tell({ id }, event, { signal, handed }) {
      let isHanded = false;
      const hand = () => {
        isHanded = true;
        handed();
        told.push({ taskId: id, what: whatOf(event) });
      };
      const took = await plugin(event, hand, signal);
      if (took && !isHanded) hand();
      return took;
    },
    ...more,
  });
  onTestFinished(() => deliveries.stop({ atOnce: true }));
  return {
    deliveries,
    owner,
    told,
    notes,
    state,
    of: (task: Task) => told.filter(({ taskId }) => taskId === task.id).map(({ what }) => what),
  };
}

function whatOf({ kind, payload }: TaskEvent): string {
  return typeof payload["n"] === "number" ? `${kind} ${payload["n"]}` : kind;
}

async function dispatch(store: TaskStore, owner: string, pluginId = PLUGIN): Promise<Task> {
  const wish = { id: undefined, sessionKey: null, title: undefined, prompt: "Do it.", tools: [] };
  return (await store.dispatch({ ...wish, pluginId, agentId: DEFAULT_AGENT_ID, owner })).task;
}

/** Writes activities of these numbers. */
async function happen(store: TaskStore, { id, owner }: Task, ...numbers: readonly number[]): Promise<void> {
  const events = numbers.map((n) => ({ kind: "activity", payload: { n } }) as const);
  expect(await store.change(id, owner!, {}, events)).toBeDefined();
}

async function end(store: TaskStore, { id, owner }: Task): Promise<void> {
  await store.change(id, owner!, { status: "completed" }, [{ kind: "completed", payload: {} }]);
}

function passing(task: Task, kind: TaskEventKind, n: number, seq: number): TaskEvent {
  return { taskId: task.id, seq, kind, payload: { n }, at: new Date().toISOString(), toldAt: null };
}

async function toldAt(store: TaskStore, { id }: Task): Promise<boolean[]> {
  return (await store.events(id, 0, 1000)).map((event) => event.toldAt !== null);
}

test("what one plugin is told can be waited for by itself, and for no longer than one likes", async () => {
  const { store } = openDb();
  const { deliveries, owner, of } = openDeliveries(store, (_, handed) => {
    handed();
    return new Promise(() => {});
  });
  const task = await dispatch(store, owner);
  deliveries.notice(task);
  await expect.poll(() => of(task)).toEqual(["started"]);
  await deliveries.idle("test.other");
  const isIdle = await Promise.race([deliveries.idle(PLUGIN).then(() => true), deliveries.idle(PLUGIN, 5)]);
  expect(isIdle).toBeUndefined();
});

test("events of a task are told in order, each once, whenever they come", async () => {
  const { store } = openDb();
  const { deliveries, owner, of } = openDeliveries(store);
  const task = await dispatch(store, owner);
  deliveries.notice(task);
  for (let n = 1; n <= 20; n++) {
    await happen(store, task, n);
    deliveries.notice(task);
    if (n % 5 === 0) await deliveries.idle();
  }
  await end(store, task);
  deliveries.notice(task);
  deliveries.notice(task);
  await deliveries.idle();
  expect(of(task)).toEqual(["started", ...Array.from({ length: 20 }, (_, i) => `activity ${i + 1}`), "completed"]);
  expect(await toldAt(store, task)).not.toContain(false);
});

test("an event is noted as told before the plugin has it", async () => {
  const { store } = openDb();
  const seen: (boolean | undefined)[] = [];
  const { deliveries, owner } = openDeliveries(store, async ({ taskId, seq }) => {
    seen.push((await store.events(taskId, seq - 1, 1))[0]?.toldAt !== null);
    return true;
  });
  const task = await dispatch(store, owner);
  deliveries.notice(task);
  await deliveries.idle();
  expect(seen).toEqual([true]);
});

test("a plugin that hangs over an event of one task is told of the others meanwhile, and of nothing more of that one", async () => {
  const { store } = openDb();
  const hang = Promise.withResolvers<boolean>();
  let first: Task | undefined;
  const { deliveries, owner, of } = openDeliveries(store, ({ taskId }, handed) => {
    if (taskId !== first?.id) return true;
    handed();
    return hang.promise;
  });
  first = await dispatch(store, owner);
  await happen(store, first, 1);
  const others = [await dispatch(store, owner), await dispatch(store, owner)];
  for (const task of [first, ...others]) deliveries.notice(task);
  await expect.poll(() => others.map(of)).toEqual([["started"], ["started"]]);
  await happen(store, others[0]!, 1);
  deliveries.notice(others[0]!);
  await expect.poll(() => of(others[0]!)).toEqual(["started", "activity 1"]);
  expect(of(first)).toEqual(["started"]);
  hang.resolve(true);
  await deliveries.idle();
  expect(of(first)).toEqual(["started", "activity 1"]);
});

test("nothing of a task is told before the last one who holds it lets it go, also not what was about to be", async () => {
  const { store } = openDb();
  const { deliveries, owner, of } = openDeliveries(store);
  const task = await dispatch(store, owner);
  deliveries.notice(task);
  // It is being noted as told when it is held.
  deliveries.hold(task.id);
  deliveries.hold(task.id);
  deliveries.pluginLoaded(PLUGIN);
  await happen(store, task, 1);
  deliveries.notice(task, passing(task, "progress", 1, 2));
  deliveries.release(task.id);
  const other = await dispatch(store, owner);
  deliveries.notice(other);
  await expect.poll(() => of(other)).toEqual(["started"]);
  expect(of(task)).toEqual([]);
  expect(await toldAt(store, task)).toEqual([false, false]);
  deliveries.release(task.id);
  await deliveries.idle();
  expect(of(task)).toEqual(["started", "activity 1", "progress 1"]);
});

test("an event that never got as far as the plugin is told later, before all others of its task", async () => {
  const { store } = openDb();
  let refusals = 3;
  const { deliveries, owner, of } = openDeliveries(store, ({ kind }) => kind !== "activity" || refusals-- <= 0);
  const task = await dispatch(store, owner);
  await happen(store, task, 1, 2);
  deliveries.notice(task);
  await deliveries.idle();
  expect(of(task)).toEqual(["started", "activity 1", "activity 2"]);
  expect(refusals).toBeLessThan(0);
});

test("an event that a plugin does not take is tried again after a time that doubles each time", async () => {
  const { store } = openDb();
  const triedAt: number[] = [];
  const { deliveries, owner } = openDeliveries(store, () => triedAt.push(performance.now()) > 4);
  deliveries.notice(await dispatch(store, owner));
  await deliveries.idle();
  const pauses = triedAt.slice(1).map((at, index) => at - triedAt[index]!);
  expect(pauses).toHaveLength(4);
  // A timer may be early by the fraction of a millisecond.
  for (const [index, ms] of pauses.entries()) expect(ms).toBeGreaterThan(TASK_EVENT_RETRY_MS_MIN * 2 ** index - 2);
});

test("what a plugin cannot be told waits until it is loaded, in the database alone", async () => {
  const { store } = openDb();
  const { deliveries, owner, of, state } = openDeliveries(store);
  state.isReady = false;
  const tasks = [
    await dispatch(store, owner),
    await dispatch(store, owner),
    await dispatch(store, owner, "test.other"),
  ];
  for (const task of tasks) deliveries.notice(task, passing(task, "output", 1, 1));
  await deliveries.idle();
  expect(tasks.map(of)).toEqual([[], [], []]);
  state.isReady = true;
  deliveries.pluginLoaded(PLUGIN);
  await deliveries.idle();
  // What passed meanwhile is out of date.
  expect(tasks.map(of)).toEqual([["started"], ["started"], []]);
});

test("a plugin that is loaded is told what hosts that are gone did not tell it, and nothing of those that run", async () => {
  const { store } = openDb();
  const gone = `1073741824 1 nowhere/none ${crypto.randomUUID()}`;
  const here = newOwner();
  const dead = newOwner().replace(/^\d+/, "1073741824");
  const claimed: string[] = [];
  const { deliveries, owner, of } = openDeliveries(store, () => true, {
    claimed: (tasks) => claimed.push(...tasks.map(({ id }) => id)),
  });
  const [elsewhere, running, orphan, own] = [
    await dispatch(store, gone),
    await dispatch(store, here),
    await dispatch(store, dead),
    await dispatch(store, owner),
  ];
  deliveries.pluginLoaded(PLUGIN);
  deliveries.pluginLoaded(PLUGIN);
  await deliveries.idle();
  // Nobody can tell whether a process of another computer still runs.
  expect([elsewhere, running, orphan, own].map((task) => of(task!))).toEqual([[], [], ["started"], ["started"]]);
  expect(claimed).toEqual([orphan!.id]);
  expect((await store.byId(orphan!.id))?.owner).toBe(owner);
  await store.release(here);
  deliveries.pluginLoaded(PLUGIN);
  await deliveries.idle();
  expect(of(running!)).toEqual(["started"]);
});

test("a plugin that is loaded again while its events are looked for misses none", async () => {
  const { store } = openDb();
  const found = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const slow: TaskDeliveriesOptions["store"] = {
    nextUntold: (id) => store.nextUntold(id),
    markTold: (id, seq, owner) => store.markTold(id, seq, owner),
    takeBackTold: (id, seq, owner) => store.takeBackTold(id, seq, owner),
    claim: (owner, isGone, which) => store.claim(owner, isGone, which),
    async untold(owner, pluginId) {
      const tasks = await store.untold(owner, pluginId);
      found.resolve();
      await gate.promise;
      return tasks;
    },
  };
  const { deliveries, owner, of } = openDeliveries(store, () => true, { store: slow });
  deliveries.pluginLoaded(PLUGIN);
  await found.promise;
  const task = await dispatch(store, owner);
  deliveries.pluginLoaded(PLUGIN);
  gate.resolve();
  await deliveries.idle();
  expect(of(task)).toEqual(["started"]);
});

test("two hosts on one database tell each event once", async () => {
  const { store } = openDb();
  const dead = newOwner().replace(/^\d+/, "1073741824");
  const tasks = await Promise.all(Array.from({ length: 10 }, () => dispatch(store, dead)));
  for (const task of tasks) await happen(store, task, 1, 2);
  const hosts = [openDeliveries(store), openDeliveries(store)];
  for (const { deliveries } of hosts) deliveries.pluginLoaded(PLUGIN);
  await Promise.all(hosts.map(({ deliveries }) => deliveries.idle()));
  for (const task of tasks) {
    const all = hosts.map(({ of }) => of(task)).filter(({ length }) => length > 0);
    expect(all).toEqual([["started", "activity 1", "activity 2"]]);
  }
});

test("of what passes only the newest of a kind is told, once nothing that is kept waits, and nothing behind the end", async () => {
  const { store } = openDb();
  const hang = Promise.withResolvers<boolean>();
  const { deliveries, owner, of } = openDeliveries(store, ({ kind }, handed) => {
    handed();
    return kind === "started" ? hang.promise : true;
  });
  const task = await dispatch(store, owner);
  deliveries.notice(task);
  await expect.poll(() => of(task)).toEqual(["started"]);
  for (const n of [1, 2, 3]) deliveries.notice(task, passing(task, "output", n, 1));
  deliveries.notice(task, passing(task, "progress", 9, 1));
  await happen(store, task, 1);
  deliveries.notice(task);
  hang.resolve(true);
  await deliveries.idle();
  expect(of(task)).toEqual(["started", "activity 1", "output 3", "progress 9"]);
  await end(store, task);
  deliveries.notice(task, passing(task, "output", 4, 2));
  await deliveries.idle();
  expect(of(task).slice(4)).toEqual(["completed"]);
});

test("what passes while the plugin is loaded is told in its newest form", async () => {
  const { store } = openDb();
  const asked = Promise.withResolvers<void>();
  const up = Promise.withResolvers<boolean>();
  const { deliveries, owner, of } = openDeliveries(store, () => true, {
    ready: () => {
      asked.resolve();
      return up.promise;
    },
  });
  const task = await dispatch(store, owner);
  await store.markTold(task.id, 1, owner);
  deliveries.notice(task, passing(task, "output", 1, 1));
  await asked.promise;
  deliveries.notice(task, passing(task, "output", 2, 1));
  up.resolve(true);
  await deliveries.idle();
  expect(of(task)).toEqual(["output 2"]);
});

test.each([
  ["started", ["started"]],
  ["completed", ["started", "completed"]],
])(
  "what passes in the next round is told, although the plugin was slow with %s of the one before",
  async (slow, first) => {
    const { store } = openDb();
    const hang = Promise.withResolvers<boolean>();
    const { deliveries, owner, of } = openDeliveries(store, ({ kind }, handed) => {
      handed();
      return kind === slow ? hang.promise : true;
    });
    const task = await dispatch(store, owner);
    await end(store, task);
    deliveries.notice(task);
    await expect.poll(() => of(task)).toEqual(first);
    const wish = { id: undefined, title: undefined, prompt: "Again.", tools: [], pluginId: PLUGIN, owner };
    const again = await store.dispatch({ ...wish, agentId: DEFAULT_AGENT_ID, sessionKey: task.sessionId });
    expect(again.task.id).toBe(task.id);
    deliveries.notice(task, passing(task, "output", 1, 3));
    hang.resolve(true);
    await deliveries.idle();
    expect(of(task)).toEqual(["started", "completed", "started", "output 1"]);
  },
);

test("a database that fails is tried again and told of once, and holds up nobody who waits for what can be told", async () => {
  const { store } = openDb();
  let isBroken = true;
  const fails = async <T>(work: () => Promise<T>): Promise<T> => {
    if (isBroken) throw new HostError("store_broken", "the database is damaged");
    return await work();
  };
  const flaky: TaskDeliveriesOptions["store"] = {
    nextUntold: (id) => fails(() => store.nextUntold(id)),
    markTold: (id, seq, owner) => fails(() => store.markTold(id, seq, owner)),
    takeBackTold: (id, seq, owner) => fails(() => store.takeBackTold(id, seq, owner)),
    untold: (owner, pluginId) => fails(() => store.untold(owner, pluginId)),
    claim: (owner, isGone, which) => fails(() => store.claim(owner, isGone, which)),
  };
  let refusals = 1;
  const plugin: Plugin = ({ kind }) => {
    if (kind !== "activity" || refusals-- <= 0) return true;
    isBroken = true; // It cannot be noted that the plugin did not get it.
    return false;
  };
  const { deliveries, owner, of, notes } = openDeliveries(store, plugin, { store: flaky });
  const tasks = [await dispatch(store, owner), await dispatch(store, owner)];
  for (const task of tasks) deliveries.notice(task);
  deliveries.pluginLoaded(PLUGIN);
  await deliveries.idle();
  expect(notes).toEqual(["plugins are not told of their tasks for now: the database is damaged"]);
  isBroken = false;
  await expect.poll(() => tasks.map(of)).toEqual([["started"], ["started"]]);
  await happen(store, tasks[0]!, 1);
  deliveries.notice(tasks[0]!);
  await expect.poll(() => notes).toHaveLength(2);
  isBroken = false;
  await expect.poll(() => of(tasks[0]!)).toEqual(["started", "activity 1"]);
});

test("of a task of another host, or one that is gone, nothing is told", async () => {
  const { store } = openDb();
  const { deliveries, owner, told } = openDeliveries(store);
  const foreign = await dispatch(store, newOwner());
  const forgotten = await dispatch(store, owner, "test.removed");
  await store.forgetPlugin("test.removed");
  for (const task of [foreign, forgotten]) deliveries.notice(task);
  await deliveries.idle();
  expect(told).toEqual([]);
  expect(await toldAt(store, foreign)).toEqual([false]);
});

test("a plugin that is removed while its tasks' events are told is told of nothing more", async () => {
  const { store } = openDb();
  const { deliveries, owner, of } = openDeliveries(store, async ({ kind }) => {
    if (kind !== "activity") return true;
    await store.forgetPlugin(PLUGIN);
    return false;
  });
  const task = await dispatch(store, owner);
  await happen(store, task, 1, 2);
  deliveries.notice(task);
  await deliveries.idle();
  expect(of(task)).toEqual(["started"]);
});

test("stopping waits for the plugin to be done with what it has; what it has not is told by the next host", async () => {
  const { store } = openDb();
  const hang = Promise.withResolvers<boolean>();
  const { deliveries, owner, of, told } = openDeliveries(store, ({ kind }, handed, signal) => {
    if (kind === "started") {
      handed();
      return hang.promise;
    }
    return new Promise((resolve) => signal.addEventListener("abort", () => resolve(false)));
  });
  const [withPlugin, before] = [await dispatch(store, owner), await dispatch(store, owner)];
  await happen(store, withPlugin, 1);
  await store.markTold(before.id, 1, owner);
  await happen(store, before, 1);
  for (const task of [withPlugin, before]) deliveries.notice(task);
  await expect.poll(async () => [of(withPlugin), await toldAt(store, before)]).toEqual([["started"], [true, true]]);
  let isOver = false;
  const stopped = deliveries.stop().then(() => {
    isOver = true;
  });
  await expect.poll(() => toldAt(store, before)).toEqual([true, false]);
  expect(isOver).toBe(false);
  hang.resolve(true);
  await stopped;
  deliveries.notice(withPlugin);
  deliveries.pluginLoaded(PLUGIN);
  await deliveries.idle();
  expect(told).toHaveLength(1);
  expect(await toldAt(store, withPlugin)).toEqual([true, false]);
});

test("stopping at once does not wait for a plugin that hangs, nor does it take back what that has", async () => {
  const { store } = openDb();
  const { deliveries, owner, of } = openDeliveries(store, (_event, handed) => {
    handed();
    return new Promise(() => {});
  });
  const task = await dispatch(store, owner);
  deliveries.notice(task);
  await expect.poll(() => of(task)).toEqual(["started"]);
  await deliveries.stop({ atOnce: true });
  await deliveries.idle();
  expect(await toldAt(store, task)).toEqual([true]);
});

test("stopping waits for a plugin that hangs as long as for any of its calls, and no longer", async () => {
  const { store } = openDb();
  const { deliveries, owner, of } = openDeliveries(store, (_event, handed) => {
    handed();
    return new Promise(() => {});
  });
  const task = await dispatch(store, owner);
  deliveries.notice(task);
  await expect.poll(() => of(task)).toEqual(["started"]);
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  let isOver = false;
  const stopped = deliveries.stop().then(() => {
    isOver = true;
  });
  await vi.advanceTimersByTimeAsync(RUNNER_STOP_GRACE_MS - 1);
  expect(isOver).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  await stopped;
  expect(vi.getTimerCount()).toBe(0);
});

test("stopping waits for no plugin that is being loaded, and for no database that fails", async () => {
  const { store } = openDb();
  const slow = openDeliveries(store, () => true, {
    ready: (_pluginId, signal) =>
      new Promise((resolve) => signal.addEventListener("abort", () => resolve(false), { once: true })),
  });
  const task = await dispatch(store, slow.owner);
  slow.deliveries.notice(task);
  const broken = openDeliveries(store, () => true, {
    store: {
      nextUntold: () => Promise.reject(new HostError("store_broken", "damaged")),
      markTold: () => Promise.reject(new HostError("store_broken", "damaged")),
      takeBackTold: () => Promise.reject(new HostError("store_broken", "damaged")),
      untold: () => Promise.reject(new HostError("store_broken", "damaged")),
      claim: () => Promise.reject(new HostError("store_broken", "damaged")),
    },
  });
  broken.deliveries.notice(task);
  broken.deliveries.pluginLoaded(PLUGIN);
  await broken.deliveries.idle();
  await slow.deliveries.stop();
  await broken.deliveries.stop();
  await broken.deliveries.stop();
  expect(slow.told).toEqual([]);
  expect(await toldAt(store, task)).toEqual([false]);
});

test.each([
  [TASK_EVENTS_OPEN_MAX, TASK_EVENTS_OPEN_MAX],
  [TASK_EVENTS_OPEN_MAX + 1, TASK_EVENTS_OPEN_MAX],
])("of %i tasks a plugin has events of %i at once, and those of another plugin do not count", async (count, open) => {
  const { store } = openDb();
  const hang = Promise.withResolvers<boolean>();
  const { deliveries, owner, told } = openDeliveries(store, (_event, handed) => {
    handed();
    return hang.promise;
  });
  const tasks = await Promise.all(Array.from({ length: count }, () => dispatch(store, owner)));
  const other = await dispatch(store, owner, "test.other");
  for (const task of [...tasks, other]) deliveries.notice(task);
  await expect.poll(() => told.length, { timeout: 5_000 }).toBe(open + 1);
  hang.resolve(true);
  await deliveries.idle();
  expect(told).toHaveLength(count + 1);
});

test("stopping waits for no task that waits for its turn", async () => {
  const { store } = openDb();
  const { deliveries, owner, told } = openDeliveries(store, (_event, handed) => {
    handed();
    return new Promise(() => {});
  });
  const tasks = await Promise.all(Array.from({ length: TASK_EVENTS_OPEN_MAX + 2 }, () => dispatch(store, owner)));
  for (const task of tasks) deliveries.notice(task);
  await expect.poll(() => told.length).toBe(TASK_EVENTS_OPEN_MAX);
  await deliveries.stop({ atOnce: true });
  expect(told).toHaveLength(TASK_EVENTS_OPEN_MAX);
  expect(await store.untold(owner)).toHaveLength(2);
});
