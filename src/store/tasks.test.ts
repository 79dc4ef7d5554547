import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { OTHER_AGENT, openTasksAt, wishOf } from "../../test/helpers/task-store.ts";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { TASK_DRAFTS_WAITING_MAX, TASK_WISHES_WAITING_MAX } from "../protocol/limits.ts";
import type { Task } from "../protocol/task.ts";
import { type ControlDb, controlDb } from "./control-db.ts";
import { type NewTaskEvent, TaskStore } from "./tasks.ts";

const NOBODY = "99999999-9999-9999-9999-999999999999";
const A = "host a";
const B = "host b";

const entry = (title: string): NewTaskEvent => ({
  kind: "activity",
  payload: { kind: "info", title, timestamp: "2026-03-01T12:00:00Z" },
});

const ids = (tasks: readonly Task[]) => tasks.map(({ id }) => id);

const writeIn = async ({ openForWrite }: ControlDb, sql: string, ...values: unknown[]) =>
  (await openForWrite()).write((sqlite) => sqlite.prepare(sql).run(...values));

/** A store with one task of `A`, which may have told things already. */
async function openWithTask(events: readonly NewTaskEvent[] = []) {
  const opened = await openTasksAt(tempDir());
  const { task } = await opened.tasks.dispatch(wishOf({ sessionKey: "k" }));
  if (events.length > 0) await opened.tasks.change(task.id, A, {}, events);
  return { ...opened, task };
}

test("asking, and changing what is not there, makes no database", async () => {
  const folder = join(tempDir(), "data");
  const tasks = new TaskStore(controlDb(folder));
  expect(await tasks.byId(NOBODY)).toBeUndefined();
  expect(await tasks.list({ limit: 10 })).toEqual([]);
  expect(await tasks.wouldAnswer(wishOf({ sessionKey: "k" }))).toBe(false);
  expect(await tasks.answer(NOBODY, A, "x")).toBeUndefined();
  expect(await tasks.addDraft(NOBODY, A, "{}", entry("x"))).toBeUndefined();
  expect(await tasks.change(NOBODY, A, { output: "x" })).toBeUndefined();
  expect(await tasks.openRound(NOBODY, A)).toBeUndefined();
  expect(await tasks.events(NOBODY, 0, 10)).toEqual([]);
  expect(await tasks.feed(NOBODY, 10)).toEqual([]);
  expect(await tasks.nextUntold(NOBODY)).toBeUndefined();
  expect(await tasks.markTold(NOBODY, 1, A)).toBe(false);
  await tasks.takeBackTold(NOBODY, 1, A);
  expect(await tasks.untold(A)).toEqual([]);
  expect(await tasks.claim(A, () => true, "open")).toEqual([]);
  expect(await tasks.takeWishes(A)).toEqual([]);
  expect(await tasks.wish(NOBODY, { kind: "cancel" })).toBe(false);
  expect(await tasks.isWished(NOBODY)).toBe(false);
  await tasks.release(A);
  await tasks.forgetPlugin("test.a");
  expect(existsSync(folder)).toBe(false);
});

test("a change keeps what it leaves out, and stands there with its events", async () => {
  const { tasks, task } = await openWithTask();
  const artifact = { filename: "a.txt", mime_type: "text/plain", size: 3, host_path: "/x/a.txt", is_directory: false };
  const changed = await tasks.change(
    task.id.toLowerCase(),
    A,
    { output: "so far", artifacts: [artifact], resumes: 1 },
    [entry("one"), entry("two")],
  );
  expect(changed).toEqual({
    ...task,
    output: "so far",
    artifacts: [artifact],
    resumes: 1,
    updatedAt: expect.any(String),
  });
  expect(await tasks.byId(task.id)).toEqual(changed);
  expect((await tasks.events(task.id, 1, 10)).map(({ seq, payload }) => [seq, payload.title])).toEqual([
    [2, "one"],
    [3, "two"],
  ]);
  const question = { question: "which?", allow_multiple: true, options: ["a", "b"] };
  const waits = await tasks.change(task.id, A, { status: "awaitingClarification", question, draft: '{"a":1}' });
  expect(waits).toEqual({
    ...changed,
    status: "awaitingClarification",
    question,
    draft: '{"a":1}',
    updatedAt: expect.any(String),
  });
  expect(await tasks.change(task.id, A, { question: null, draft: null, output: null })).toMatchObject({
    question: null,
    draft: null,
    output: null,
  });
});

