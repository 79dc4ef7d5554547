// Tasks that another host runs: looking at them, and asking that host for something.

import { expect, test } from "vitest";
import { hangs, says, type Turn, wants } from "../../test/helpers/told-runs.ts";
import { openToldTasks, PLUGIN } from "../../test/helpers/told-tasks-host.ts";
import { DEFAULT_AGENT_ID } from "../protocol/agent-id.ts";
import type { TaskEvent } from "../protocol/task.ts";
import { TaskStore } from "../store/tasks.ts";
import { askOwner } from "./ask-owner.ts";
import { newOwner } from "./task-owner.ts";

const asksColour = wants(["clarify", '{"question":"Which colour?"}']);
const never: Turn = (_, signal) => hangs("One", signal);

test("a task that another host runs is cancelled by that host", async () => {
  const owner = await openToldTasks({ turns: [never] });
  const { id } = await owner.dispatch();
  await owner.untilTold("output");
  const other = await openToldTasks({ folder: owner.folder });
  expect(await other.host.show(id)).toMatchObject({ status: "running", isServed: true });
  expect(await other.host.cancel(id.toLowerCase())).toMatchObject({ status: "cancelled" });
  await owner.untilTold("cancelled");
  await owner.host.idle();
  expect(other.told).toEqual([]);
});

test("a task that waits in another host is answered there", async () => {
  const owner = await openToldTasks({ turns: [asksColour, says("Red.")] });
  const { id } = await owner.dispatch();
  await owner.untilTold("clarification");
  await owner.host.idle();
  const other = await openToldTasks({ folder: owner.folder });
  expect((await other.host.answer(id, "red")).question).toBeNull();
  await owner.untilTold("completed");
  expect(await owner.transcript(id)).toContain("user: red");
  expect(other.asked).toEqual([]);
});

test("a dispatch that answers a task of another host is passed on to it", async () => {
  const owner = await openToldTasks({ turns: [asksColour, says("Red.")] });
  const { id } = await owner.dispatch({ sessionKey: "s" });
  await owner.untilTold("clarification");
  await owner.host.idle();
  const other = await openToldTasks({ folder: owner.folder });
  expect((await other.dispatch({ sessionKey: "s", prompt: "red" })).id).toBe(id);
  await owner.untilTold("completed");
  expect(await owner.transcript(id)).toContain("user: red");
});

/** A task of a host that lives and does nothing. */
async function deaf() {
  const it = await openToldTasks();
  const store = new TaskStore(it.db);
  const wish = { id: undefined, pluginId: PLUGIN, agentId: DEFAULT_AGENT_ID, sessionKey: null, title: undefined };
  const { task } = await store.dispatch({ ...wish, prompt: "Hello", tools: [], owner: newOwner() });
  return { it, store, task };
}

test("a host that does not react is said to be busy", async () => {
  const { store, task } = await deaf();
  const { signal } = new AbortController();
  const asking = { store, taskId: task.id, wish: { kind: "cancel" }, isDone: async () => false, signal } as const;
  await expect(askOwner({ ...asking, msMax: 30 })).rejects.toMatchObject({ code: "host_busy" });
  await expect(askOwner({ ...asking, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "interrupted" });
});

test("when the other host ends before it reacts, this one does what was asked", async () => {
  const { it, store, task } = await deaf();
  const cancelled = it.host.cancel(task.id);
  await store.release(task.owner!);
  expect(await cancelled).toMatchObject({ status: "cancelled" });
  it.host.pluginLoaded(PLUGIN);
  await it.untilTold("cancelled");
});

test("the plugin's cancel of a task that another host runs is passed on, and not waited for", async () => {
  const { it, store, task } = await deaf();
  expect(await it.host.cancelOwn(PLUGIN, task.id)).toBe(true);
  expect(await store.takeWishes(task.owner!)).toMatchObject([{ wish: { kind: "cancel" } }]);
});

async function collect(events: AsyncIterable<TaskEvent>): Promise<TaskEvent[]> {
  const all: TaskEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

const { signal } = new AbortController();

test("a task is followed to its end, here with what passes and elsewhere with what is kept", async () => {
  const { promise: mayAnswer, resolve: answer } = Promise.withResolvers<void>();
  const slow: Turn = async function* () {
    yield { type: "text", text: "One" };
    await mayAnswer;
    yield* says(", two");
  };
  const owner = await openToldTasks({ turns: [slow] });
  const other = await openToldTasks({ folder: owner.folder });
  const { id } = await owner.dispatch();
  const here = collect(owner.host.follow(id, 0, signal));
  const there = collect(other.host.follow(id, 0, signal));
  await owner.untilTold("output");
  answer();
  const [mine, theirs] = await Promise.all([here, there]);
  expect(theirs.map(({ seq, kind }) => [seq, kind])).toEqual([
    [1, "started"],
    [2, "completed"],
  ]);
  expect(mine.filter(({ kind }) => kind !== "progress" && kind !== "output")).toMatchObject(
    theirs.map(({ seq }) => ({ seq })),
  );
  const passed = mine.filter(({ kind }) => kind === "output");
  expect(passed[0]).toMatchObject({ seq: 1, payload: { text: "One" } });
  expect(mine.at(-1)!.kind).toBe("completed");
  // From the middle of it, and when it is over.
  expect((await collect(other.host.follow(id, 1, signal))).map(({ kind }) => kind)).toEqual(["completed"]);
  expect(await collect(other.host.follow(id, 2, signal))).toEqual([]);
  await expect(collect(other.host.follow("nobody", 0, signal))).rejects.toMatchObject({ code: "task_unknown" });
});

test("following a later round shows the earlier one, and ends with the later", async () => {
  const it = await openToldTasks({ turns: [says("1"), says("2")] });
  const { id } = await it.dispatch({ sessionKey: "s" });
  await it.host.idle();
  await it.dispatch({ sessionKey: "s" });
  const all = await collect(it.host.follow(id, 0, signal));
  const kept = all.filter(({ kind }) => kind !== "progress" && kind !== "output");
  expect(kept.map(({ kind }) => kind)).toEqual(["started", "completed", "started", "completed"]);
});

test("whoever follows may leave, and a host that stops ends it", async () => {
  const it = await openToldTasks({ turns: [never] });
  const { id } = await it.dispatch();
  const leaving = new AbortController();
  const left = collect(it.host.follow(id, 0, leaving.signal));
  const stopped = collect(it.host.follow(id, 0, signal));
  await it.untilTold("output");
  const seen = [expect(left).rejects, expect(stopped).rejects];
  leaving.abort();
  await seen[0]!.toMatchObject({ code: "interrupted" });
  await Promise.all([it.stop(), seen[1]!.toMatchObject({ code: "interrupted" })]);
});
