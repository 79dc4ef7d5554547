// The tasks of one host: takes dispatches, runs rounds, and does with tasks what plugins and people want. Of a task that
// another host owns nothing is changed here; that host is asked (`ask-owner.ts`).

import { HostError } from "../protocol/errors.ts";
import { isOver, type Task } from "../protocol/task.ts";
import type { DispatchedTask, NewTask, NewTaskEvent, TaskChange } from "../store/tasks.ts";
import type { RoundStart } from "./round-parts.ts";
import { isOfSession, TaskBook, type TaskBookOptions } from "./task-book.ts";
import { cancelled, completed, type TaskEnding, wholeSeconds } from "./task-ending.ts";
import { notWaiting, overTask, tooManyTasks, unknownTask } from "./task-errors.ts";
import { TaskGate } from "./task-gate.ts";
import { isGone } from "./task-owner.ts";
import type { TaskRound } from "./task-round.ts";

/** How a change of a task came out. `elsewhere`: another host has it. `unknown`: there is none, or not of that plugin. */
export type DeskOutcome = "done" | "over" | "elsewhere" | "unknown";

export class TaskDesk {
  readonly #options: TaskBookOptions;
  /** What this host has in its hands. */
  readonly book: TaskBook;
  readonly #gate = new TaskGate();

  constructor(options: TaskBookOptions) {
    this.#options = options;
    this.book = new TaskBook(options);
  }

  /** Fails with `task_limit_reached`. Nothing is told of the task until its deliveries are released. */
  async dispatch(wish: NewTask, given: NonNullable<RoundStart["given"]>): Promise<DispatchedTask> {
    for (;;) {
      this.#throwIfStopped();
      // What was cancelled or interrupted before is over first: then the task goes on.
      await this.book.endingRound(wish)?.over;
      const dispatched = await this.#gate.shared(wish.pluginId, async () =>
        this.book.endingRound(wish) === undefined ? await this.#dispatch(wish, given) : undefined,
      );
      if (dispatched === undefined) continue;
      // Somebody else may have answered it at this moment: then it is looked at afresh.
      if (dispatched.how !== "elsewhere" || (await this.#passAnswer(dispatched.task, wish.prompt))) return dispatched;
    }
  }

  async #dispatch(wish: NewTask, given: NonNullable<RoundStart["given"]>): Promise<DispatchedTask> {
    const { store, slots, deliveries } = this.#options;
    const slot = slots.tryTake(wish.agentId);
    let isUsed = false;
    try {
      if (slot === undefined && !(await this.#isAnswer(wish))) throw tooManyTasks();
      const dispatched = await store.dispatch(wish);
      const { task, how } = dispatched;
      this.#throwIfStopped();
      if (how === "elsewhere") return dispatched;
      deliveries.hold(task.id);
      this.book.begin({ task, slot, given });
      isUsed = true;
      this.book.changed(task);
      return dispatched;
    } finally {
      if (!isUsed) slot?.();
    }
  }

  /** A task that waits for an answer goes on although there is no place: it waits for one. */
  async #isAnswer({ pluginId, agentId, sessionKey }: NewTask): Promise<boolean> {
    if (sessionKey === null) return false;
    const filter = { pluginId, agentId, statuses: ["awaitingClarification"], limit: 1_000 } as const;
    const waiting = await this.#options.store.list(filter);
    return waiting.some((task) => isOfSession(task, sessionKey));
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
      if (!(await this.#own(found))) return "elsewhere";
      const activity = { kind: "info", title: "Resumed", timestamp: wholeSeconds() };
      const change = { status: "running", prompt: text, question: null } as const;
      const task = await store.change(taskId, owner, change, [{ kind: "activity", payload: activity }]);
      if (task === undefined) return "elsewhere";
      this.book.begin({ task });
      this.book.changed(task);
      return "done";
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
    if (found === undefined || found.pluginId !== pluginId || isOver(found) || !(await this.#own(found))) return false;
    if (this.book.round(taskId)?.isEnding === true) return false;
    const change = draft.json === undefined ? {} : { draft: draft.json };
    const payload = { ...draft.payload, title: found.title };
    const task = await store.change(taskId, owner, change, [{ kind: "draft", payload }]);
    if (task !== undefined) this.book.changed(task);
    return task !== undefined;
  }

  /** Takes a task over that no host runs any more, and goes on with it. */
  async adopt(taskId: string): Promise<void> {
    const { signal, store, owner } = this.#options;
    if (signal.aborted || this.book.round(taskId) !== undefined) return;
    this.book.park(await store.claim(owner, isGone, { id: taskId }));
    this.book.unpark(taskId);
  }

  /**
   * A task that waits for this answer is another host's: that one passes it on to its agent; when it has ended meanwhile,
   * this one does. False: it does not wait any more.
   */
  async #passAnswer({ id, pluginId }: Task, text: string): Promise<boolean> {
    try {
      const outcome = await this.answer(id, pluginId, text);
      if (outcome === "elsewhere") await this.#options.store.wish(id, { kind: "answer", text });
      return true;
    } catch (error) {
      if (error instanceof HostError && ["task_not_waiting", "task_over", "task_unknown"].includes(error.code))
        return false;
      throw error;
    }
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
    // What was asked last belongs there before it, where it does not stand there yet.
    const texts = message === undefined ? [] : [found.prompt, message].filter((text) => text !== null);
    const task = await this.#keepEnding(found, texts.length > 0 ? { ...change, prompt: null } : change, event, texts);
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
    const claimed = await store.claim(own, isGone, { id });
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
  void round.interrupt(message);
  return "done";
}
