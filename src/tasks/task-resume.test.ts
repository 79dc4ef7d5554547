// Tasks whose host ended: what the next one makes of them.

import { expect, test } from "vitest";
import { GONE, kill } from "../../test/helpers/killed-host.ts";
import { hangs, says, type Turn, wants } from "../../test/helpers/told-runs.ts";
import { openToldTasks, PLUGIN, type ToldTasksHost } from "../../test/helpers/told-tasks-host.ts";
import { AWAITING_ANSWER } from "../agents/clarify.ts";
import { DEFAULT_AGENT_ID } from "../protocol/agent-id.ts";
import type { ChatMessage } from "../protocol/inference.ts";
import { TASK_RESUMES_MAX } from "../protocol/limits.ts";
import { TaskStore, writerOf } from "../store/tasks.ts";
import type { ShelfCall } from "../tools/shelf.ts";
import { newOwner } from "./task-owner.ts";

const asksColour = wants(["clarify", '{"question":"Which colour?","options":["red","blue"]}']);
const never: Turn = (_, signal) => hangs("One", signal);
const kinds = ({ told }: ToldTasksHost) => told.map(({ kind }) => kind);

/** A host that begins, and is stopped; the next one on its folder goes on with what is left. */
async function next({ folder }: ToldTasksHost, turns: readonly Turn[], more: Parameters<typeof openToldTasks>[0] = {}) {
  const it = await openToldTasks({ folder, turns, ...more });
  await it.host.takeUp();
  it.host.pluginLoaded(PLUGIN);
  return it;
}

test("a task whose host ends while the model speaks goes on in the next one, and the prompt stands there once", async () => {
  const first = await openToldTasks({ turns: [never] });
  const { id } = await first.dispatch({ sessionKey: "s", title: "T" });
  await first.untilTold("output");
  await first.stop();
  expect(kinds(first)).toEqual(["started"]);
  const second = await next(first, [says("Hi.")]);
  await second.host.idle();
  expect(kinds(second)).toEqual(["activity", "completed"]);
  expect(second.told[0]!.payload).toMatchObject({ kind: "warning", title: "Resumed" });
  expect(await second.transcript(id)).toEqual(["user: Hello", "assistant: Hi."]);
  expect(await second.host.show(id)).toMatchObject({ status: "completed", resumes: 0, round: 1 });
});

test("a call whose host ended before the tool answered is never made again, and the model is told", async () => {
  const { promise: isCalled, resolve } = Promise.withResolvers<void>();
  let count = 0;
  const pay = () => {
    count++;
    resolve();
    return new Promise(() => {});
  };
  const first = await openToldTasks({ turns: [wants(["pay"])], tools: { pay } });
  const { id } = await first.dispatch();
  await isCalled;
  await first.stop();
  const second = await next(first, [says("I do not know.")], { tools: { pay } });
  await second.host.idle();
  expect(count).toBe(1);
  const result = (await second.transcript(id)).find((text) => text.startsWith("tool"));
  expect(result).toContain("whether it did its work is not known");
  expect(await second.host.show(id)).toMatchObject({ status: "completed", output: "I do not know." });
});

test("tasks that wait for a place or for their turn when the host ends go on in order", async () => {
  const first = await openToldTasks({ turns: [asksColour, never] });
  const paused = await first.dispatch({ sessionKey: "a", prompt: "1" });
  await first.untilTold("clarification");
  await first.host.idle();
  const limited = await openToldTasks({ folder: first.folder, turns: [never], limits: { runningMax: 2 } });
  await first.stop();
  const running = await limited.dispatch({ sessionKey: "b", prompt: "2" });
  const behind = await limited.dispatch({ sessionKey: "b", prompt: "3" });
  await limited.untilTold("output");
  expect((await limited.dispatch({ sessionKey: "a", prompt: "red" })).id).toBe(paused.id);
  await limited.stop();
  const second = await next(first, [says("Done.")], { limits: { runningMax: 1 } });
  await second.host.idle();
  expect(await second.transcript(running.id)).toEqual(["user: 2", "assistant: Done.", "user: 3", "assistant: Done."]);
  expect((await second.transcript(paused.id)).slice(-2)).toEqual(["user: red", "assistant: Done."]);
  for (const { id } of [running, behind, paused])
    expect(await second.host.show(id)).toMatchObject({ status: "completed" });
});