test("a task that is over says when, and nothing changes it any more", async () => {
  const { tasks, task } = await openWithTask();
  const failed = await tasks.change(task.id, A, { status: "failed", summary: "no", errorCode: "task_failed" }, [
    { kind: "failed", payload: { success: false } },
  ]);
  expect(failed).toMatchObject({ status: "failed", errorCode: "task_failed", endedAt: failed!.updatedAt });
  const late = { status: "completed", output: "late" } as const;
  expect(await tasks.change(task.id, A, late, [{ kind: "completed", payload: {} }])).toBeUndefined();
  expect(await tasks.openRound(task.id, A)).toBeUndefined();
  expect(await tasks.byId(task.id)).toEqual(failed);
  expect(await tasks.events(task.id, 2, 10)).toEqual([]);
});

test("of two ends at once one counts, and there is one event that tells it", async () => {
  const { tasks, task } = await openWithTask();
  const ends = await Promise.all([
    tasks.change(task.id, A, { status: "cancelled" }, [{ kind: "cancelled", payload: {} }]),
    tasks.change(task.id, A, { status: "completed" }, [{ kind: "completed", payload: {} }]),
  ]);
  expect(ends.map((one) => one?.status)).toEqual(["cancelled", undefined]);
  expect((await tasks.events(task.id, 1, 10)).map(({ kind }) => kind)).toEqual(["cancelled"]);
});

test("whoever does not own a task changes nothing of it", async () => {
  const { tasks, sessions, task } = await openWithTask();
  expect(await tasks.change(task.id, B, { status: "cancelled" }, [entry("x")])).toBeUndefined();
  expect(await tasks.openRound(task.id, B)).toBeUndefined();
  expect(await tasks.markTold(task.id, 1, B)).toBe(false);
  await tasks.markTold(task.id, 1, A);
  await tasks.takeBackTold(task.id, 1, B);
  await tasks.release(B);
  expect(await tasks.byId(task.id)).toEqual(task);
  expect(await tasks.nextUntold(task.id)).toBeUndefined();
  expect(await tasks.events(task.id, 1, 10)).toEqual([]);
  expect(await sessions.turns(task.sessionId)).toEqual([]);
});

test("nothing of a change is left when a part of it fails", async () => {
  const { tasks, task, db } = await openWithTask();
  const passing = tasks.change(task.id, A, { output: "x" }, [entry("x"), { kind: "output", payload: {} }]);
  await expect(passing).rejects.toThrow("events that pass are not kept");
  await db.together((sqlite) => sqlite.prepare("DELETE FROM sessions WHERE id = ?").run(task.sessionId));
  const spoken = tasks.change(task.id, A, { output: "x" }, [entry("x")], [{ role: "user", content: "stop" }]);
  await expect(spoken).rejects.toMatchObject({ code: "session_unknown" });
  await expect(tasks.openRound(task.id, A)).rejects.toMatchObject({ code: "session_unknown" });
  expect(await tasks.byId(task.id)).toEqual(task);
  expect(await tasks.events(task.id, 1, 10)).toEqual([]);
});

test("a change that is not told in full is not made: the event's row refuses, and the task stays as it was", async () => {
  const { tasks, task, db } = await openWithTask();
  await writeIn(db, "CREATE TRIGGER no BEFORE INSERT ON task_events BEGIN SELECT raise(ABORT, 'no'); END");
  await expect(tasks.change(task.id, A, { status: "completed" }, [entry("x")])).rejects.toThrow();
  await expect(tasks.dispatch(wishOf({ pluginId: "test.b" }))).rejects.toThrow();
  expect(ids(await tasks.list({ limit: 10 }))).toEqual([task.id]);
  expect(await tasks.byId(task.id)).toEqual(task);
});

test("a round is opened by moving its prompt into the transcript, once", async () => {
  const { tasks, sessions, task } = await openWithTask();
  const opened = await Promise.all([tasks.openRound(task.id, A), tasks.openRound(task.id.toLowerCase(), A)]);
  expect(opened).toMatchObject([
    { id: task.id, prompt: null },
    { id: task.id, prompt: null },
  ]);
  expect(await sessions.turns(task.sessionId)).toEqual([{ role: "user", content: "hello" }]);
});

test("a change may add to the transcript", async () => {
  const { tasks, sessions, task } = await openWithTask();
  await tasks.openRound(task.id, A);
  await tasks.change(task.id, A, { status: "completed" }, [], [{ role: "user", content: "enough" }]);
  expect((await sessions.turns(task.sessionId)).map(({ content }) => content)).toEqual(["hello", "enough"]);
});

