// What a host looks at from time to time while it has tasks: whether other processes want something of them, and, when it
// is one that follows, whether there are tasks that no host runs any more.

import { TASKS_ORPHANED_LOOK_MS, TASKS_WISHES_LOOK_MS } from "../protocol/limits.ts";
import { isOver, type Task } from "../protocol/task.ts";
import type { TaskStore, TaskWish } from "../store/tasks.ts";
import type { TaskDesk } from "./task-desk.ts";

export interface TaskWatchOptions {
  readonly store: Pick<TaskStore, "changeMark" | "claim" | "takeWishes">;
  readonly owner: string;
  /** Whether the host of that name has ended. */
  isGone(owner: string): boolean;
  readonly desk: TaskDesk;
  readonly signal: AbortSignal;
}

export class TaskWatch {
  readonly #options: TaskWatchOptions;
  #wishes: NodeJS.Timeout | undefined;
  #orphans: NodeJS.Timeout | undefined;
  #seenMark = -1;
  /** The look that is on its way. */
  #looking: Promise<void> | undefined;
  #takingUp: Promise<void> | undefined;

  constructor(options: TaskWatchOptions) {
    this.#options = options;
  }

  /** There may be tasks by now that others want something of. */
  wake(): void {
    if (this.#wishes !== undefined || this.#options.signal.aborted) return;
    this.#wishes = setInterval(() => this.#look(), TASKS_WISHES_LOOK_MS).unref();
  }

  /** This host is one that follows. */
  get follows(): boolean {
    return this.#orphans !== undefined;
  }

  /** Takes up what no host runs any more, now and from now on. */
  async follow(): Promise<void> {
    if (this.#orphans === undefined && !this.#options.signal.aborted) {
      // A database that cannot be used now may be usable the next time.
      this.#orphans = setInterval(() => void this.#takeUp().catch(() => {}), TASKS_ORPHANED_LOOK_MS).unref();
    }
    await this.#takeUp();
  }

  /** Resolves when nothing is looked at any more. */
  async stop(): Promise<void> {
    clearInterval(this.#wishes);
    clearInterval(this.#orphans);
    await Promise.allSettled([this.#looking, this.#takingUp]);
  }

  /** One at a time. */
  async #takeUp(): Promise<void> {
    this.#takingUp ??= this.#takeUpNow().finally(() => {
      this.#takingUp = undefined;
    });
    await this.#takingUp;
  }

  async #takeUpNow(): Promise<void> {
    const { store, owner, isGone, desk, signal } = this.#options;
    if (signal.aborted) return;
    desk.book.take(await store.claim(owner, isGone, "open"));
    desk.book.take(await store.claim(owner, isGone, "untold"));
  }

  #look(): void {
    const { store, desk } = this.#options;
    if (this.#looking !== undefined) return;
    if (!desk.book.hasOpen) {
      clearInterval(this.#wishes);
      this.#wishes = undefined;
      return;
    }
    try {
      const mark = store.changeMark();
      if (mark === this.#seenMark) return;
      this.#seenMark = mark;
    } catch {
      return; // It is looked at again.
    }
    this.#looking = this.#fulfil()
      .catch(() => {
        this.#seenMark = -1;
      })
      .finally(() => {
        this.#looking = undefined;
      });
  }

  async #fulfil(): Promise<void> {
    const { store, owner, desk } = this.#options;
    for (const { task, wish } of await store.takeWishes(owner)) {
      if (isOver(task)) desk.book.lose(task.id, task);
      // Whether anything came of it, the one who wished sees in the row.
      else fulfilled(desk, task, wish).catch(() => {});
    }
    await desk.book.checkRounds();
  }
}

async function fulfilled(desk: TaskDesk, { id, pluginId }: Task, wish: TaskWish): Promise<void> {
  if (wish.kind === "cancel") await desk.cancel(id, pluginId);
  else if (wish.kind === "interrupt") await desk.interrupt(id, pluginId, wish.message);
  else await desk.look(id, pluginId);
}
