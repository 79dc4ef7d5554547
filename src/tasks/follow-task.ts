// Follows a task: the events that are kept, and those that come. Of a task that this host runs, what passes is told as
// well; of others', what they keep.

import { TASK_EVENTS_PAGE_MAX, TASKS_ORPHANED_LOOK_MS, TASKS_WISHES_LOOK_MS } from "../protocol/limits.ts";
import { isOver, type Task, type TaskEvent, type TaskEventKind, TERMINAL_EVENTS } from "../protocol/task.ts";
import { unknownTask } from "../protocol/unknown-task.ts";
import type { TaskStore } from "../store/tasks.ts";
import type { TaskDesk } from "./task-desk.ts";
import { interruptedError } from "./task-errors.ts";

export interface Following {
  readonly store: Pick<TaskStore, "byId" | "events" | "hasEvents" | "changeMark">;
  readonly desk: Pick<TaskDesk, "book" | "adopt">;
  readonly taskId: string;
  readonly afterSeq: number;
  readonly signal: AbortSignal;
}

/** Ends behind the end of the round that is open, at once when none is. Throws `task_unknown`, `interrupted`. */
export async function* followTask({ store, desk, taskId, afterSeq, signal }: Following): AsyncGenerator<TaskEvent> {
  const news = new News(desk, taskId);
  let seq = afterSeq;
  let round: number | undefined;
  let isCaughtUp = false;
  try {
    for (;;) {
      signal.throwIfAborted();
      await news.adopt();
      // Looked at before the events: what ended it is among them then.
      const task = await known(store, desk, taskId);
      round ??= isOver(task) ? undefined : task.round;
      const isOpen = round === task.round && !isOver(task);
      for await (const event of eventsBehind(store, taskId, seq)) {
        yield event;
        signal.throwIfAborted();
        seq = event.seq;
        if (isCaughtUp && TERMINAL_EVENTS.has(event.kind)) return;
      }
      if (!isOpen) return;
      isCaughtUp = true;
      for (const event of news.passing()) yield { ...event, seq };
      await news.wait(() => store.changeMark(), signal);
    }
  } catch (error) {
    if (signal.aborted) throw interruptedError();
    throw error;
  } finally {
    news.close();
  }
}

/** All that are there by now, a page at a time: no more is held in memory while a reader takes its time. */
async function* eventsBehind(store: Following["store"], taskId: string, afterSeq: number): AsyncGenerator<TaskEvent> {
  for (let seq: number | undefined = afterSeq; seq !== undefined; ) {
    const page: readonly TaskEvent[] = await store.events(taskId, seq, TASK_EVENTS_PAGE_MAX);
    yield* page;
    const last = page.at(-1)?.seq;
    seq = last !== undefined && (await store.hasEvents(taskId, last)) ? last : undefined;
  }
}

async function known(store: Following["store"], desk: Following["desk"], taskId: string): Promise<Task> {
  const task = await store.byId(taskId);
  if (task === undefined) throw unknownTask(taskId);
  return desk.book.newest(task);
}

/** Tells whether something may have happened. */
class News {
  readonly #desk: Following["desk"];
  readonly #taskId: string;
  readonly #passing = new Map<TaskEventKind, TaskEvent>();
  readonly #unlisten: () => void;
  #isNew = false;
  #wake = () => {};
  #seenMark = -1;
  #adoptedAt = Number.NEGATIVE_INFINITY;

  constructor(desk: Following["desk"], taskId: string) {
    this.#desk = desk;
    this.#taskId = taskId;
    this.#unlisten = desk.book.listen(taskId, (passing) => {
      if (passing !== undefined) this.#passing.set(passing.kind, passing);
      this.#isNew = true;
      this.#wake();
    });
  }

  /** When no host runs the task, this one does from now on. */
  async adopt(): Promise<void> {
    if (performance.now() - this.#adoptedAt < TASKS_ORPHANED_LOOK_MS) return;
    this.#adoptedAt = performance.now();
    await this.#desk.adopt(this.#taskId);
  }

  /** The newest of each kind since it was asked last. */
  passing(): TaskEvent[] {
    const newest = [...this.#passing.values()];
    this.#passing.clear();
    return newest;
  }

  /** Another host that runs the task tells nobody: there the database says that something was changed. */
  async wait(changeMark: () => number, signal: AbortSignal): Promise<void> {
    while (!this.#isNew && !signal.aborted) {
      const mark = changeMark();
      const isChanged = mark !== this.#seenMark;
      this.#seenMark = mark;
      if (isChanged || performance.now() - this.#adoptedAt >= TASKS_ORPHANED_LOOK_MS) break;
      await this.#nap(signal);
    }
    this.#isNew = false;
    signal.throwIfAborted();
  }

  close(): void {
    this.#unlisten();
  }

  async #nap(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, TASKS_WISHES_LOOK_MS);
    const onAbort = () => resolve();
    this.#wake = resolve;
    signal.addEventListener("abort", onAbort, { once: true });
    await promise;
    signal.removeEventListener("abort", onAbort);
    clearTimeout(timer);
  }
}