test("tasks are listed newest first, and by what they are", async () => {
  const { tasks, task: first } = await openWithTask();
  const { task: other } = await tasks.dispatch(wishOf({ agentId: OTHER_AGENT }));
  const { task: foreign } = await tasks.dispatch(wishOf({ pluginId: "test.b" }));
  await tasks.change(first.id, A, { status: "completed" });
  const listed = async (filter: object) => ids(await tasks.list({ limit: 10, ...filter }));
  expect(await listed({})).toEqual([foreign.id, other.id, first.id]);
  expect(await listed({ limit: 2 })).toEqual([foreign.id, other.id]);
  expect(await listed({ limit: 0 })).toEqual([]);
  expect(await listed({ limit: -1 })).toEqual([]);
  expect(await listed({ agentId: OTHER_AGENT })).toEqual([other.id]);
  expect(await listed({ pluginId: "test.b" })).toEqual([foreign.id]);
  expect(await listed({ pluginId: "test.a", statuses: ["running", "awaitingClarification"] })).toEqual([other.id]);
  expect(await listed({ statuses: ["completed"] })).toEqual([first.id]);
  expect(await listed({ statuses: [] })).toEqual([]);
});

test("events are numbered without gaps over all rounds, and read on from any of them", async () => {
  const { tasks, task } = await openWithTask([entry("1"), entry("2")]);
  await Promise.all(["3", "4", "5"].map((title) => tasks.change(task.id, A, {}, [entry(title), entry(title)])));
  await tasks.change(task.id, A, { status: "completed" }, [{ kind: "completed", payload: {} }]);
  await tasks.dispatch(wishOf({ sessionKey: "k" }));
  await tasks.change(task.id, A, {}, [entry("6")]);
  const seqs = async (after: number, limit: number) =>
    (await tasks.events(task.id, after, limit)).map(({ seq }) => seq);
  expect(await seqs(0, 100)).toEqual(Array.from({ length: 12 }, (_, at) => at + 1));
  expect(await seqs(3, 2)).toEqual([4, 5]);
  expect(await seqs(12, 2)).toEqual([]);
  expect(await seqs(0, 0)).toEqual([]);
});

test("the feed has the newest entries of this round only, oldest first", async () => {
  const draft: NewTaskEvent = { kind: "draft", payload: { title: "Chat" } };
  const { tasks, task } = await openWithTask([entry("old")]);
  await tasks.change(task.id, A, { status: "completed" }, [{ kind: "completed", payload: {} }]);
  expect(await tasks.feed(task.id, 20)).toHaveLength(1);
  await tasks.dispatch(wishOf({ sessionKey: "k" }));
  expect(await tasks.feed(task.id, 20)).toEqual([]);
  await tasks.change(task.id, A, {}, [entry("1"), draft, entry("2"), entry("3")]);
  const titles = async (limit: number) => (await tasks.feed(task.id.toLowerCase(), limit)).map(({ title }) => title);
  expect(await titles(3)).toEqual(["1", "2", "3"]);
  expect(await titles(2)).toEqual(["2", "3"]);
});

test("each event is told once, the oldest first, and again only when it was not told after all", async () => {
  const { tasks, task } = await openWithTask([entry("x")]);
  expect(await tasks.nextUntold(task.id.toLowerCase())).toMatchObject({ seq: 1, kind: "started", toldAt: null });
  const marks = await Promise.all([tasks.markTold(task.id, 1, A), tasks.markTold(task.id.toLowerCase(), 1, A)]);
  expect(marks).toEqual([true, false]);
  expect((await tasks.events(task.id, 0, 1))[0]!.toldAt).toMatch(/^\d{4}-/);
  expect(await tasks.nextUntold(task.id)).toMatchObject({ seq: 2 });
  await tasks.takeBackTold(task.id, 1, A);
  expect(await tasks.nextUntold(task.id)).toMatchObject({ seq: 1 });
  expect(await tasks.markTold(task.id, 1, A)).toBe(true);
  expect(await tasks.markTold(task.id, 2, A)).toBe(true);
  expect(await tasks.markTold(task.id, 3, A)).toBe(false);
  expect(await tasks.nextUntold(task.id)).toBeUndefined();
});

