// Asks the host that owns a task to do something with it, and waits until that shows.

import { setTimeout as delay } from "node:timers/promises";
import { HostError } from "../protocol/errors.ts";
import { TASK_WISH_MS_MAX, TASK_WISH_POLL_MS } from "../protocol/limits.ts";
import type { TaskStore, TaskWish } from "../store/tasks.ts";
import { interruptedError } from "./task-errors.ts";

export interface Waiting {
  /** Whether it is done; may do it itself, when the other host has ended meanwhile. */
  isDone(): Promise<boolean>;
  readonly signal: AbortSignal;
  /** For tests. */
  readonly msMax?: number | undefined;
}

export interface Asking extends Waiting {
  readonly store: Pick<TaskStore, "wish">;
  readonly taskId: string;
  readonly wish: TaskWish;
}

/** Throws `host_busy` when nothing came of it, `interrupted`. */
export async function askOwner({ store, taskId, wish, ...waiting }: Asking): Promise<void> {
  await store.wish(taskId, wish);
  if (await untilDone(waiting)) return;
  throw new HostError("host_busy", `the host that runs the task "${taskId}" does not react`, {
    hint: "try again; if that does not help, end that host",
  });
}

/** False: it took too long. Throws `interrupted`. */
export async function untilDone({ isDone, signal, msMax = TASK_WISH_MS_MAX }: Waiting): Promise<boolean> {
  const until = performance.now() + msMax;
  while (!(await isDone())) {
    if (signal.aborted) throw interruptedError();
    if (performance.now() >= until) return false;
    await delay(TASK_WISH_POLL_MS);
  }
  return true;
}
