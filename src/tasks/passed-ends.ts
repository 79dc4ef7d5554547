// Rounds of tasks of other hosts that a plugin ended here: the host that runs such a round was asked to end it. A dispatch
// into the session right behind that is another round of the same task, so it waits until the round is over.

import { TASK_WISH_MS_MAX } from "../protocol/limits.ts";
import { isOver, type Task } from "../protocol/task.ts";
import type { NewTask, TaskStore } from "../store/tasks.ts";
import { untilDone } from "./ask-owner.ts";
import { isSameSession } from "./task-book.ts";

export interface PassedEndsOptions {
  readonly store: Pick<TaskStore, "byId">;
  readonly signal: AbortSignal;
  /** For tests. */
  readonly msMax?: number;
}

export class PassedEnds {
  readonly #options: PassedEndsOptions;
  readonly #ends = new Map<string, { readonly task: Task; readonly until: number }>();

  constructor(options: PassedEndsOptions) {
    this.#options = options;
  }

  note(task: Task): void {
    const now = performance.now();
    for (const [id, { until }] of this.#ends) if (until <= now) this.#ends.delete(id);
    this.#ends.set(task.id, { task, until: now + (this.#options.msMax ?? TASK_WISH_MS_MAX) });
  }

  /** Resolves when no round of that session is about to end any more, or it took too long. Throws `interrupted`. */
  async over(wish: NewTask): Promise<void> {
    const { store, signal } = this.#options;
    for (const end of [...this.#ends.values()].filter(({ task }) => isSameSession(task, wish))) {
      const isDone = async () => isBehind(await store.byId(end.task.id), end.task);
      await untilDone({ isDone, signal, msMax: end.until - performance.now() });
      if (this.#ends.get(end.task.id) === end) this.#ends.delete(end.task.id);
    }
  }
}

/** Whether the round of `before` is over by now. */
function isBehind(now: Task | undefined, before: Task): boolean {
  return now === undefined || isOver(now) || now.round !== before.round;
}
