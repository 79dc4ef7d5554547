import { afterEach, expect, test, vi } from "vitest";
import { OTHER_AGENT, openTasksAt, wishOf } from "../../test/helpers/task-store.ts";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { DEFAULT_AGENT_ID } from "../protocol/agent-id.ts";
import { SESSION_KEY_CHARS_MAX, TASK_EVENTS_KEPT_MAX, TASK_KEPT_MS, TASKS_KEPT_MAX } from "../protocol/limits.ts";
import type { Task } from "../protocol/task.ts";
import type { TaskStore } from "./tasks.ts";

const NOBODY = "99999999-9999-9999-9999-999999999999";
const UUID = /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/;
const START = Date.parse("2026-03-01T12:00:00.000Z");

afterEach(() => vi.useRealTimers());

async function end(tasks: TaskStore, { id, owner }: Task): Promise<void> {
  await tasks.change(id, owner!, { status: "completed", summary: "done" }, [{ kind: "completed", payload: {} }]);
}

async function ask(tasks: TaskStore, { id, owner }: Task): Promise<void> {
  const question = { question: "which?", allow_multiple: false };
  await tasks.change(id, owner!, { status: "awaitingClarification", question }, [
    { kind: "clarification", payload: question },
  ]);
}

const told = async (tasks: TaskStore, { id }: Task) =>
  (await tasks.events(id, 0, 100)).map(({ seq, kind }) => `${seq} ${kind}`);

test("a dispatch makes a session and a task with its first event, and whoever reads it next finds both", async () => {
  const folder = tempDir();
  const { tasks, sessions } = await openTasksAt(folder);
  const { task, how } = await tasks.dispatch(wishOf({ sessionKey: "chat-7", title: "Sums", tools: ["add"] }));
  expect(how).toBe("new");
  expect(task).toMatchObject({
    id: expect.stringMatching(UUID),
    sessionKey: "chat-7",
    title: "Sums",
    status: "running",
    round: 1,
    prompt: "hello",
    tools: ["add"],
    owner: "host a",
    endedAt: null,
    resumes: 0,
  });
  expect(await tasks.events(task.id, 0, 10)).toEqual([
    {
      taskId: task.id,
      seq: 1,
      kind: "started",
      payload: { status: "running", title: "Sums" },
      at: task.createdAt,
      toldAt: null,
    },
  ]);
  expect(await sessions.byKey("test.a", "chat-7", DEFAULT_AGENT_ID)).toMatchObject({
    id: task.sessionId,
    title: "Sums",
    turnCount: 0,
  });
  const { tasks: others } = await openTasksAt(folder);
  expect(await others.byId(task.id.toLowerCase())).toEqual(task);
});

test("a task without a title is called Chat", async () => {
  const { tasks } = await openTasksAt(tempDir());
  expect((await tasks.dispatch(wishOf({}))).task.title).toBe("Chat");
});

test("a dispatch into the session of a task that is over begins the next round of it", async () => {
  const { tasks } = await openTasksAt(tempDir());
  const { task: first } = await tasks.dispatch(wishOf({ sessionKey: "k", title: "One", tools: ["add"] }));
  const artifact = { filename: "a", mime_type: "b", size: 1, host_path: "/a", is_directory: false };
  await tasks.change(first.id, "host a", { output: "x", draft: "{}", artifacts: [artifact], resumes: 2 });
  await tasks.change(first.id, "host a", { status: "failed", summary: "bad", errorCode: "task_interrupted" });
  const { task, how } = await tasks.dispatch(wishOf({ sessionKey: "k", prompt: "more", owner: "host b" }));
  expect(how).toBe("again");
  expect(task).toEqual({
    ...first,
    round: 2,
    prompt: "more",
    tools: [],
    owner: "host b",
    updatedAt: expect.any(String),
  });
  expect(await told(tasks, task)).toEqual(["1 started", "2 started"]);
  await end(tasks, task);
  const third = await tasks.dispatch(wishOf({ sessionKey: "k", title: "Three" }));
  expect(third.task).toMatchObject({ id: first.id, round: 3, title: "Three" });
});

