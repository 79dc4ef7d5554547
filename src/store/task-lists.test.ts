// Lists of tasks that do not grow with what stands in the tasks, and tasks that nobody answers.

import { expect, test } from "vitest";
import { OTHER_AGENT, openTasksAt, wishOf } from "../../test/helpers/task-store.ts";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { TASKS_WAITING_MAX } from "../protocol/limits.ts";
import type { ControlDb } from "./control-db.ts";

test("a list has neither prompts, outputs nor drafts, which may be long; the task itself has", async () => {
  const { tasks } = await openTasksAt(tempDir());
  const { task } = await tasks.dispatch(wishOf({}));
  await tasks.change(task.id, "host a", { output: "so far", draft: '{"a":1}' });
  const whole = (await tasks.byId(task.id))!;
  expect(whole).toMatchObject({ prompt: "hello", output: "so far", draft: '{"a":1}' });
  expect(await tasks.list({ limit: 1 })).toEqual([{ ...whole, prompt: null, output: null, draft: null }]);
});

/** Copies of a task under other ids. */
async function copy(db: ControlDb, id: string, times: number): Promise<void> {
  (await db.openForWrite()).write((sqlite) => {
    const row = sqlite.prepare("SELECT * FROM tasks WHERE id = ?").get(id) as Record<string, unknown>;
    const names = Object.keys(row);
    const add = sqlite.prepare(`INSERT INTO tasks (${names}) VALUES (${names.map((name) => `@${name}`)})`);
    for (let at = 0; at < times; at++) add.run({ ...row, id: crypto.randomUUID().toUpperCase() });
  });
}

test("while TASKS_WAITING_MAX tasks wait for an answer, nothing but answers is dispatched", async () => {
  const { tasks, db } = await openTasksAt(tempDir());
  const { task } = await tasks.dispatch(wishOf({ sessionKey: "k" }));
  const { task: over } = await tasks.dispatch(wishOf({ sessionKey: "over" }));
  await tasks.change(over.id, "host a", { status: "completed" });
  const question = { question: "which?", allow_multiple: false };
  await tasks.change(task.id, "host a", { status: "awaitingClarification", question });
  await copy(db, task.id, TASKS_WAITING_MAX - 2);
  expect(await tasks.dispatch(wishOf({}))).toMatchObject({ how: "new" });
  await copy(db, task.id, 1);
  const refused = { code: "task_limit_reached" };
  await expect(tasks.dispatch(wishOf({}))).rejects.toMatchObject(refused);
  await expect(tasks.dispatch(wishOf({ sessionKey: "over" }))).rejects.toMatchObject(refused);
  expect(await tasks.byId(over.id)).toMatchObject({ round: 1 });
  for (const other of [{ agentId: OTHER_AGENT }, { pluginId: "test.b" }]) {
    expect(await tasks.dispatch(wishOf(other))).toMatchObject({ how: "new" });
  }
  expect(await tasks.dispatch(wishOf({ sessionKey: "k" }))).toMatchObject({ how: "answer" });
  expect(await tasks.dispatch(wishOf({ sessionKey: "over" }))).toMatchObject({ how: "again" });
});
