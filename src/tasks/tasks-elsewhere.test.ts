// Tasks that another host runs: looking at them, and asking that host for something.

import { expect, test } from "vitest";
import { hangs, says, type Turn, wants } from "../../test/helpers/told-runs.ts";
import { openToldTasks, PLUGIN } from "../../test/helpers/told-tasks-host.ts";
import { DEFAULT_AGENT_ID } from "../protocol/agent-id.ts";
import type { Task, TaskEvent } from "../protocol/task.ts";
import type { ControlDb } from "../store/control-db.ts";
import { TaskStore } from "../store/tasks.ts";
import { askOwner } from "./ask-owner.ts";
import { PassedEnds } from "./passed-ends.ts";
import { newOwner } from "./task-owner.ts";

const asksColour = wants(["clarify", '{"question":"Which colour?"}']);
const never: Turn = (_, signal) => hangs("One", signal);
const { signal } = new AbortController();

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

/** A task of one host that waits for an answer, and two other hosts. */
async function asked(turns: readonly Turn[], request = {}) {
  const owner = await openToldTasks({ turns: [asksColour, ...turns] });
  const { id } = await owner.dispatch({ sessionKey: "s", ...request });
  await owner.untilTold("clarification");
  await owner.host.idle();
  const [one, two] = [await openToldTasks({ folder: owner.folder }), await openToldTasks({ folder: owner.folder })];
  const said = async () => (await owner.transcript(id)).filter((text) => text.startsWith("user"));
  return { owner, one, two, id, said };
}

