// Tasks of one host: how they begin, what ends them, and what comes at the same time.

import { expect, test } from "vitest";
import { breaks, hangs, says, type Turn, wants } from "../../test/helpers/told-runs.ts";
import { openToldTasks, PLUGIN, type ToldTasksHost } from "../../test/helpers/told-tasks-host.ts";
import { HostError } from "../protocol/errors.ts";
import { TASK_DISPATCHES_MAX } from "../protocol/limits.ts";
import type { ControlDb } from "../store/control-db.ts";
import { TaskStore } from "../store/tasks.ts";

const asksColour = wants(["clarify", '{"question":"Which colour?","options":["red","blue"]}']);
const kinds = ({ told }: ToldTasksHost) => told.map(({ kind }) => kind);

test("a task runs its agent on the prompt, and ends with the answer", async () => {
  const it = await openToldTasks({ turns: [says("Hi.")] });
  const { id } = await it.dispatch({ prompt: "Say hi", title: "Greeting", instructions: "Be a bridge." });
  await it.host.idle();
  expect(await it.host.show(id)).toMatchObject({
    status: "completed",
    output: "Hi.",
    summary: "Chat completed",
    prompt: null,
    round: 1,
  });
  const { sessionId } = await it.host.show(id);
  expect(it.told).toEqual([
    { taskId: id, kind: "started", payload: { status: "running", title: "Greeting" } },
    {
      taskId: id,
      kind: "completed",
      payload: { success: true, summary: "Chat completed", title: "Greeting", session_id: sessionId, output: "Hi." },
    },
  ]);
  expect(await it.transcript(id)).toEqual(["user: Say hi", "assistant: Hi."]);
  expect(it.asked[0]!.messages[0]!.content).toContain("Be a bridge.");
});

test("nothing is told of a task before its dispatch is released", async () => {
  const it = await openToldTasks({ turns: [says("Hi.")] });
  const agent = await it.agents.find(undefined);
  const whole = { pluginId: PLUGIN, prompt: "p", title: undefined, id: undefined, sessionKey: undefined, agent };
  const { id, release } = await it.host.dispatch({ ...whole, tools: [], instructions: undefined });
  for await (const { kind } of it.host.follow(id, 0, new AbortController().signal)) if (kind === "completed") break;
  expect(it.told).toEqual([]);
  release();
  await it.untilTold("completed");
  expect(kinds(it)).toEqual(["started", "completed"]);
});

test("a tool call is told, and the feed has it while the task runs", async () => {
  const { promise: mayAnswer, resolve: answer } = Promise.withResolvers<void>();
  const tools = { look: () => mayAnswer.then(() => "seen") };
  const it = await openToldTasks({ turns: [wants(["look"]), says("Done.")], tools });
  const { id } = await it.dispatch();
  const { payload } = await it.untilTold("activity");
  const entry = { kind: "tool", title: "Tool", detail: "look", metadata: { tool_name: "look" } };
  expect(payload).toEqual({ ...entry, timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) });
  const report = await it.host.report(PLUGIN, id.toLowerCase());
  expect(report).toMatchObject({ task: { status: "running" }, currentStep: "Using look", activity: [entry] });
  expect(await it.host.active(PLUGIN)).toEqual([report]);
  answer();
  await it.host.idle();
  expect(await it.host.active(PLUGIN)).toEqual([]);
  expect(kinds(it)).toEqual(["started", "activity", "completed"]);
});

test("another plugin's task is not there", async () => {
  const it = await openToldTasks({ turns: [(_, signal) => hangs("Hm", signal)] });
  const { id } = await it.dispatch();
  expect(await it.host.report("test.other", id)).toBeUndefined();
  expect(await it.host.active("test.other")).toEqual([]);
  expect(await it.host.cancelOwn("test.other", id)).toBe(false);
  expect(await it.host.interruptOwn("test.other", id, null)).toBe(false);
  expect(await it.host.draft("test.other", id, "{}")).toBe(false);
  expect(await it.host.show(id)).toMatchObject({ status: "running" });
});