test("a dispatch into the session of a task that waits is its answer, and the round goes on", async () => {
  const { tasks } = await openTasksAt(tempDir());
  const { task: first } = await tasks.dispatch(wishOf({ sessionKey: "k", tools: ["add"] }));
  await tasks.openRound(first.id, "host a");
  await ask(tasks, first);
  const { task, how } = await tasks.dispatch(wishOf({ sessionKey: "k", prompt: "the red one" }));
  expect(how).toBe("answer");
  expect(task).toMatchObject({ id: first.id, round: 1, status: "running", prompt: "the red one", question: null });
  expect(task.tools).toEqual(["add"]);
  expect(await told(tasks, task)).toEqual(["1 started", "2 clarification", "3 activity"]);
  expect(await tasks.feed(task.id, 10)).toEqual([
    { kind: "info", title: "Resumed", timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) },
  ]);
});

test("an answer may bring tools of its own", async () => {
  const { tasks } = await openTasksAt(tempDir());
  const { task } = await tasks.dispatch(wishOf({ sessionKey: "k", tools: ["add"] }));
  await ask(tasks, task);
  expect((await tasks.dispatch(wishOf({ sessionKey: "k", tools: ["take"] }))).task.tools).toEqual(["take"]);
});

test("an answer to a task of another host is kept, with its title and tools, and that host is asked to look", async () => {
  const { tasks } = await openTasksAt(tempDir());
  const { task } = await tasks.dispatch(wishOf({ sessionKey: "k" }));
  await ask(tasks, task);
  const answer = wishOf({ sessionKey: "k", prompt: "blue", title: "New", tools: ["add"], owner: "host b" });
  const answered = await tasks.dispatch(answer);
  expect(answered).toMatchObject({
    how: "elsewhere",
    task: { id: task.id, status: "running", prompt: "blue", title: "New", tools: ["add"], owner: "host a" },
  });
  expect(await told(tasks, task)).toEqual(["1 started", "2 clarification", "3 activity"]);
  expect(await tasks.takeWishes("host a")).toEqual([{ task: answered.task, wish: { kind: "look" } }]);
  // The next one finds a task that runs.
  expect(await tasks.dispatch({ ...answer, prompt: "red" })).toMatchObject({ how: "new" });
});

test("an answer to a task that nobody owns takes it", async () => {
  const { tasks } = await openTasksAt(tempDir());
  const { task } = await tasks.dispatch(wishOf({ sessionKey: "k" }));
  await ask(tasks, task);
  await tasks.release("host a");
  const answer = wishOf({ sessionKey: "k", prompt: "blue", owner: "host b" });
  expect(await tasks.dispatch(answer)).toMatchObject({ how: "answer", task: { id: task.id, owner: "host b" } });
  expect(await tasks.takeWishes("host b")).toEqual([]);
});

test("of two answers at once one is taken, whoever owns the task", async () => {
  const folder = tempDir();
  const [{ tasks }, { tasks: others }] = [await openTasksAt(folder), await openTasksAt(folder)];
  const { task } = await tasks.dispatch(wishOf({ sessionKey: "k", tools: ["add"] }));
  expect(await tasks.answer(task.id, "host a", "too early")).toBeUndefined();
  await ask(tasks, task);
  const both = await Promise.all([others.answer(task.id, "host b", "red"), tasks.answer(task.id, "host a", "blue")]);
  expect(both.filter((one) => one !== undefined)).toMatchObject([{ task: { status: "running", tools: ["add"] } }]);
  expect(await tasks.byId(task.id)).toEqual(both.find((one) => one !== undefined)!.task);
});

