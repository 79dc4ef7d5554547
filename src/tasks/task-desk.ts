// The tasks of one host: takes dispatches, runs rounds, and does with tasks what plugins and people want. A task that another
// host owns is not gone on with or ended here: that host is asked.

import { HostError } from "../protocol/errors.ts";
import { isOver, type Task } from "../protocol/task.ts";
import { unknownTask } from "../protocol/unknown-task.ts";
import type { DispatchedTask, NewTask, NewTaskEvent, TaskChange, TaskWish } from "../store/tasks.ts";
import { PassedEnds } from "./passed-ends.ts";
import type { RoundStart } from "./round-parts.ts";
import { TaskBook, type TaskBookOptions } from "./task-book.ts";
import { cancelled, completed, type TaskEnding } from "./task-ending.ts";
import { notWaiting, overTask, tooManyTasks } from "./task-errors.ts";
import { TaskGate } from "./task-gate.ts";
import type { TaskRound } from "./task-round.ts";

/**
 * How a change of a task came out. `elsewhere`: another host has it. `unknown`: there is none, or not of that plugin.
 * `full`: too much waits there already.
 */
export type DeskOutcome = "done" | "over" | "elsewhere" | "unknown" | "full";

export class TaskDesk {
  readonly #options: TaskBookOptions;
  /** What this host has in its hands. */
  readonly book: TaskBook;
  readonly #gate = new TaskGate();
  readonly #passedEnds: PassedEnds;

  constructor(options: TaskBookOptions) {
    this.#options = options;
    this.book = new TaskBook(options);
    this.#passedEnds = new PassedEnds(options);
  }