test("a task that waits for an answer waits on when its host ends, and the next one takes the answer", async () => {
  const first = await openToldTasks({ turns: [asksColour] });
  const { id } = await first.dispatch();
  await first.untilTold("clarification");
  await first.host.idle();
  await first.stop();
  const second = await next(first, [says("Red.")]);
  await second.host.idle();
  expect(await second.host.show(id)).toMatchObject({ status: "awaitingClarification", resumes: 0, isServed: true });
  await second.host.answer(id, "red");
  await second.host.idle();
  expect(kinds(second)).toEqual(["activity", "completed"]);
});

test("a host that does not follow leaves tasks alone until it is asked for one", async () => {
  const first = await openToldTasks({ turns: [never] });
  const { id } = await first.dispatch();
  await first.untilTold("output");
  await first.stop();
  const second = await openToldTasks({ folder: first.folder, turns: [says("Hi.")] });
  second.host.pluginLoaded(PLUGIN);
  await second.host.idle();
  expect(second.asked).toEqual([]);
  expect(await second.host.show(id)).toMatchObject({ status: "running", isServed: false });
  const followed = [];
  for await (const { kind } of second.host.follow(id, 0, new AbortController().signal)) followed.push(kind);
  expect(followed.filter((kind) => kind !== "progress" && kind !== "output")).toEqual([
    "started",
    "activity",
    "completed",
  ]);
});

test("a round whose host ended too often is given up", async () => {
  let it = await openToldTasks({ turns: [never] });
  const { id } = await it.dispatch();
  await it.untilTold("output");
  for (let resumes = 1; resumes <= TASK_RESUMES_MAX; resumes++) {
    await kill(it);
    it = await next(it, [never]);
    await it.untilTold("output");
    expect(await it.host.show(id)).toMatchObject({ status: "running", resumes });
  }
  await kill(it);
  it = await next(it, [never]);
  await it.host.idle();
  expect(it.asked).toEqual([]);
  expect(await it.host.show(id)).toMatchObject({ status: "failed", errorCode: "task_interrupted" });
  expect(kinds(it)).toEqual(["failed"]);
});

test("a host that is stopped does not count against a round, nor one that ends before the round's turn", async () => {
  let it = await openToldTasks({ turns: [never] });
  const one = await it.dispatch({ sessionKey: "s", prompt: "1" });
  const two = await it.dispatch({ sessionKey: "s", prompt: "2" });
  await it.untilTold("output");
  for (let times = 0; times <= TASK_RESUMES_MAX; times++) {
    await it.stop();
    it = await next(it, [never]);
    await it.untilTold("output");
  }
  expect(await it.host.show(one.id)).toMatchObject({ status: "running", resumes: 0 });
  await kill(it);
  it = await next(it, [never]);
  await it.untilTold("output");
  expect(await it.host.show(one.id)).toMatchObject({ resumes: 1 });
  expect(await it.host.show(two.id)).toMatchObject({ status: "running", resumes: 0, prompt: "2" });
});

test("a prompt that never had its turn stands in the transcript when its round is over", async () => {
  const first = await openToldTasks({ turns: [never] });
  const one = await first.dispatch({ sessionKey: "s", prompt: "1" });
  const two = await first.dispatch({ sessionKey: "s", prompt: "2" });
  await first.untilTold("output");
  await first.stop();
  // It is nobody's, and ended where nothing runs.
  const second = await openToldTasks({ folder: first.folder });
  await second.host.cancel(two.id);
  await second.host.cancel(one.id);
  expect(await second.host.show(two.id)).toMatchObject({ status: "cancelled", prompt: null });
  expect(await second.transcript(two.id)).toEqual(["user: 1", "user: 2"]);
});

test("an agent that is gone when the host comes back has no tasks any more", async () => {
  const first = await openToldTasks({ turns: [never] });
  const agent = await first.agents.create({ name: "short-lived" });
  const { id } = await first.dispatch({ agent });
  await first.untilTold("output");
  await first.stop();
  const second = await openToldTasks({ folder: first.folder });
  await second.agents.delete("short-lived");
  await second.host.takeUp();
  second.host.pluginLoaded(PLUGIN);
  await second.host.idle();
  expect(await second.host.show(id)).toMatchObject({ status: "cancelled" });
  expect(kinds(second)).toEqual(["cancelled"]);
});