test("a dispatch would answer what waits in its own session, and nothing else", async () => {
  const { tasks } = await openTasksAt(tempDir());
  expect(await tasks.wouldAnswer(wishOf({ sessionKey: "k" }))).toBe(false);
  const { task } = await tasks.dispatch(wishOf({ sessionKey: "k" }));
  expect(await tasks.wouldAnswer(wishOf({ sessionKey: "k" }))).toBe(false);
  await ask(tasks, task);
  expect(await tasks.wouldAnswer(wishOf({ sessionKey: "k" }))).toBe(true);
  const others = [{ sessionKey: "l" }, { sessionKey: null }, { pluginId: "test.b" }, { agentId: OTHER_AGENT }];
  for (const other of others) expect(await tasks.wouldAnswer(wishOf({ sessionKey: "k", ...other }))).toBe(false);
});

test("a dispatch into the session of a task that runs makes another task in the same session", async () => {
  const { tasks } = await openTasksAt(tempDir());
  const { task: first } = await tasks.dispatch(wishOf({ sessionKey: "k" }));
  const { task: second, how } = await tasks.dispatch(wishOf({ sessionKey: "k" }));
  expect(how).toBe("new");
  expect(second.id).not.toBe(first.id);
  expect(second).toMatchObject({ sessionId: first.sessionId, sessionKey: "k", round: 1 });
  await end(tasks, second);
  const third = await tasks.dispatch(wishOf({ sessionKey: "k" }));
  expect(third).toMatchObject({ how: "again", task: { id: second.id } });
});

test("a dispatch into a session that had no task yet makes one in it", async () => {
  const { tasks, sessions } = await openTasksAt(tempDir());
  const own = { agentId: DEFAULT_AGENT_ID, pluginId: "test.a", externalKey: "k", title: "Talk" };
  const { id } = await sessions.create(own);
  expect((await tasks.dispatch(wishOf({ sessionKey: "k" }))).task).toMatchObject({ sessionId: id, round: 1 });
});

test("a key finds nothing of another agent or another plugin: each has a session of its own", async () => {
  const { tasks } = await openTasksAt(tempDir());
  const { task } = await tasks.dispatch(wishOf({ sessionKey: "k" }));
  await end(tasks, task);
  const others = [
    await tasks.dispatch(wishOf({ sessionKey: "k", agentId: OTHER_AGENT })),
    await tasks.dispatch(wishOf({ sessionKey: "k", pluginId: "test.b" })),
  ];
  expect(others.map(({ how }) => how)).toEqual(["new", "new"]);
  expect(new Set([task, ...others.map((one) => one.task)].map(({ sessionId }) => sessionId)).size).toBe(3);
});

test("each dispatch without a key has a session of its own, which its plugin finds by its id for the same agent", async () => {
  const { tasks } = await openTasksAt(tempDir());
  const [{ task }, { task: other }] = await Promise.all([tasks.dispatch(wishOf({})), tasks.dispatch(wishOf({}))]);
  expect(other.sessionId).not.toBe(task.sessionId);
  expect(task.sessionKey).toBeNull();
  await end(tasks, task);
  const sessionKey = task.sessionId.toLowerCase();
  for (const stranger of [{ pluginId: "test.b" }, { agentId: OTHER_AGENT }]) {
    const missed = await tasks.dispatch(wishOf({ sessionKey, ...stranger }));
    expect(missed.how).toBe("new");
    expect(missed.task).not.toMatchObject({ sessionId: task.sessionId });
  }
  const again = await tasks.dispatch(wishOf({ sessionKey }));
  expect(again).toMatchObject({ how: "again", task: { id: task.id, sessionKey: null, sessionId: task.sessionId } });
  const beside = await tasks.dispatch(wishOf({ sessionKey }));
  expect(beside).toMatchObject({ how: "new", task: { sessionKey: null, sessionId: task.sessionId } });
});

test("the id of a session with a key is no way to it", async () => {
  const { tasks } = await openTasksAt(tempDir());
  const { task } = await tasks.dispatch(wishOf({ sessionKey: "k" }));
  await end(tasks, task);
  const missed = await tasks.dispatch(wishOf({ sessionKey: task.sessionId }));
  expect(missed).toMatchObject({ how: "new", task: { sessionKey: task.sessionId } });
  expect(missed.task.sessionId).not.toBe(task.sessionId);
});