test("a plugin is still told of a task that is over", async () => {
  const { tasks, task } = await openWithTask();
  await tasks.change(task.id, A, { status: "cancelled" }, [{ kind: "cancelled", payload: {} }]);
  expect(await tasks.markTold(task.id, 1, A)).toBe(true);
  expect(ids(await tasks.untold(A))).toEqual([task.id]);
  expect(await tasks.markTold(task.id, 2, A)).toBe(true);
  expect(await tasks.untold(A)).toEqual([]);
});

test("an owner finds its tasks that their plugins were not told of", async () => {
  const { tasks, task } = await openWithTask();
  const { task: foreign } = await tasks.dispatch(wishOf({ pluginId: "test.b" }));
  await tasks.dispatch(wishOf({ owner: B }));
  expect(ids(await tasks.untold(A))).toEqual([task.id, foreign.id]);
  expect(ids(await tasks.untold(A, "test.b"))).toEqual([foreign.id]);
  expect(await tasks.untold(A, "test.c")).toEqual([]);
});

test("of drafts as many wait as may, whole; of those before them the fact is left", async () => {
  const { tasks, task } = await openWithTask();
  await tasks.markTold(task.id, 1, A);
  const drafts = Array.from({ length: TASK_DRAFTS_WAITING_MAX }, (_, at) => ({
    kind: "draft" as const,
    payload: { title: "Chat", draft: { at } },
  }));
  await tasks.change(task.id, A, {}, drafts);
  expect(await tasks.nextUntold(task.id)).toMatchObject({ seq: 2, payload: { draft: { at: 0 } } });
  await tasks.change(task.id, A, {}, [entry("x"), drafts[7]!]);
  expect(await tasks.nextUntold(task.id)).toMatchObject({ seq: 3, payload: { draft: { at: 1 } } });
  expect((await tasks.events(task.id, 1, 1))[0]).toMatchObject({
    payload: { title: "Chat" },
    toldAt: expect.any(String),
  });
  expect((await tasks.events(task.id, 1, 1))[0]!.payload).not.toHaveProperty("draft");
});

test("tasks whose owner is gone are taken once, and those of others stay theirs", async () => {
  const { tasks, task: gone } = await openWithTask();
  const { task: alive } = await tasks.dispatch(wishOf({ owner: "alive" }));
  const { task: own } = await tasks.dispatch(wishOf({ owner: B }));
  const { task: over } = await tasks.dispatch(wishOf({}));
  await tasks.change(over.id, A, { status: "completed" });
  const asked: string[] = [];
  const isGone = (owner: string) => {
    asked.push(owner);
    return owner === A;
  };
  expect(await tasks.claim(B, isGone, "open")).toEqual([{ ...gone, owner: B }]);
  expect(asked.toSorted()).toEqual([A, "alive"].toSorted());
  expect(await tasks.claim("host c", isGone, "open")).toEqual([]);
  expect(await tasks.byId(alive.id)).toMatchObject({ owner: "alive" });
  expect(await tasks.byId(own.id)).toMatchObject({ owner: B });
  expect(await tasks.change(gone.id, A, { output: "x" })).toBeUndefined();
  expect(await tasks.change(gone.id, B, { output: "x" })).toMatchObject({ output: "x" });
});

test("a task is claimed by its id, by its plugin's untold events, or because it is not over", async () => {
  const { tasks, task: told } = await openWithTask();
  await tasks.markTold(told.id, 1, A);
  const { task: untold } = await tasks.dispatch(wishOf({ pluginId: "test.b" }));
  const { task: over } = await tasks.dispatch(wishOf({ pluginId: "test.c" }));
  await tasks.change(over.id, A, { status: "completed" });
  await tasks.release(A);
  const gone = () => true;
  expect(ids(await tasks.claim("1", gone, { untold: "test.a" }))).toEqual([]);
  expect(ids(await tasks.claim("1", gone, { untold: "test.b" }))).toEqual([untold.id]);
  expect(ids(await tasks.claim("2", gone, "untold"))).toEqual([untold.id, over.id]);
  expect(ids(await tasks.claim("3", gone, "open"))).toEqual([told.id, untold.id]);
  expect(ids(await tasks.claim("4", gone, { id: over.id.toLowerCase() }))).toEqual([over.id]);
  expect(await tasks.claim("4", gone, { id: over.id })).toEqual([]);
  expect(await tasks.claim("4", () => false, "open")).toEqual([]);
});