/** A task as a host leaves it that is killed; `turns` stand in its transcript behind the prompt. */
async function leftBehind(turns: readonly ChatMessage[], isOpened = true, by?: string) {
  const it = await openToldTasks({ turns: [says("Asked again.")] });
  const store = new TaskStore(it.db);
  const owner = newOwner();
  const wish = { id: undefined, pluginId: PLUGIN, agentId: DEFAULT_AGENT_ID, sessionKey: null, title: undefined };
  const { task } = await store.dispatch({ ...wish, prompt: "Hello", tools: [], owner });
  if (isOpened) await store.openRound(task.id, owner);
  if (turns.length > 0) await it.agents.sessions.append(task.sessionId, turns, { name: by ?? writerOf(task) });
  await store.release(owner);
  await it.host.takeUp();
  it.host.pluginLoaded(PLUGIN);
  await it.host.idle();
  return { it, id: task.id, task: await it.host.show(task.id) };
}

const asking = { id: "c1", name: "clarify", arguments: '{"question":"Which?"}' };

test("an answer that stands in the transcript is not asked for again", async () => {
  const { it, task } = await leftBehind([{ role: "assistant", content: "All done." }]);
  expect(it.asked).toEqual([]);
  expect(task).toMatchObject({ status: "completed", output: "All done." });
  expect(kinds(it)).toEqual(["started", "activity", "completed"]);
});

test("a question that stands in the transcript is not put again", async () => {
  const { it, task } = await leftBehind([
    { role: "assistant", content: null, toolCalls: [asking] },
    { role: "tool", toolCallId: "c1", name: "clarify", content: AWAITING_ANSWER },
  ]);
  expect(it.asked).toEqual([]);
  expect(task).toMatchObject({ status: "awaitingClarification", question: { question: "Which?" } });
  expect(kinds(it)).toEqual(["started", "activity", "clarification"]);
});

test("an answer that somebody else was given in the session is not the round's own", async () => {
  const others: ChatMessage[] = [
    { role: "user", content: "Inner?" },
    { role: "assistant", content: "Inner." },
  ];
  const { it, task } = await leftBehind(others, true, "somebody else");
  expect(task).toMatchObject({ status: "completed", output: "Asked again." });
  // It sees what it would have seen if its host had not ended.
  expect(it.asked[0]!.messages.filter(({ role }) => role !== "system")).toEqual([{ role: "user", content: "Hello" }]);
});

test("a run that a tool asks for in the task's session ends nothing, whenever the host is killed", async () => {
  const { promise: isInside, resolve } = Promise.withResolvers<void>();
  // A plugin's tool that has the model answer in the same conversation, and then never comes back.
  const ask = async (_input: string, { traceId }: ShelfCall) => {
    const session = { kind: "key", pluginId: PLUGIN, key: "s", replays: true } as const;
    const messages = [{ role: "user", content: "Inner?" }] as const;
    const more = { tools: { kind: "none" }, sampling: {}, signal: new AbortController().signal } as const;
    await first.inference.run({
      agent: await first.agents.find(undefined),
      messages,
      session,
      traceId: traceId!,
      ...more,
    });
    resolve();
    return new Promise(() => {});
  };
  const first: ToldTasksHost = await openToldTasks({ turns: [wants(["ask"]), says("Inner.")], tools: { ask } });
  const { id } = await first.dispatch({ sessionKey: "s" });
  await isInside;
  await kill(first);
  const second = await next(first, [says("My own.")], { tools: { ask: () => expect.unreachable() } });
  await second.host.idle();
  expect(await second.host.show(id)).toMatchObject({ status: "completed", output: "My own." });
  const seen = second.asked[0]!.messages.filter(({ role }) => role !== "system");
  expect(seen.map(({ role }) => role)).toEqual(["user", "assistant", "tool"]);
  expect(seen[2]!.content).toContain("whether it did its work is not known");
  const said = (await second.transcript(id)).map((text) => text.slice(0, 20));
  expect(said.filter((text) => text.includes("Inner"))).toEqual(["user: Inner?", "assistant: Inner."]);
});

test("an answer in the transcript is not taken for the end of a round that still has an open call", async () => {
  const { it, id, task } = await leftBehind([
    { role: "assistant", content: null, toolCalls: [{ id: "c1", name: "look", arguments: "{}" }] },
    { role: "assistant", content: "Too early." },
  ]);
  expect(task).toMatchObject({ status: "completed", output: "Asked again." });
  expect(it.asked[0]!.messages.map(({ role }) => role)).toEqual(["system", "user", "assistant", "tool", "assistant"]);
  expect((await it.transcript(id)).filter((text) => text.includes("not known"))).toHaveLength(1);
});