test("an id that is wished for is given when it is a UUID that no task has", async () => {
  const { tasks } = await openTasksAt(tempDir());
  const id = "abcdefab-1234-4123-8123-abcdefabcdef";
  const { task } = await tasks.dispatch(wishOf({ id, sessionKey: "k" }));
  expect(task.id).toBe(id.toUpperCase());
  for (const taken of [id, id.toUpperCase(), "no-uuid", ""]) {
    const { task: other } = await tasks.dispatch(wishOf({ id: taken, pluginId: "test.b" }));
    expect(other.id).toMatch(UUID);
    expect(other.id).not.toBe(task.id);
  }
  await end(tasks, task);
  expect((await tasks.dispatch(wishOf({ id: NOBODY, sessionKey: "k" }))).task.id).toBe(task.id);
});

test("nothing is left of a dispatch for an agent that is gone, or with a key that is too long", async () => {
  const { tasks, sessions } = await openTasksAt(tempDir());
  await expect(tasks.dispatch(wishOf({ agentId: NOBODY }))).rejects.toMatchObject({ code: "agent_unknown" });
  const long = wishOf({ sessionKey: "k".repeat(SESSION_KEY_CHARS_MAX + 1) });
  await expect(tasks.dispatch(long)).rejects.toMatchObject({ code: "request_invalid" });
  expect(await tasks.list({ limit: 10 })).toEqual([]);
  expect(await sessions.list({ limit: 10 })).toEqual([]);
  await tasks.dispatch(wishOf({ sessionKey: "k".repeat(SESSION_KEY_CHARS_MAX) }));
});