test("of two answers that come from elsewhere at once one is taken, and the other refused", async () => {
  const { owner, one, two, id, said } = await asked([says("Fine.")]);
  const both = await Promise.allSettled([one.host.answer(id, "red"), two.host.answer(id, "blue")]);
  expect(both.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
  expect(both.find(({ status }) => status === "rejected")).toMatchObject({ reason: { code: "task_not_waiting" } });
  await owner.untilTold("completed");
  expect(await said()).toEqual(["user: Hello", both[0]!.status === "fulfilled" ? "user: red" : "user: blue"]);
});

test("of two dispatches from elsewhere into a session that waits one is the answer, and the other a task of its own", async () => {
  const { owner, one, two, id, said } = await asked([says("Fine.")]);
  const both = await Promise.all([
    one.dispatch({ sessionKey: "s", prompt: "red" }),
    two.dispatch({ sessionKey: "s", prompt: "milk" }),
  ]);
  expect(both.filter((dispatched) => dispatched.id === id)).toHaveLength(1);
  await owner.untilTold("completed");
  await Promise.all([one.host.idle(), two.host.idle()]);
  expect((await said()).toSorted()).toEqual(["user: Hello", "user: milk", "user: red"]);
});

test("an answer that is passed on has the title and the tools of its dispatch", async () => {
  const { owner, one, id } = await asked([says("Fine.")]);
  await one.dispatch({ sessionKey: "s", prompt: "red", title: "Colours", tools: ["paint"] });
  await owner.untilTold("completed");
  expect(await owner.host.show(id)).toMatchObject({ title: "Colours", tools: ["paint"], output: "Fine." });
});

test("a second question is answered from elsewhere as the first one is", async () => {
  const { owner, one, id, said } = await asked([asksColour, says("Fine.")]);
  await owner.host.answer(id, "red");
  await owner.untilTold("clarification", 2);
  await owner.host.idle();
  expect((await one.host.answer(id, "blue")).question).toBeNull();
  await owner.untilTold("completed");
  expect(await said()).toEqual(["user: Hello", "user: red", "user: blue"]);
});

test("an answer that comes before the host that asked is done with asking is not overlooked", async () => {
  const { promise: mayGoOn, resolve: goOn } = Promise.withResolvers<void>();
  const { promise: isWritten, resolve: written } = Promise.withResolvers<void>();
  const slow = (real: ControlDb): ControlDb => ({
    ...real,
    get opened() {
      return real.opened;
    },
    get ownWrites() {
      return real.ownWrites;
    },
    async together(work) {
      const value = await real.together(work);
      if ((value as Partial<Task> | undefined)?.status !== "awaitingClarification") return value;
      written();
      await mayGoOn;
      return value;
    },
  });
  const owner = await openToldTasks({ turns: [asksColour, says("Red.")], db: slow });
  const { id } = await owner.dispatch();
  await isWritten;
  const other = await openToldTasks({ folder: owner.folder });
  await other.host.answer(id, "red");
  goOn();
  await owner.untilTold("completed");
  expect(await owner.transcript(id)).toContain("user: red");
});

test("when the other host ends before it goes on with an answer, this one does", async () => {
  const it = await openToldTasks({ turns: [says("Red.")] });
  const store = new TaskStore(it.db);
  const wish = { id: undefined, pluginId: PLUGIN, agentId: DEFAULT_AGENT_ID, sessionKey: "s", title: undefined };
  const { task } = await store.dispatch({ ...wish, prompt: "Hello", tools: [], owner: newOwner() });
  await store.change(task.id, task.owner!, { status: "awaitingClarification" });
  const answered = it.host.answer(task.id, "red");
  await store.release(task.owner!);
  expect((await answered).id).toBe(task.id);
  await it.host.idle();
  expect(await it.host.show(task.id)).toMatchObject({ status: "completed", output: "Red." });
});

test("an interrupt is passed on with its message, and a dispatch right behind it goes on with the same task", async () => {
  const owner = await openToldTasks({ turns: [never] });
  const { id } = await owner.dispatch({ sessionKey: "s" });
  await owner.untilTold("output");
  const other = await openToldTasks({ folder: owner.folder, turns: [says("Yes?")] });
  expect(await other.host.interruptOwn(PLUGIN, id, " Stop ")).toBe(true);
  expect((await other.dispatch({ sessionKey: "s", prompt: "Go on" })).id).toBe(id);
  await other.host.idle();
  expect(await other.host.show(id)).toMatchObject({ status: "completed", round: 2, output: "Yes?" });
  const said = ["user: Hello", "assistant: One", "user: Stop", "user: Go on", "assistant: Yes?"];
  expect(await other.transcript(id)).toEqual(said);
});

test("an interrupt of the owner is passed on to the host that runs the task", async () => {
  const owner = await openToldTasks({ turns: [never] });
  const { id } = await owner.dispatch();
  await owner.untilTold("output");
  const other = await openToldTasks({ folder: owner.folder });
  await other.host.interrupt(id, "Stop");
  await owner.untilTold("completed");
  expect((await owner.transcript(id)).at(-1)).toBe("user: Stop");
});

test("no interrupt from elsewhere overwrites another, and none comes before a cancel", async () => {
  const owner = await openToldTasks({ turns: [never] });
  const [kept, dropped] = [await owner.dispatch({ sessionKey: "s" }), await owner.dispatch({ sessionKey: "t" })];
  await owner.untilTold("output", 2);
  const other = await openToldTasks({ folder: owner.folder });
  const store = new TaskStore(other.db);
  expect(await store.isWished(kept.id)).toBe(false);
  // What is written at the same time is one transaction: the owner finds all of it at once.
  const wishes = [
    ...["one", "two"].map((message) => store.wish(kept.id, { kind: "interrupt", message })),
    store.wish(dropped.id, { kind: "interrupt", message: "one" }),
    store.wish(dropped.id, { kind: "cancel" }),
  ];
  expect(await Promise.all(wishes)).toEqual([true, true, true, true]);
  await owner.untilTold("completed");
  await owner.untilTold("cancelled");
  expect((await owner.transcript(kept.id)).slice(-2)).toEqual(["user: one", "user: two"]);
  expect(await owner.transcript(dropped.id)).not.toContain("user: one");
  expect(await other.host.interruptOwn(PLUGIN, dropped.id, "late")).toBe(true);
  expect(await other.host.interruptOwn("test.other", dropped.id, "x")).toBe(false);
});

test("a task that waits elsewhere is ended there by an interrupt", async () => {
  const { owner, one, id, said } = await asked([]);
  expect(await one.host.interruptOwn(PLUGIN, id, "Never mind")).toBe(true);
  await owner.untilTold("completed");
  expect(await said()).toEqual(["user: Hello", "user: Never mind"]);
});

test("drafts of a task that another host runs are kept, and told by that host", async () => {
  const owner = await openToldTasks({ turns: [never] });
  const { id } = await owner.dispatch({ title: "T" });
  await owner.untilTold("output");
  const other = await openToldTasks({ folder: owner.folder });
  for (const text of ['{"a":1}', "[1]"]) expect(await other.host.draft(PLUGIN, id, text)).toBe(true);
  expect(await owner.untilTold("draft", 2)).toMatchObject({ payload: { title: "T" } });
  expect((await owner.untilTold("draft")).payload).toEqual({ draft: { a: 1 }, title: "T" });
  expect(await owner.host.report(PLUGIN, id)).toMatchObject({ task: { draft: '{"a":1}', status: "running" } });
  expect(other.told).toEqual([]);
  await owner.host.cancel(id);
  expect(await other.host.draft(PLUGIN, id, "{}")).toBe(false);
});

test("what another host does not end in time is not waited for any longer", async () => {
  const { it, store, task } = await deaf();
  const ends = new PassedEnds({ store, signal, msMax: 30 });
  const wish = { ...task, id: undefined, sessionKey: task.sessionId.toLowerCase(), prompt: "x", owner: "me" };
  ends.note(task);
  await ends.over(wish);
  expect(await it.host.show(task.id)).toMatchObject({ status: "running" });
  // Other sessions, and other rounds, are not waited for at all.
  const patient = new PassedEnds({ store, signal: AbortSignal.abort() });
  patient.note(task);
  await patient.over({ ...wish, sessionKey: "other" });
  await expect(patient.over(wish)).rejects.toMatchObject({ code: "interrupted" });
  patient.note({ ...task, round: 0 });
  await patient.over(wish);
});

test("a task that is over is served by nobody", async () => {
  const it = await openToldTasks({ turns: [says("Hi.")] });
  const { id } = await it.dispatch();
  expect(await it.host.show(id)).toMatchObject({ isServed: true });
  await it.host.idle();
  expect(await it.host.show(id)).toMatchObject({ status: "completed", isServed: false });
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
