// Asks the host that owns a task to do something with it, and waits until that shows.

import { setTimeout as delay } from "node:timers/promises";
import { HostError } from "../protocol/errors.ts";
import { TASK_WISH_MS_MAX } from "../protocol/limits.ts";
import type { TaskStore, TaskWish } from "../store/tasks.ts";

const POLL_MS = 25;

export interface Asking {
  readonly store: Pick<TaskStore, "wish" | "changeMark">;
  readonly taskId: string;
  readonly wish: TaskWish;
  /** Whether it is done; may do it itself, when the other host has ended meanwhile. */
  isDone(): Promise<boolean>;
  readonly signal: AbortSignal;
  /** For tests. */
  readonly msMax?: number;
}

/** Throws `host_busy` when nothing came of it, `interrupted`. */
export async function askOwner({ store, taskId, wish, isDone, signal, msMax = TASK_WISH_MS_MAX }: Asking) {
  await store.wish(taskId, wish);
  const until = performance.now() + msMax;
  while (!(await isDone())) {
    if (signal.aborted) throw new HostError("interrupted", "interrupted");
    if (performance.now() >= until) {
      throw new HostError("host_busy", `the host that runs the task "${taskId}" does not react`, {
        hint: "try again; if that does not help, end that host",
      });
    }
    await delay(POLL_MS);
  }
}