test("looking for tasks to take over, and for wishes, writes nothing when there are none", async () => {
  const { tasks, db } = await openWithTask();
  const before = db.ownWrites;
  await tasks.claim(A, () => true, "open");
  await tasks.claim(B, () => false, "untold");
  await tasks.takeWishes(A);
  await tasks.release(B);
  expect(db.ownWrites).toBe(before);
});

test("a host that ends leaves its tasks to whoever comes", async () => {
  const { tasks, task } = await openWithTask();
  await tasks.wish(task.id, { kind: "cancel" });
  await tasks.release(A);
  expect(await tasks.byId(task.id)).toMatchObject({ owner: null, status: "running" });
  expect(await tasks.change(task.id, A, { output: "x" })).toBeUndefined();
  const nobody = () => expect.unreachable();
  expect(ids(await tasks.claim(B, nobody, "open"))).toEqual([task.id]);
  // What somebody wanted of the first host is for the next one.
  expect(await tasks.takeWishes(B)).toMatchObject([{ task: { id: task.id }, wish: { kind: "cancel" } }]);
});

test("an owner gets each wish once, in order, and none overwrites another", async () => {
  const { tasks, task } = await openWithTask();
  const { task: other } = await tasks.dispatch(wishOf({ owner: B }));
  await tasks.wish(task.id.toLowerCase(), { kind: "interrupt", message: "one" });
  expect(await tasks.isWished(task.id.toLowerCase())).toBe(true);
  await tasks.wish(task.id, { kind: "interrupt" });
  await tasks.wish(task.id, { kind: "interrupt", message: "one" });
  await tasks.wish(other.id, { kind: "cancel" });
  const [first, second] = await Promise.all([tasks.takeWishes(A), tasks.takeWishes(A)]);
  const wishes = [{ kind: "interrupt", message: "one" }, { kind: "interrupt" }, { kind: "interrupt", message: "one" }];
  expect([...first, ...second]).toEqual(wishes.map((wish) => ({ task, wish })));
  expect(await tasks.takeWishes(A)).toEqual([]);
  expect(await tasks.isWished(task.id)).toBe(false);
  expect(await tasks.takeWishes(B)).toEqual([{ task: other, wish: { kind: "cancel" } }]);
});

test("what is to be cancelled comes before all else, and once", async () => {
  const { tasks, task } = await openWithTask();
  await tasks.wish(task.id, { kind: "interrupt", message: "one" });
  await tasks.wish(task.id, { kind: "look" });
  for (let time = 0; time < 2; time++) expect(await tasks.wish(task.id, { kind: "cancel" })).toBe(true);
  const wishes = (await tasks.takeWishes(A)).map(({ wish }) => wish);
  expect(wishes).toEqual([{ kind: "cancel" }, { kind: "interrupt", message: "one" }, { kind: "look" }]);
});

test("only so many wishes wait, but one to cancel has room", async () => {
  const { tasks, task } = await openWithTask();
  const interrupt = () => tasks.wish(task.id, { kind: "interrupt", message: "x" });
  const all = await Promise.all(Array.from({ length: TASK_WISHES_WAITING_MAX + 1 }, interrupt));
  expect(all.filter((isTaken) => !isTaken)).toHaveLength(1);
  expect(await tasks.wish(task.id, { kind: "cancel" })).toBe(true);
  expect(await tasks.takeWishes(A)).toHaveLength(TASK_WISHES_WAITING_MAX + 1);
  expect(await interrupt()).toBe(true);
});

test("a draft is kept with its event, whoever owns the task, and another owner is asked to look", async () => {
  const { tasks, task } = await openWithTask();
  expect(await tasks.addDraft(task.id.toLowerCase(), A, '{"a":1}', entry("own"))).toMatchObject({ draft: '{"a":1}' });
  expect(await tasks.takeWishes(A)).toEqual([]);
  expect(await tasks.addDraft(task.id, B, undefined, entry("other"))).toMatchObject({ draft: '{"a":1}', owner: A });
  expect(await tasks.takeWishes(A)).toMatchObject([{ wish: { kind: "look" } }]);
  expect((await tasks.feed(task.id, 10)).map(({ title }) => title)).toEqual(["own", "other"]);
  await tasks.change(task.id, A, { status: "completed" });
  expect(await tasks.addDraft(task.id, A, "{}", entry("late"))).toBeUndefined();
  expect(await tasks.events(task.id, 3, 10)).toEqual([]);
});