test.each([
  ["the prompt is not there yet", [], false],
  ["only the prompt is there", [], true],
  [
    "all results are there",
    [
      { role: "assistant", content: null, toolCalls: [{ id: "c1", name: "look", arguments: "{}" }] },
      { role: "tool", toolCallId: "c1", name: "look", content: "seen" },
    ],
    true,
  ],
] as const)("the model is asked where %s", async (_title, turns, isOpened) => {
  const { it, id, task } = await leftBehind(turns, isOpened);
  expect(it.asked).toHaveLength(1);
  expect(task).toMatchObject({ status: "completed", output: "Asked again." });
  expect((await it.transcript(id)).filter((text) => text === "user: Hello")).toHaveLength(1);
});

test("a host that stops while tasks end leaves each whole: over, or to be gone on with", async () => {
  for (let turn = 0; turn < 12; turn++) {
    const first = await openToldTasks({ turns: [says("Hi.")] });
    const { id } = await first.dispatch();
    for (let i = 0; i < turn; i++) await new Promise((resolve) => setImmediate(resolve));
    await first.stop();
    const second = await next(first, [says("Hi.")]);
    await second.host.idle();
    expect(await second.host.show(id)).toMatchObject({ status: "completed", output: "Hi." });
    expect(await second.transcript(id)).toEqual(["user: Hello", "assistant: Hi."]);
    const all = [...kinds(first), ...kinds(second)].filter((kind) => kind !== "activity");
    expect(all).toEqual(["started", "completed"]);
    await second.stop();
  }
});

test("an interrupt that comes when the host ends is not lost", async () => {
  const first = await openToldTasks({ turns: [never] });
  const one = await first.dispatch({ sessionKey: "s", prompt: "1" });
  const two = await first.dispatch({ sessionKey: "s", prompt: "2" });
  await first.untilTold("output");
  await first.host.interruptOwn(PLUGIN, one.id, "Stop 1");
  await first.host.interruptOwn(PLUGIN, two.id, "Stop 2");
  await first.stop();
  const second = await next(first, [says("Hi.")]);
  await second.host.idle();
  expect(second.asked).toEqual([]);
  for (const { id } of [one, two]) expect(await second.host.show(id)).toMatchObject({ status: "completed" });
  const said = (await second.transcript(two.id)).filter((text) => text.startsWith("user"));
  expect(said).toEqual(["user: 1", "user: Stop 1", "user: 2", "user: Stop 2"]);
});

test("the round whose turn it was in its session comes first when a host takes them up", async () => {
  const first = await openToldTasks({ turns: [asksColour, never] });
  const one = await first.dispatch({ sessionKey: "s", prompt: "one" });
  const two = await first.dispatch({ sessionKey: "s", prompt: "two" });
  await first.untilTold("clarification");
  await first.untilTold("output");
  expect((await first.dispatch({ sessionKey: "s", prompt: "red" })).id).toBe(one.id);
  await first.stop();
  const second = await next(first, [says("A"), says("B")]);
  await second.host.idle();
  const said = ["user: two", "assistant: A", "user: red", "assistant: B"];
  expect((await second.transcript(two.id)).slice(-4)).toEqual(said);
});

test("what was not told of tasks that are over is told by a host that follows", async () => {
  const it = await openToldTasks();
  const store = new TaskStore(it.db);
  const wish = { id: undefined, pluginId: PLUGIN, agentId: DEFAULT_AGENT_ID, sessionKey: null, title: undefined };
  const { task } = await store.dispatch({ ...wish, prompt: "Hello", tools: [], owner: GONE });
  await store.change(task.id, GONE, { status: "completed" }, [{ kind: "completed", payload: {} }]);
  await it.host.takeUp();
  await it.untilTold("completed");
  expect(kinds(it)).toEqual(["started", "completed"]);
});

test("a dispatch that answers a task whose host is gone takes it over, and nothing is told before it returns", async () => {
  const it = await openToldTasks({ turns: [says("Red.")] });
  const store = new TaskStore(it.db);
  const wish = { id: undefined, pluginId: PLUGIN, agentId: DEFAULT_AGENT_ID, sessionKey: "s", title: undefined };
  const { task } = await store.dispatch({ ...wish, prompt: "Hello", tools: [], owner: GONE });
  await store.change(task.id, GONE, { status: "awaitingClarification" });
  const agent = await it.agents.find(undefined);
  const request = { ...wish, agent, prompt: "red", tools: [], instructions: undefined };
  const { id, release } = await it.host.dispatch(request);
  expect(id).toBe(task.id);
  for await (const { kind } of it.host.follow(id, 0, new AbortController().signal)) if (kind === "completed") break;
  expect(it.told).toEqual([]);
  release();
  await it.untilTold("completed");
  expect(await it.host.show(id)).toMatchObject({ output: "Red.", resumes: 0 });
});