  /** Fails with `task_limit_reached`. Nothing is told of the task until its deliveries are released. */
  async dispatch(wish: NewTask, given: NonNullable<RoundStart["given"]>): Promise<DispatchedTask> {
    for (;;) {
      this.#throwIfStopped();
      // What was cancelled or interrupted before is over first: then the task goes on.
      await this.book.endingRound(wish)?.overOrBehind();
      await this.#passedEnds.over(wish);
      const dispatched = await this.#gate.shared(wish.pluginId, async () =>
        this.book.endingRound(wish) === undefined ? await this.#dispatch(wish, given) : undefined,
      );
      if (dispatched !== undefined) return dispatched;
    }
  }

  async #dispatch(wish: NewTask, given: NonNullable<RoundStart["given"]>): Promise<DispatchedTask> {
    const { store, slots, deliveries } = this.#options;
    const slot = slots.tryTake(wish.agentId);
    let isUsed = false;
    let heldId: string | undefined;
    try {
      // A task that waits for an answer goes on although there is no place: it waits for one.
      if (slot === undefined && !(await store.wouldAnswer(wish))) throw tooManyTasks();
      const dispatched = await store.dispatch(wish);
      this.#throwIfStopped();
      deliveries.hold(dispatched.task.id);
      heldId = dispatched.task.id;
      const left = dispatched.how === "elsewhere" ? await this.#takeLeft(dispatched.task) : undefined;
      if (dispatched.how === "elsewhere" && left === undefined) return dispatched;
      const task = left ?? dispatched.task;
      this.book.begin({ task, slot, given });
      isUsed = true;
      this.book.changed(task);
      return left === undefined ? dispatched : { task: left, how: "answer" };
    } finally {
      if (!isUsed) slot?.();
      if (!isUsed && heldId !== undefined) deliveries.release(heldId);
    }
  }

  /** A task that was answered here is this host's when the one that asked is gone. */
  async #takeLeft({ id }: Task): Promise<Task | undefined> {
    const { store, owner, isGone } = this.#options;
    return (await store.claim(owner, isGone, { id }))[0];
  }

  /** Ends the task; resolves when that is written. */
  async cancel(taskId: string, pluginId: string): Promise<DeskOutcome> {
    const round = this.book.round(taskId);
    if (round !== undefined) return await cancelRound(round, pluginId);
    return await this.#gate.alone(pluginId, async () => {
      const begun = this.book.round(taskId);
      if (begun !== undefined) return await cancelRound(begun, pluginId);
      return await this.#endIdle(taskId, pluginId, cancelled);
    });
  }

  /**
   * Ends the task softly; the message is the last word in its transcript. Of a task that runs, this resolves before it has
   * come to its end: it counts at once, and how long tools and models take to end is nothing to wait for.
   */
  async interrupt(taskId: string, pluginId: string, message: string | undefined): Promise<DeskOutcome> {
    const round = this.book.round(taskId);
    if (round !== undefined) return interruptRound(round, pluginId, message);
    return await this.#gate.alone(pluginId, async () => {
      const begun = this.book.round(taskId);
      if (begun !== undefined) return interruptRound(begun, pluginId, message);
      return await this.#endIdle(taskId, pluginId, (task) => completed(task, task.output ?? ""), message);
    });
  }

  /** A task that waits goes on with what it was answered. Fails with `task_not_waiting`, `task_over`, `task_unknown`. */
  async answer(taskId: string, pluginId: string, text: string): Promise<DeskOutcome> {
    this.#throwIfStopped();
    return await this.#gate.alone(pluginId, async () => {
      const { store, owner } = this.#options;
      const found = await store.byId(taskId);
      if (found === undefined) throw unknownTask(taskId);
      if (isOver(found)) throw overTask(taskId);
      if (found.status !== "awaitingClarification") throw notWaiting(taskId);
      await this.#own(found);
      const answered = await store.answer(taskId, owner, text);
      if (answered === undefined) throw notWaiting(taskId);
      if (answered.how === "elsewhere") return "elsewhere";
      this.book.begin({ task: answered.task });
      this.book.changed(answered.task);
      return "done";
    });
  }

  /** Asks the host that owns a task to end it. False: too much waits there already. */
  async passOn(taskId: string, wish: TaskWish): Promise<boolean> {
    const { store } = this.#options;
    const task = await store.byId(taskId);
    if (task === undefined || isOver(task)) return true;
    const isPassed = await store.wish(taskId, wish);
    if (isPassed) this.#passedEnds.note(task);
    return isPassed || isOver((await store.byId(taskId)) ?? { status: "cancelled" });
  }

  /** Another process added something to a task of this host's: it is told, and a task that was answered goes on. */
  async look(taskId: string, pluginId: string): Promise<void> {
    const round = this.book.round(taskId);
    // What it came to stands in the row already, or it could not have been answered.
    if (round?.isEnding === true) await round.over;
    await this.#gate.alone(pluginId, async () => {
      const { store, owner } = this.#options;
      const task = await store.byId(taskId);
      if (task?.owner !== owner) return;
      this.#throwIfStopped();
      if (task.status === "running" && this.book.isWaiting(taskId)) this.book.begin({ task });
      this.book.changed(task);
    });
  }

  /** Keeps an event of a task that is not over. */
  async draft(
    taskId: string,
    pluginId: string,
    draft: { readonly json: string | undefined; readonly payload: Readonly<Record<string, unknown>> },
  ): Promise<boolean> {
    const { store, owner } = this.#options;
    const found = await store.byId(taskId);
    if (found === undefined || found.pluginId !== pluginId || isOver(found)) return false;
    const isOwn = await this.#own(found);
    if (this.book.round(taskId)?.isEnding === true) return false;
    const payload = { ...draft.payload, title: found.title };
    const task = await store.addDraft(taskId, owner, draft.json, { kind: "draft", payload });
    if (task !== undefined && isOwn) this.book.changed(task);
    return task !== undefined;
  }

  /** Takes a task over that no host runs any more, and goes on with it. */
  async adopt(taskId: string): Promise<void> {
    await this.book.adopt({ id: taskId });
  }

  /** A task that was taken over and with which nothing was done is left to whoever does more. */
  async giveBack({ id, pluginId }: Pick<Task, "id" | "pluginId">): Promise<void> {
    if (this.#options.signal.aborted) return;
    await this.#gate.alone(pluginId, () => this.book.giveBack(id));
  }

  /** Rounds of the plugin end without a word. */
  async forgetPlugin(pluginId: string): Promise<void> {
    await this.#gate.alone(pluginId, () => this.book.forgetPlugin(pluginId));
  }

  /** Resolves when nothing goes on any more. */
  async settled(): Promise<void> {
    await this.#gate.empty();
    await this.book.settled();
  }

  /** Ends a task that this host does not run. */
  async #endIdle(
    taskId: string,
    pluginId: string,
    how: (task: Task) => TaskEnding,
    message?: string,
  ): Promise<DeskOutcome> {
    const { store } = this.#options;
    const found = await store.byId(taskId);
    if (found?.pluginId !== pluginId) return "unknown";
    if (isOver(found)) return "over";
    if (!(await this.#own(found))) return "elsewhere";
    const { change, event } = how(found);
    const task = await this.#keepEnding(found, change, event, message === undefined ? [] : [message]);
    if (task === undefined) return "over";
    this.book.lose(taskId, task);
    return "done";
  }

  async #keepEnding(
    { id }: Task,
    change: TaskChange,
    event: NewTaskEvent,
    texts: readonly string[],
  ): Promise<Task | undefined> {
    const { store, owner } = this.#options;
    const turns = texts.map((content) => ({ role: "user", content }) as const);
    try {
      return await store.change(id, owner, change, [event], turns);
    } catch (error) {
      // With its session, what was to stand in it is gone.
      if (!(error instanceof HostError) || error.code !== "session_unknown") throw error;
      return await store.change(id, owner, change, [event]);
    }
  }

  /** Whether it is this host's, or is by now because nobody else's. */
  async #own({ id, owner }: Task): Promise<boolean> {
    const { store, owner: own } = this.#options;
    if (owner === own) return true;
    const claimed = await store.claim(own, this.#options.isGone, { id });
    this.book.park(claimed);
    return claimed.length > 0;
  }

  #throwIfStopped(): void {
    if (this.#options.signal.aborted) throw new HostError("plugin_stopped", "the host was stopped");
  }
}

async function cancelRound(round: TaskRound, pluginId: string): Promise<DeskOutcome> {
  if (round.task.pluginId !== pluginId) return "unknown";
  await round.cancel();
  return "done";
}

function interruptRound(round: TaskRound, pluginId: string, message: string | undefined): DeskOutcome {
  if (round.task.pluginId !== pluginId) return "unknown";
  if (message !== undefined && !round.hasRoomFor(message)) return "full";
  void round.interrupt(message);
  return "done";
}
