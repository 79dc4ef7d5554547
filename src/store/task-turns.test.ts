// Whose turn it is in a session, and who wrote which turn of its transcript.

import { expect, test } from "vitest";
import { openTasksAt, wishOf } from "../../test/helpers/task-store.ts";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import type { ChatMessage } from "../protocol/inference.ts";
import { writerOf } from "./tasks.ts";

const A = "host a";
const B = "host b";
const user = (content: string): ChatMessage => ({ role: "user", content });
const says = (content: string): ChatMessage => ({ role: "assistant", content });

/** Three tasks of one session, one behind the other. */
async function openWithThree() {
  const opened = await openTasksAt(tempDir());
  const dispatch = async () => (await opened.tasks.dispatch(wishOf({ sessionKey: "k" }))).task.id;
  const ids = [await dispatch(), await dispatch(), await dispatch()] as const;
  const before = async (id: string) => (await opened.tasks.before(id.toLowerCase()))?.id;
  return { ...opened, ids, before };
}

test("the tasks of a session have their turns in the order of their dispatches", async () => {
  const { tasks, ids, before } = await openWithThree();
  const [one, two, three] = ids;
  await tasks.dispatch(wishOf({ sessionKey: "other" }));
  expect([await before(one), await before(two), await before(three)]).toEqual([undefined, one, one]);
  await tasks.change(two, A, { status: "cancelled" });
  expect(await before(three)).toBe(one);
  await tasks.change(one, A, { status: "completed" });
  expect(await before(three)).toBeUndefined();
  expect(await before("99999999-9999-9999-9999-999999999999")).toBeUndefined();
});

test("a task that waits for an answer holds nobody up, and comes behind the others when it has it", async () => {
  const { tasks, ids, before } = await openWithThree();
  const [one, two, three] = ids;
  await tasks.change(one, A, { status: "awaitingClarification" });
  expect([await before(two), await before(three)]).toEqual([undefined, two]);
  expect((await tasks.dispatch(wishOf({ sessionKey: "k", prompt: "red" }))).task.id).toBe(one);
  expect([await before(one), await before(two)]).toEqual([two, undefined]);
});

test("a task that has another round comes behind the others", async () => {
  const { tasks, ids, before } = await openWithThree();
  const [one, two, three] = ids;
  await tasks.change(three, A, { status: "completed" });
  expect((await tasks.dispatch(wishOf({ sessionKey: "k" }))).task.id).toBe(three);
  expect(await before(three)).toBe(one);
  await tasks.change(one, A, { status: "completed" });
  expect(await before(three)).toBe(two);
});

test("a task that cannot be read holds nobody up", async () => {
  const { db, ids, before } = await openWithThree();
  const [one, two] = ids;
  await db.together((sqlite) => sqlite.prepare("UPDATE tasks SET tools = '[1]' WHERE id = ?").run(one));
  expect(await before(two)).toBeUndefined();
});

test("what a round wrote is told from what others wrote, and from other rounds of its task", async () => {
  const { tasks, sessions } = await openTasksAt(tempDir());
  const { task } = await tasks.dispatch(wishOf({ sessionKey: "k", prompt: "1" }));
  await sessions.append(task.sessionId, [user("before")]);
  await tasks.openRound(task.id, A);
  await sessions.append(task.sessionId, [user("inner"), says("inner")]);
  await sessions.append(task.sessionId, [says("One.")], { name: writerOf(task) });
  await tasks.change(task.id, A, {}, [], [user("more")]);
  expect(await tasks.turnsOfRound(task)).toEqual([user("1"), says("One."), user("more")]);
  await tasks.change(task.id, A, { status: "completed" });
  const { task: again } = await tasks.dispatch(wishOf({ sessionKey: "k", prompt: "2" }));
  expect(await tasks.turnsOfRound(again)).toEqual([]);
  await tasks.openRound(task.id, A);
  expect(await tasks.turnsOfRound(again)).toEqual([user("2")]);
  expect(await sessions.turns(task.sessionId)).toHaveLength(7);
});

test("a round goes on from all that was said before it was asked, and from what it said itself since", async () => {
  const { tasks, sessions } = await openTasksAt(tempDir());
  const { task } = await tasks.dispatch(wishOf({ sessionKey: "k", prompt: "1" }));
  const seenBy = writerOf(task);
  await sessions.append(task.sessionId, [user("before")]);
  expect(await sessions.turns(task.sessionId, { seenBy })).toEqual([user("before")]);
  await tasks.openRound(task.id, A);
  await sessions.append(task.sessionId, [says("One?")], { name: seenBy });
  await sessions.append(task.sessionId, [user("inner"), says("inner")]);
  expect(await sessions.turns(task.sessionId, { seenBy })).toEqual([user("before"), user("1"), says("One?")]);
  // With the answer, all of it is before.
  await tasks.change(task.id, A, { prompt: "yes" });
  await tasks.openRound(task.id, A);
  expect(await sessions.turns(task.sessionId, { seenBy })).toEqual(await sessions.turns(task.sessionId));
});

test("a prompt that has not come to its turn is in the transcript when its round is over, in front of what is added", async () => {
  const { tasks, sessions } = await openTasksAt(tempDir());
  const { task } = await tasks.dispatch(wishOf({ sessionKey: "k", prompt: "1" }));
  const over = await tasks.change(task.id, A, { status: "failed" }, [], [user("Stop")]);
  expect(over).toMatchObject({ status: "failed", prompt: null });
  expect(await sessions.turns(task.sessionId)).toEqual([user("1"), user("Stop")]);
});

test("a round ends also where its session is gone, and its prompt with it", async () => {
  const { tasks, db } = await openTasksAt(tempDir());
  const { task } = await tasks.dispatch(wishOf({ sessionKey: "k", prompt: "1" }));
  await db.together((sqlite) => sqlite.prepare("DELETE FROM sessions").run());
  expect(await tasks.change(task.id, A, { status: "failed" })).toMatchObject({ status: "failed", prompt: "1" });
});

test("a host that ends in the middle of a round counts, one that released it or had not begun it does not", async () => {
  const { tasks } = await openTasksAt(tempDir());
  const { task } = await tasks.dispatch(wishOf({ sessionKey: "k" }));
  const claim = async (owner: string) => (await tasks.claim(owner, () => true, "open"))[0]!.resumes;
  expect(await claim(B)).toBe(0);
  await tasks.openRound(task.id, B);
  expect(await claim(A)).toBe(1);
  expect((await tasks.byId(task.id))!.resumes).toBe(1);
  await tasks.release(A);
  expect(await claim(B)).toBe(1);
  await tasks.change(task.id, B, { status: "awaitingClarification" });
  expect(await claim(A)).toBe(1);
});