test("nothing is wished of a task that is over, and an old wish is nothing to the next round", async () => {
  const { tasks, task } = await openWithTask();
  await tasks.wish(task.id, { kind: "cancel" });
  await tasks.change(task.id, A, { status: "completed" });
  await tasks.wish(task.id, { kind: "cancel" });
  expect(await tasks.takeWishes(A)).toEqual([]);
  await tasks.dispatch(wishOf({ sessionKey: "k" }));
  expect(await tasks.takeWishes(A)).toEqual([]);
});

test("another process notices every change by the mark", async () => {
  const folder = tempDir();
  const { tasks } = await openTasksAt(folder);
  const { tasks: others } = await openTasksAt(folder);
  const { task } = await tasks.dispatch(wishOf({}));
  const before = tasks.changeMark();
  expect(tasks.changeMark()).toBe(before);
  await others.wish(task.id, { kind: "cancel" });
  expect(tasks.changeMark()).not.toBe(before);
});

test("a plugin that was removed has no tasks and no events, and others keep theirs", async () => {
  const { tasks, task, db } = await openWithTask([entry("x")]);
  const { task: foreign } = await tasks.dispatch(wishOf({ pluginId: "test.b" }));
  await tasks.forgetPlugin("test.a");
  expect(ids(await tasks.list({ limit: 10 }))).toEqual([foreign.id]);
  const opened = await db.openForWrite();
  const left = opened.read((sqlite) => sqlite.prepare("SELECT DISTINCT task_id FROM task_events").pluck().all());
  expect(left).toEqual([foreign.id]);
  expect(await tasks.change(task.id, A, { status: "completed" }, [entry("late")])).toBeUndefined();
});

test.each([
  ["tools", "[1]"],
  ["tools", "[{]"],
  ["question", '{"question":1}'],
  ["artifacts", '[{"filename":"x"}]'],
])("a task whose %s are %s is said to be broken, and keeps no host from the others", async (column, text) => {
  const { tasks, task, db } = await openWithTask();
  const { task: whole } = await tasks.dispatch(wishOf({ sessionKey: "l" }));
  const opened = await db.openForWrite();
  opened.read((sqlite) => sqlite.pragma("ignore_check_constraints = ON"));
  await writeIn(db, `UPDATE tasks SET ${column} = ? WHERE id = ?`, text, task.id);
  for (const reading of [tasks.byId(task.id), tasks.list({ limit: 10 }), tasks.dispatch(wishOf({ sessionKey: "k" }))]) {
    await expect(reading).rejects.toMatchObject({ code: "store_broken", message: expect.stringContaining(task.id) });
  }
  await tasks.wish(task.id, { kind: "cancel" });
  await tasks.wish(whole.id, { kind: "cancel" });
  expect(ids(await tasks.untold(A))).toEqual([whole.id]);
  expect((await tasks.takeWishes(A)).map((one) => one.task.id)).toEqual([whole.id]);
  expect(ids(await tasks.claim(B, () => true, "open"))).toEqual([whole.id]);
});

test.each([
  ["kind", "magic"],
  ["payload", "{]"],
  ["payload", "[]"],
])("an event whose %s is %s is said to be broken", async (column, text) => {
  const { tasks, task, db } = await openWithTask();
  const opened = await db.openForWrite();
  opened.read((sqlite) => sqlite.pragma("ignore_check_constraints = ON"));
  await writeIn(db, `UPDATE task_events SET ${column} = ? WHERE task_id = ?`, text, task.id);
  await expect(tasks.events(task.id, 0, 10)).rejects.toMatchObject({ code: "store_broken" });
  await expect(tasks.nextUntold(task.id)).rejects.toMatchObject({ code: "store_broken" });
});

test("what is no entry of a feed is said to be broken, an error that nobody knows is an internal one, and what is no wish is none", async () => {
  const { tasks, task, db } = await openWithTask([{ kind: "activity", payload: { kind: "magic", title: "x" } }]);
  await expect(tasks.feed(task.id, 10)).rejects.toMatchObject({ code: "store_broken" });
  await writeIn(db, "UPDATE tasks SET error_code = 'no_such'");
  await writeIn(db, "INSERT INTO task_wishes (task_id, wish) VALUES (?, ?)", task.id, '{"kind":"sing"}');
  expect(await tasks.byId(task.id)).toMatchObject({ errorCode: "internal" });
  expect(await tasks.takeWishes(A)).toEqual([]);
  await tasks.wish(task.id, { kind: "interrupt", message: "x" });
  expect(await tasks.takeWishes(A)).toHaveLength(1);
});