test("one of several dispatches at once that fails takes nothing of the others with it", async () => {
  const { tasks, sessions } = await openTasksAt(tempDir());
  const settled = await Promise.allSettled([
    tasks.dispatch(wishOf({ sessionKey: "1" })),
    tasks.dispatch(wishOf({ sessionKey: "2", agentId: NOBODY })),
    tasks.dispatch(wishOf({ sessionKey: "3" })),
  ]);
  expect(settled.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect((await tasks.list({ limit: 10 })).map(({ sessionKey }) => sessionKey)).toEqual(["3", "1"]);
  expect(await sessions.list({ limit: 10 })).toHaveLength(2);
});

test("of tasks that are over long ago those are kept that ended last", async () => {
  const { tasks } = await openTasksAt(tempDir());
  vi.useFakeTimers({ toFake: ["Date"], now: START });
  const many = Array.from({ length: TASKS_KEPT_MAX + 1 }, () => tasks.dispatch(wishOf({})));
  const [first, ...rest] = (await Promise.all(many)).map(({ task }) => task);
  const [waits, runs] = await Promise.all([tasks.dispatch(wishOf({})), tasks.dispatch(wishOf({}))]);
  await ask(tasks, waits.task);
  await tasks.dispatch(wishOf({ pluginId: "test.b" })).then(({ task }) => end(tasks, task));
  await Promise.all(rest.map((task) => end(tasks, task)));
  vi.setSystemTime(START + 1_000);
  await end(tasks, first!);
  const left = async () => new Set((await tasks.list({ limit: 1_000 })).map(({ id }) => id));

  vi.setSystemTime(START + TASK_KEPT_MS);
  await tasks.dispatch(wishOf({ prompt: "within the time" }));
  expect((await left()).size).toBe(TASKS_KEPT_MAX + 1 + 2 + 1 + 1);

  vi.setSystemTime(START + TASK_KEPT_MS + 1);
  await tasks.dispatch(wishOf({ prompt: "one later" }));
  const kept = await left();
  expect(kept.size).toBe(TASKS_KEPT_MAX + 2 + 1 + 2);
  for (const { id } of [first!, rest.at(-1)!, waits.task, runs.task]) expect(kept).toContain(id);
  expect(kept).not.toContain(rest[0]!.id);
  // Untold events do not keep a task that is forgotten, and those of one that is kept stay.
  expect(await tasks.nextUntold(rest[0]!.id)).toBeUndefined();
  expect(await tasks.nextUntold(rest[1]!.id)).toMatchObject({ seq: 1 });
});

test("what ended by a clock that was set back since makes room as well, and what ends now is kept", async () => {
  const { tasks } = await openTasksAt(tempDir());
  vi.useFakeTimers({ toFake: ["Date"], now: START + 10 * TASK_KEPT_MS });
  const many = Array.from({ length: TASKS_KEPT_MAX + 5 }, () => tasks.dispatch(wishOf({})));
  await Promise.all((await Promise.all(many)).map(({ task }) => end(tasks, task)));
  vi.setSystemTime(START);
  const { task } = await tasks.dispatch(wishOf({ prompt: "after the jump" }));
  await end(tasks, task);
  await tasks.dispatch(wishOf({}));
  const left = await tasks.list({ limit: 1_000 });
  expect(left).toHaveLength(TASKS_KEPT_MAX + 2);
  expect(left.map(({ id }) => id)).toContain(task.id);
});

test("a clock that jumps changes the order of nothing", async () => {
  const { tasks } = await openTasksAt(tempDir());
  vi.useFakeTimers({ toFake: ["Date"], now: START });
  const { task } = await tasks.dispatch(wishOf({ sessionKey: "k" }));
  const ids = [task.id];
  for (const jump of [-TASK_KEPT_MS, 3 * TASK_KEPT_MS, -100 * TASK_KEPT_MS]) {
    vi.setSystemTime(START + jump);
    await tasks.change(task.id, "host a", {}, [
      { kind: "activity", payload: { kind: "info", title: String(jump), timestamp: "2026-03-01T12:00:00Z" } },
    ]);
    ids.push((await tasks.dispatch(wishOf({ sessionKey: "k", prompt: String(jump) }))).task.id);
  }
  const titles = [-1, 3, -100].map((times) => String(times * TASK_KEPT_MS));
  expect((await tasks.feed(task.id, 10)).map(({ title }) => title)).toEqual(titles);
  expect((await tasks.events(task.id, 0, 10)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
  expect(await tasks.nextUntold(task.id)).toMatchObject({ seq: 1 });
  expect((await tasks.list({ limit: 10 })).map(({ id }) => id)).toEqual(ids.toReversed());
  const sessionIds = (await tasks.list({ limit: 10 })).map(({ sessionId }) => sessionId);
  expect(new Set(sessionIds)).toEqual(new Set([task.sessionId]));
});

test("events of earlier rounds that were told make room when there are too many, and the numbers go on", async () => {
  const { tasks } = await openTasksAt(tempDir());
  const { task } = await tasks.dispatch(wishOf({ sessionKey: "k" }));
  const entry = { kind: "activity" as const, payload: { kind: "info", title: "x", timestamp: "t" } };
  await tasks.change(task.id, "host a", {}, new Array(TASK_EVENTS_KEPT_MAX - 1).fill(entry));
  await end(tasks, task);
  await tasks.markTold(task.id, 1, "host a");
  await tasks.markTold(task.id, 3, "host a");
  const first = async () => (await tasks.events(task.id, 0, 2)).map(({ seq }) => seq);
  expect(await first()).toEqual([1, 2]);
  // The new round is the second one too many; the second event was not told.
  await tasks.dispatch(wishOf({ sessionKey: "k" }));
  expect(await first()).toEqual([2, 3]);
  expect(await tasks.events(task.id, TASK_EVENTS_KEPT_MAX + 1, 10)).toMatchObject([
    { seq: TASK_EVENTS_KEPT_MAX + 2, kind: "started" },
  ]);
});

test("of several tasks in a session the one that waits is answered, however new the others are", async () => {
  const { tasks } = await openTasksAt(tempDir());
  const { task: asks } = await tasks.dispatch(wishOf({ sessionKey: "k" }));
  const { task: behind } = await tasks.dispatch(wishOf({ sessionKey: "k" }));
  expect(behind.id).not.toBe(asks.id);
  await ask(tasks, asks);
  await end(tasks, behind);
  const { task, how } = await tasks.dispatch(wishOf({ sessionKey: "k", prompt: "this one" }));
  expect([how, task.id]).toEqual(["answer", asks.id]);
});
