// What other processes want of the host that owns a task. Wishes wait in rows of their own until that host takes them, so
// that none overwrites another.

import * as z from "zod/mini";
import { TASK_WISHES_WAITING_MAX } from "../protocol/limits.ts";
import type { Task } from "../protocol/task.ts";
import type { Sqlite } from "./control-db.ts";
import { IS_OPEN, selectReadableTasks } from "./task-rows.ts";

/** `look`: something was added to the row, an answer or a draft. */
export type TaskWish =
  | { readonly kind: "cancel" }
  | { readonly kind: "look" }
  | { readonly kind: "interrupt"; readonly message?: string | undefined };

export interface WishedTask {
  readonly task: Task;
  readonly wish: TaskWish;
}

const Wish = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("cancel") }),
  z.object({ kind: z.literal("look") }),
  z.object({ kind: z.literal("interrupt"), message: z.optional(z.string()) }),
]);

const IS_OWNERS = "(SELECT owner FROM tasks WHERE id = task_id) = ?";

/** Whoever wants the same twice gets it once; but each message is one of its own. */
export function addWish(sqlite: Sqlite, taskId: string, wish: TaskWish): void {
  const text = JSON.stringify(wish);
  const same = "SELECT 1 FROM task_wishes WHERE task_id = ? AND wish = ?";
  const isThere = wish.kind !== "interrupt" && sqlite.prepare(same).get(taskId, text) !== undefined;
  if (!isThere) sqlite.prepare("INSERT INTO task_wishes (task_id, wish) VALUES (?, ?)").run(taskId, text);
}

/** False, and nothing is added: the task is over or gone, or too many wait already. There is always room to cancel. */
export function addWishOfOpen(sqlite: Sqlite, taskId: string, wish: TaskWish): boolean {
  const open = `SELECT (SELECT count(*) FROM task_wishes WHERE task_id = tasks.id) FROM tasks WHERE id = ? AND ${IS_OPEN}`;
  const waiting = sqlite.prepare(open).pluck().get(taskId) as number | undefined;
  if (waiting === undefined || (waiting >= TASK_WISHES_WAITING_MAX && wish.kind === "interrupt")) return false;
  addWish(sqlite, taskId, wish);
  return true;
}

export function hasWishes(sqlite: Sqlite, owner: string): boolean {
  const any = `SELECT 1 FROM task_wishes WHERE ${IS_OWNERS} LIMIT 1`;
  return sqlite.prepare(any).get(owner) !== undefined;
}

/** Wishes to an owner, in the order of their tasks, without what is none; they are there no more. Those to cancel come first. */
export function takeWishesOf(sqlite: Sqlite, owner: string): WishedTask[] {
  const texts = sqlite.prepare("SELECT wish FROM task_wishes WHERE task_id = ? ORDER BY id").pluck();
  const wished = "WHERE owner = ? AND id IN (SELECT task_id FROM task_wishes) ORDER BY rowid";
  const taken = selectReadableTasks(sqlite, wished, owner).flatMap((task) =>
    (texts.all(task.id) as string[]).flatMap((text) => {
      const wish = wishOf(text);
      return wish === undefined ? [] : [{ task, wish }];
    }),
  );
  sqlite.prepare(`DELETE FROM task_wishes WHERE ${IS_OWNERS}`).run(owner);
  return taken.sort((a, b) => Number(b.wish.kind === "cancel") - Number(a.wish.kind === "cancel"));
}

function wishOf(text: string): TaskWish | undefined {
  try {
    return z.parse(Wish, JSON.parse(text));
  } catch {
    return undefined;
  }
}