test("a question pauses the task, and its answer goes on with the same one", async () => {
  const it = await openToldTasks({ turns: [asksColour, says("Red it is.")] });
  const { id } = await it.dispatch({ sessionKey: "chat-1" });
  const { payload } = await it.untilTold("clarification");
  expect(payload).toEqual({ question: "Which colour?", allow_multiple: false, options: ["red", "blue"] });
  await it.host.idle();
  expect(await it.host.show(id)).toMatchObject({ status: "awaitingClarification", question: payload });
  expect(it.host.running).toBe(0);
  const again = await it.dispatch({ sessionKey: "chat-1", prompt: "red" });
  expect(again.id).toBe(id);
  await it.host.idle();
  expect(kinds(it)).toEqual(["started", "activity", "clarification", "activity", "completed"]);
  expect(it.told[3]!.payload).toMatchObject({ kind: "info", title: "Resumed" });
  expect(await it.host.show(id)).toMatchObject({ status: "completed", question: null, round: 1 });
  expect((await it.transcript(id)).slice(-2)).toEqual(["user: red", "assistant: Red it is."]);
});

test("people answer as well, once", async () => {
  const it = await openToldTasks({ turns: [asksColour, says("Red it is.")] });
  const { id } = await it.dispatch();
  await it.untilTold("clarification");
  await expect(it.host.answer(id, "  ")).rejects.toMatchObject({ code: "request_invalid" });
  const both = await Promise.allSettled([it.host.answer(id, "red"), it.host.answer(id, "blue")]);
  expect(both.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  expect(both[1]).toMatchObject({ reason: { code: "task_not_waiting" } });
  await it.host.idle();
  expect((await it.transcript(id)).slice(-2)).toEqual(["user: red", "assistant: Red it is."]);
  await expect(it.host.answer(id, "green")).rejects.toMatchObject({ code: "task_over" });
  await expect(it.host.answer("nobody", "green")).rejects.toMatchObject({ code: "task_unknown" });
});

test.each([
  ["answer first", ["answer", "cancel"]],
  ["cancel first", ["cancel", "answer"]],
])("an answer and a cancel at the same time end the task once: %s", async (_title, order) => {
  const it = await openToldTasks({ turns: [asksColour, (_, signal) => hangs("Red", signal)] });
  const { id } = await it.dispatch();
  await it.untilTold("clarification");
  await Promise.allSettled(order.map((what) => (what === "answer" ? it.host.answer(id, "red") : it.host.cancel(id))));
  await it.host.idle();
  expect(await it.host.show(id)).toMatchObject({ status: "cancelled" });
  expect(kinds(it).filter((kind) => kind === "cancelled")).toHaveLength(1);
  expect(kinds(it).at(-1)).toBe("cancelled");
});

test("a cancel cuts the model off, and nothing is told behind it", async () => {
  const it = await openToldTasks({ turns: [(_, signal) => hangs("Hm", signal)] });
  const { id } = await it.dispatch({ title: "T" });
  await it.untilTold("output");
  expect(await it.host.cancelOwn(PLUGIN, id)).toBe(true);
  expect(await it.host.report(PLUGIN, id)).toMatchObject({ task: { status: "cancelled" }, currentStep: null });
  await it.host.idle();
  expect(it.told.slice(1)).toEqual([{ taskId: id, kind: "cancelled", payload: { title: "T" } }]);
  expect(await it.host.cancelOwn(PLUGIN, id)).toBe(true);
  await expect(it.host.cancel(id)).rejects.toMatchObject({ code: "task_over" });
  expect(kinds(it)).toEqual(["started", "cancelled"]);
});

test("a cancel that comes with the answer ends the task once, whoever is first", async () => {
  for (let turn = 0; turn < 20; turn++) {
    const it = await openToldTasks({ turns: [says("Hi.")] });
    const { id } = await it.dispatch();
    for (let i = 0; i < turn; i++) await null;
    if (turn > 10) await new Promise((resolve) => setImmediate(resolve));
    await it.host.cancelOwn(PLUGIN, id);
    await it.host.idle();
    const { status } = await it.host.show(id);
    expect(kinds(it)).toEqual(["started", status]);
    await it.stop();
  }
});

test("an interrupt of the owner of the host is one of any plugin's task, and of none that is over", async () => {
  const it = await openToldTasks({ turns: [(_, signal) => hangs("One, two", signal)] });
  const { id } = await it.dispatch();
  await it.untilTold("output");
  await it.host.interrupt(id.toLowerCase(), " Stop, please ");
  await it.host.idle();
  expect(await it.host.show(id)).toMatchObject({ status: "completed", output: "One, two" });
  expect((await it.transcript(id)).at(-1)).toBe("user: Stop, please");
  await expect(it.host.interrupt(id, "again")).rejects.toMatchObject({ code: "task_over" });
  await expect(it.host.interrupt("none", undefined)).rejects.toMatchObject({ code: "task_unknown" });
});

test("an interrupt keeps what was said, appends its message and completes the task", async () => {
  const it = await openToldTasks({ turns: [(_, signal) => hangs("One, two", signal), says("Yes?")] });
  const { id } = await it.dispatch({ sessionKey: "s" });
  await it.untilTold("output");
  expect(await it.host.interruptOwn(PLUGIN, id, "  Stop, please ")).toBe(true);
  // Right behind it, without waiting for anything.
  const again = await it.dispatch({ sessionKey: "s", prompt: "Hello again" });
  expect(again.id).toBe(id);
  await it.host.idle();
  expect(kinds(it)).toEqual(["started", "completed", "started", "completed"]);
  expect(it.told[1]!.payload).toEqual({
    ...{ success: true, summary: "Chat completed", title: "Chat", session_id: "s", output: "One, two" },
  });
  expect(await it.transcript(id)).toEqual([
    "user: Hello",
    "assistant: One, two",
    "user: Stop, please",
    "user: Hello again",
    "assistant: Yes?",
  ]);
  expect(await it.host.show(id)).toMatchObject({ round: 2, output: "Yes?" });
});

test.each([[null], ["  \n"]])("a blank interrupt (%j) is a soft stop", async (message) => {
  const it = await openToldTasks({ turns: [(_, signal) => hangs("One", signal)] });
  const { id } = await it.dispatch();
  await it.untilTold("output");
  await it.host.interruptOwn(PLUGIN, id, message);
  await it.host.idle();
  expect(await it.transcript(id)).toEqual(["user: Hello", "assistant: One"]);
  expect(kinds(it)).toEqual(["started", "completed"]);
});

test("an interrupt in the middle of a tool call leaves a transcript in which the call has a result", async () => {
  const { promise: isCalled, resolve } = Promise.withResolvers<void>();
  const tools = {
    slow: () => {
      resolve();
      return new Promise(() => {});
    },
  };
  const it = await openToldTasks({ turns: [wants(["slow"])], tools });
  const { id } = await it.dispatch();
  await isCalled;
  await it.host.interruptOwn(PLUGIN, id, "Stop");
  await it.host.idle();
  const [asked, called, result, said] = await it.transcript(id);
  expect([asked, said]).toEqual(["user: Hello", "user: Stop"]);
  expect(called).toMatch(/^assistant/);
  expect(result).toContain("whether it did its work is not known");
});

test("an interrupt of a task that waits for an answer appends the message and completes it", async () => {
  const it = await openToldTasks({ turns: [asksColour] });
  const { id } = await it.dispatch({ sessionKey: "s" });
  await it.untilTold("clarification");
  await it.host.idle();
  void it.host.interruptOwn(PLUGIN, id, "Never mind");
  const again = await it.dispatch({ sessionKey: "s", prompt: "Something else" });
  expect(again.id).toBe(id);
  await it.untilTold("clarification", 2);
  expect(kinds(it)).toEqual([
    ...["started", "activity", "clarification", "completed"],
    ...["started", "activity", "clarification"],
  ]);
  expect((await it.transcript(id)).filter((text) => text.startsWith("user"))).toEqual([
    "user: Hello",
    "user: Never mind",
    "user: Something else",
  ]);
});

test("a dispatch into a session whose task runs waits for its turn there as a task of its own", async () => {
  const { promise: mayAnswer, resolve: answer } = Promise.withResolvers<void>();
  const first = async function* () {
    await mayAnswer;
    yield* says("First.");
  };
  const it = await openToldTasks({ turns: [first, says("Second.")] });
  const one = await it.dispatch({ sessionKey: "s", prompt: "1" });
  const two = await it.dispatch({ sessionKey: "s", prompt: "2" });
  expect(two.id).not.toBe(one.id);
  expect(it.host.running).toBe(2);
  await it.untilTold("started", 2);
  answer();
  await it.host.idle();
  expect(await it.transcript(two.id)).toEqual(["user: 1", "assistant: First.", "user: 2", "assistant: Second."]);
  expect((await it.host.show(two.id)).output).toBe("Second.");
});

test.each([
  ["cancelled", undefined],
  ["completed", "Stop"],
] as const)("a task that waits for its turn can be ended: %s", async (status, message) => {
  const it = await openToldTasks({ turns: [(_, signal) => hangs("One", signal)] });
  const one = await it.dispatch({ sessionKey: "s", prompt: "1" });
  const two = await it.dispatch({ sessionKey: "s", prompt: "2" });
  await it.untilTold("output");
  if (message === undefined) await it.host.cancelOwn(PLUGIN, two.id);
  else await it.host.interruptOwn(PLUGIN, two.id, message);
  await it.host.interruptOwn(PLUGIN, one.id, null);
  await it.host.idle();
  expect(await it.host.show(two.id)).toMatchObject({ status });
  // A cancel does not wait, and what was asked stands there all the same.
  const said =
    message === undefined
      ? ["user: 1", "user: 2", "assistant: One"]
      : ["user: 1", "assistant: One", "user: 2", "user: Stop"];
  expect(await it.transcript(two.id)).toEqual(said);
  expect(it.told.filter(({ taskId }) => taskId === two.id).map(({ kind }) => kind)).toEqual(["started", status]);
  expect(it.asked).toHaveLength(1);
});

test("a dispatch behind a task that was interrupted before its turn does not wait for it", async () => {
  const it = await openToldTasks({ turns: [(_, signal) => hangs("One", signal), says("Three.")] });
  const one = await it.dispatch({ sessionKey: "s", prompt: "1" });
  const two = await it.dispatch({ sessionKey: "s", prompt: "2" });
  await it.untilTold("output");
  await it.host.interruptOwn(PLUGIN, two.id, "Stop");
  const three = await it.dispatch({ sessionKey: "s", prompt: "3" });
  expect([one.id, two.id]).not.toContain(three.id);
  expect(it.asked).toHaveLength(1);
  await it.host.interruptOwn(PLUGIN, one.id, null);
  await it.host.idle();
  expect(await it.transcript(three.id)).toEqual([
    ...["user: 1", "assistant: One", "user: 2", "user: Stop", "user: 3", "assistant: Three."],
  ]);
});

test("a dispatch goes on when it turns out that the interrupted task before it has to wait for others", async () => {
  const reading = { may: Promise.resolve() };
  const db = (real: ControlDb): ControlDb => ({
    ...real,
    get opened() {
      return real.opened;
    },
    get ownWrites() {
      return real.ownWrites;
    },
    openIfThere: () => reading.may.then(() => real.openIfThere()),
  });
  const it = await openToldTasks({ turns: [(_, signal) => hangs("One", signal), says("Three.")], db });
  const agent = await it.agents.find(undefined);
  await it.dispatch({ sessionKey: "s", prompt: "1", agent });
  await it.untilTold("output");
  const { promise, resolve: read } = Promise.withResolvers<void>();
  reading.may = promise;
  const two = await it.dispatch({ sessionKey: "s", prompt: "2", agent });
  await it.host.interruptOwn(PLUGIN, two.id, "Stop");
  const third = it.dispatch({ sessionKey: "s", prompt: "3", agent });
  await new Promise((resolve) => setImmediate(resolve));
  read();
  expect((await third).id).not.toBe(two.id);
});

test("at the limit a dispatch is refused, and one for another agent is not", async () => {
  const it = await openToldTasks({
    turns: [(_, signal) => hangs("One", signal)],
    limits: { runningMax: 3, runningPerAgentMax: 2 },
  });
  const other = await it.agents.create({ name: "other" });
  await it.dispatch();
  await it.dispatch();
  await expect(it.dispatch()).rejects.toMatchObject({ code: "task_limit_reached" });
  await it.dispatch({ agent: other });
  await expect(it.dispatch({ agent: other })).rejects.toMatchObject({ code: "task_limit_reached" });
  expect(it.host.running).toBe(3);
  const [newest] = await it.host.list({ limit: 1 });
  await it.host.cancel(newest!.id);
  await it.dispatch({ agent: other });
});

test("a task that waits for an answer takes no place, and its answer waits for one", async () => {
  const it = await openToldTasks({
    turns: [asksColour, (_, signal) => hangs("One", signal), says("Red.")],
    limits: { runningMax: 1 },
  });
  const asking = await it.dispatch({ sessionKey: "s" });
  await it.untilTold("clarification");
  await it.host.idle();
  const busy = await it.dispatch();
  await it.untilTold("output");
  const answered = await it.dispatch({ sessionKey: "s", prompt: "red" });
  expect(answered.id).toBe(asking.id);
  await expect(it.dispatch({ sessionKey: "t" })).rejects.toMatchObject({ code: "task_limit_reached" });
  expect(it.asked).toHaveLength(2);
  await it.host.cancel(busy.id);
  await it.host.idle();
  expect(await it.host.show(asking.id)).toMatchObject({ status: "completed", output: "Red." });
});

test("a thousand dispatches at once: so many begin as may, and the others cost nothing", async () => {
  const it = await openToldTasks({ turns: [says("Hi.")], limits: { runningMax: 250, runningPerAgentMax: 250 } });
  const all = await Promise.allSettled(Array.from({ length: 1_000 }, () => it.dispatch()));
  const refused = all.filter((one) => one.status === "rejected");
  expect(refused).toHaveLength(1_000 - TASK_DISPATCHES_MAX);
  expect(refused[0]).toMatchObject({
    reason: { code: "rate_limited", details: { retry_after_ms: expect.any(Number) } },
  });
  const other = await it.agents.create({ name: "other" });
  await it.dispatch({ agent: other });
  await it.dispatch({ pluginId: "test.other" });
  await it.host.idle();
  const done = await it.host.list({ limit: 100, statuses: ["completed"] });
  expect(done).toHaveLength(TASK_DISPATCHES_MAX + 2);
});

test("a model that fails fails the task with the reason", async () => {
  const it = await openToldTasks({ turns: [() => breaks("inference_timeout", "Well")] });
  const { id } = await it.dispatch();
  await it.host.idle();
  expect(await it.host.show(id)).toMatchObject({
    status: "failed",
    summary: "the model's server failed",
    output: "Well",
  });
  expect(it.told.at(-1)).toMatchObject({
    kind: "failed",
    payload: { success: false, summary: "the model's server failed" },
  });
});

test("drafts are kept and told while the task is not over", async () => {
  const it = await openToldTasks({ turns: [(_, signal) => hangs("One", signal)] });
  const { id } = await it.dispatch({ title: "T" });
  expect(await it.host.draft(PLUGIN, id, '{"text":"so far"}')).toBe(true);
  expect(await it.host.draft(PLUGIN, id, "[1]")).toBe(true);
  expect(await it.host.draft(PLUGIN, id, "{")).toBe(true);
  await it.untilTold("draft", 3);
  expect(it.told.slice(1).map(({ payload }) => payload)).toEqual([
    { draft: { text: "so far" }, title: "T" },
    { title: "T" },
    { title: "T" },
  ]);
  expect(await it.host.report(PLUGIN, id)).toMatchObject({ task: { draft: '{"text":"so far"}' } });
  await it.host.cancel(id);
  expect(await it.host.draft(PLUGIN, id, "{}")).toBe(false);
});

test("tasks of an agent that is deleted are cancelled", async () => {
  const it = await openToldTasks({ turns: [(_, signal) => hangs("One", signal)] });
  const agent = await it.agents.create({ name: "short-lived" });
  const { id } = await it.dispatch({ agent });
  await it.untilTold("output");
  await it.agents.delete("short-lived");
  await it.untilTold("cancelled");
  await it.host.idle();
  expect(await it.host.show(id)).toMatchObject({ status: "cancelled" });
  expect(kinds(it)).toEqual(["started", "cancelled"]);
});

/** Without its tasks, as nothing here does it. */
async function loseSession({ db, host }: ToldTasksHost, taskId: string): Promise<void> {
  const { sessionId } = await host.show(taskId);
  await db.together((sqlite) => sqlite.prepare("DELETE FROM sessions WHERE id = ?").run(sessionId));
}

test("a task whose session is gone fails", async () => {
  const { promise: mayAnswer, resolve: answer } = Promise.withResolvers<void>();
  const slow: Turn = async function* () {
    yield { type: "text", text: "One" };
    await mayAnswer;
    yield* says(", two");
  };
  const it = await openToldTasks({ turns: [slow] });
  const { id } = await it.dispatch();
  await it.untilTold("output");
  await loseSession(it, id);
  answer();
  await it.host.idle();
  expect(await it.host.show(id)).toMatchObject({ status: "failed", errorCode: "session_unknown" });
});

test("an interrupt of a task whose session is gone ends it all the same", async () => {
  const it = await openToldTasks({ turns: [(_, signal) => hangs("One", signal)] });
  const { id } = await it.dispatch();
  await it.untilTold("output");
  await loseSession(it, id);
  await it.host.interruptOwn(PLUGIN, id, "Stop");
  await it.host.idle();
  expect(await it.host.show(id)).toMatchObject({ status: "completed" });
  expect(it.notes).toEqual([]);
});

/** A database that takes nothing while it is `isBroken`. */
function breakable() {
  const state = { isBroken: false };
  const db = (real: ControlDb): ControlDb => ({
    ...real,
    get opened() {
      return real.opened;
    },
    get ownWrites() {
      return real.ownWrites;
    },
    together: (work) =>
      state.isBroken ? Promise.reject(new HostError("store_broken", "the disk is full")) : real.together(work),
  });
  return { state, db };
}

test("when the database takes nothing, tasks end in memory, and on disk as soon as it does again", async () => {
  const { state, db } = breakable();
  const { promise: mayAnswer, resolve: answer } = Promise.withResolvers<void>();
  const slow: Turn = async function* () {
    yield { type: "text", text: "One" };
    await mayAnswer;
    yield* says(", two");
  };
  const it = await openToldTasks({ turns: [slow], db });
  const { id } = await it.dispatch();
  await it.untilTold("output");
  state.isBroken = true;
  answer();
  await it.host.idle();
  expect(await it.host.show(id)).toMatchObject({ status: "failed", errorCode: "store_broken" });
  expect(await it.host.report(PLUGIN, id)).toMatchObject({ task: { status: "failed" } });
  expect(it.notes[0]).toContain("the disk is full");
  await expect(it.dispatch()).rejects.toMatchObject({ code: "store_broken" });
  expect(it.host.running).toBe(0);
  state.isBroken = false;
  await it.untilTold("failed");
  expect(await new TaskStore(it.db).byId(id)).toMatchObject({ status: "failed", errorCode: "store_broken" });
});

test("tasks of a plugin that is removed are cancelled and forgotten", async () => {
  const it = await openToldTasks({ turns: [(_, signal) => hangs("One", signal)] });
  const { id } = await it.dispatch();
  await it.untilTold("output");
  await it.host.forgetPlugin(PLUGIN);
  await it.host.idle();
  expect(it.host.running).toBe(0);
  expect(await it.host.report(PLUGIN, id)).toBeUndefined();
  expect(kinds(it)).toEqual(["started", "cancelled"]);
});

test("a dispatch that fails gives its place back", async () => {
  const it = await openToldTasks({ turns: [says("x")], limits: { runningMax: 1 } });
  const agent = await it.agents.create({ name: "gone" });
  await it.agents.delete("gone");
  await expect(it.dispatch({ agent })).rejects.toMatchObject({ code: "agent_unknown" });
  await it.dispatch();
  await it.untilTold("completed");
});

test("an interrupt ends a round that waits for its place", async () => {
  const it = await openToldTasks({
    turns: [asksColour, (_, signal) => hangs("One", signal)],
    limits: { runningMax: 1 },
  });
  const { id } = await it.dispatch({ sessionKey: "a" });
  await it.untilTold("clarification");
  await it.host.idle();
  const busy = await it.dispatch({ sessionKey: "b" });
  await it.untilTold("output");
  await it.host.answer(id, "red");
  expect(await it.host.interruptOwn(PLUGIN, id, "never mind")).toBe(true);
  await it.untilTold("completed");
  expect((await it.transcript(id)).slice(-2)).toEqual(["user: red", "user: never mind"]);
  await it.host.cancel(busy.id);
});
