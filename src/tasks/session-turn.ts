// The turn of a task in its session, among the tasks of all hosts: a run of one must not see a transcript to which another
// one still adds. A task before it that no host runs any more is gone on with here first.

import { TASKS_ORPHANED_LOOK_MS, TASKS_WISHES_LOOK_MS } from "../protocol/limits.ts";
import type { Task } from "../protocol/task.ts";
import type { TaskStore } from "../store/tasks.ts";

export interface SessionTurn {
  readonly store: Pick<TaskStore, "before" | "changeMark">;
  readonly taskId: string;
  /** Sees to a task that comes before; where no host runs it, this one does from now on. */
  takeUp(task: Task): Promise<void>;
  /** The round of a task, where this host runs it. */
  round(taskId: string): { readonly over: Promise<void>; readonly hasPlace: boolean } | undefined;
  /**
   * Is told, again and again, that it has to wait. `isForPlace`: for a task that runs here and has its place. Otherwise
   * nobody knows what that one waits for: whoever kept a place meanwhile might keep it from that very task.
   */
  waits(isForPlace: boolean): void;
  readonly signal: AbortSignal;
}

/** Resolves when it is the task's turn, or `signal` is aborted. */
export async function untilTurn({ store, taskId, takeUp, round, waits, signal }: SessionTurn): Promise<void> {
  let before: Task | undefined;
  let seenMark: number | undefined;
  let wake = () => {};
  let watched: Promise<void> | undefined;
  let takenUp: { readonly id: string; readonly at: number } | undefined;
  while (!signal.aborted) {
    const mark = store.changeMark();
    if (mark !== seenMark) before = await store.before(taskId);
    seenMark = mark;
    if (before === undefined) return;
    waits(round(before.id)?.hasPlace === true);
    if (takenUp?.id !== before.id || performance.now() - takenUp.at >= TASKS_ORPHANED_LOOK_MS) {
      takenUp = { id: before.id, at: performance.now() };
      await takeUp(before);
    }
    const over = round(before.id)?.over;
    // Once for each round: what waits for a promise is held until it is settled.
    if (over !== watched) void over?.then(() => wake());
    watched = over;
    await nap((resolve) => (wake = resolve), signal);
  }
}

/** What happens in other processes tells nobody: there the database says that something was changed. */
async function nap(onWake: (wake: () => void) => void, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, TASKS_WISHES_LOOK_MS);
  const wake = () => resolve();
  signal.addEventListener("abort", wake, { once: true });
  onWake(wake);
  await promise;
  signal.removeEventListener("abort", wake);
  clearTimeout(timer);
}
