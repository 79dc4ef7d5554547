// Which tasks a host has in its hands: those that run, that wait for an answer, that are to be gone on with; and who is told
// when something happens to one. What is done with them is the desk's business (`task-desk.ts`).

import type { Task, TaskEvent } from "../protocol/task.ts";
import { isOver } from "../protocol/task.ts";
import type { NewTask, TaskStore } from "../store/tasks.ts";
import type { RoundParts, RoundStart } from "./round-parts.ts";
import { untilTurn } from "./session-turn.ts";
import type { TaskDeliveries } from "./task-deliveries.ts";
import { TaskRound } from "./task-round.ts";

type PartsOfBook = "store" | "untilTurn" | "changed" | "passing" | "unkept" | "kept";

export interface TaskBookOptions extends Omit<RoundParts, PartsOfBook> {
  readonly store: TaskStore;
  readonly deliveries: TaskDeliveries;
  /** What the user should know, a line. */
  note(text: string): void;
  /** There is a task of this host by now of which others may want something. */
  opened(): void;
  /** Whether the host of that name has ended. */
  isGone(owner: string): boolean;
}

/** Who is told when something happens to a task. */
export type TaskListener = (passing: TaskEvent | undefined) => void;

export class TaskBook {
  readonly #options: TaskBookOptions;
  readonly #parts: RoundParts;
  /** By the task's id. */
  readonly #rounds = new Map<string, TaskRound>();
  /** Rounds of which something still runs, those that are over included. */
  readonly #settling = new Set<Promise<void>>();
  /** Tasks of this host that wait for an answer. */
  readonly #waiting = new Set<string>();
  /** Tasks that this host took over and does nothing with yet: they run or wait. */
  readonly #parked = new Map<string, Task>();
  /** How tasks ended whose end the store did not take. */
  readonly #unkept = new Map<string, Task>();
  /** Tries to write these. */
  readonly #trying = new Set<Promise<void>>();
  readonly #listeners = new Map<string, Set<TaskListener>>();

  constructor(options: TaskBookOptions) {
    this.#options = options;
    this.#parts = {
      ...options,
      untilTurn: async (turn) => {
        const { store } = options;
        await untilTurn({ ...turn, store, takeUp: (task) => this.adopt(task), round: (id) => this.#rounds.get(id) });
      },
      changed: (task) => this.changed(task),
      passing: (task, kind, payload) => {
        const at = new Date().toISOString();
        this.changed(task, { taskId: task.id, seq: 0, kind, payload, at, toldAt: null });
      },
      unkept: (task, error, trying) => {
        this.#unkept.set(task.id, task);
        this.#trying.add(trying);
        void trying.then(() => this.#trying.delete(trying));
        options.note(`how the task "${task.id}" ended (${task.summary}) is not kept: ${error.message}`);
      },
      kept: (task) => {
        this.#unkept.delete(task.id);
        if (task.status === "awaitingClarification" && !this.#rounds.has(task.id)) this.#wait(task.id);
      },
    };
  }

  get running(): number {
    return this.#rounds.size;
  }

  /** There are tasks of this host of which others may want something. */
  get hasOpen(): boolean {
    return this.#rounds.size > 0 || this.#waiting.size > 0 || this.#parked.size > 0 || this.#unkept.size > 0;
  }

  round(taskId: string): TaskRound | undefined {
    return this.#rounds.get(taskId);
  }

  /** The task as this host knows it, which may be more than what the store took. */
  newest(task: Task): Task {
    return this.#unkept.get(task.id) ?? task;
  }

  /** How the task ended whose end the store did not take. */
  unkeptEnd(taskId: string): Task | undefined {
    return this.#unkept.get(taskId);
  }

  /** A round of the same session that is about to end, and does not have to wait for others before it can. */
  endingRound(wish: NewTask): TaskRound | undefined {
    for (const round of this.#rounds.values()) {
      if (round.isEnding && !round.isBehind && isSameSession(round.task, wish)) return round;
    }
    return undefined;
  }

  /** Whether it is this host's and waits for an answer. */
  isWaiting(taskId: string): boolean {
    return this.#waiting.has(taskId);
  }

  /** Begins a round, whatever the task was before. */
  begin(start: RoundStart): void {
    const { id } = start.task;
    const round = new TaskRound(this.#parts, start);
    this.#forget(id);
    this.#rounds.set(id, round);
    void round.over.then(() => {
      if (this.#rounds.get(id) === round) this.#rounds.delete(id);
      if (round.task.status === "awaitingClarification") this.#wait(id);
    });
    this.#options.opened();
    this.#settling.add(round.settled);
    void round.settled.then(() => this.#settling.delete(round.settled));
  }

  #wait(taskId: string): void {
    this.#waiting.add(taskId);
    this.#options.opened();
  }

  /** These belong to this host by now. Those that run do not go on yet. */
  park(tasks: readonly Task[]): void {
    if (tasks.length > 0) this.#options.opened();
    for (const task of tasks) {
      if (task.status === "awaitingClarification") this.#wait(task.id);
      if (!isOver(task) && !this.#rounds.has(task.id)) this.#parked.set(task.id, task);
      this.changed(task);
    }
  }

  /** These belong to this host by now, and go on, as all that were parked. */
  take(tasks: readonly Task[]): void {
    this.park(tasks);
    this.#resume([...this.#parked.values()]);
  }

  #resume(tasks: readonly Task[]): void {
    // Those whose turn it was in their session come first.
    const running = tasks.filter(({ id, status }) => status === "running" && !this.#rounds.has(id));
    const inOrder = running.sort((a, b) => Number(a.prompt !== null) - Number(b.prompt !== null));
    for (const task of inOrder) this.begin({ task, isResumed: true });
  }

  /** Takes a task over that no host runs any more, and goes on with it. */
  async adopt(task: Pick<Task, "id"> & Partial<Pick<Task, "owner">>): Promise<void> {
    const { signal, store, owner, isGone } = this.#options;
    if (signal.aborted || this.#rounds.has(task.id)) return;
    if (task.owner !== owner) this.park(await store.claim(owner, isGone, { id: task.id }));
    this.unpark(task.id);
  }

  /** The round that is parked, if any, goes on. */
  unpark(taskId: string): void {
    const parked = this.#parked.get(taskId);
    if (parked !== undefined) this.#resume([parked]);
  }

  /** What is parked, if it is, becomes nobody's: another host may do more with it. */
  async giveBack(taskId: string): Promise<void> {
    const task = this.#parked.get(taskId);
    if (task === undefined) return;
    this.#forget(taskId);
    try {
      await this.#options.store.release(this.#options.owner, taskId);
    } catch {
      this.#parked.set(taskId, task);
    }
  }

  /** The task was ended or removed otherwise than by its round. */
  lose(taskId: string, task: Task | undefined): void {
    this.#rounds.get(taskId)?.lose();
    this.#forget(taskId);
    if (task !== undefined) this.changed(task);
  }

  /** Whether each task that runs here is still this host's; those that are not are cut off. */
  async checkRounds(): Promise<void> {
    for (const [id, round] of [...this.#rounds]) {
      const task = await this.#options.store.byId(id);
      const isOurs = task !== undefined && !isOver(task) && task.owner === this.#options.owner;
      // By now it may be another round of the task.
      if (!isOurs && this.#rounds.get(id) === round) this.lose(id, task);
    }
  }

  /** Nothing is to be done with it here any more. */
  #forget(taskId: string): void {
    this.#waiting.delete(taskId);
    this.#parked.delete(taskId);
    this.#unkept.delete(taskId);
  }

  /** Rounds of a plugin end without a word. */
  async forgetPlugin(pluginId: string): Promise<void> {
    for (const round of this.#rounds.values()) if (round.task.pluginId === pluginId) round.lose();
    await this.#options.store.forgetPlugin(pluginId);
    for (const id of [...this.#waiting, ...this.#parked.keys(), ...this.#unkept.keys()]) {
      if ((await this.#options.store.byId(id)) === undefined) this.#forget(id);
    }
  }

  listen(taskId: string, listener: TaskListener): () => void {
    const listeners = this.#listeners.get(taskId) ?? new Set();
    this.#listeners.set(taskId, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(taskId) === listeners) this.#listeners.delete(taskId);
    };
  }

  /** Resolves when no round is open, and nothing of one runs any more. */
  async settled(): Promise<void> {
    while (this.#settling.size > 0) await Promise.all(this.#settling);
  }

  /** Resolves when nobody tries any more to write how a task ended; for a host that ends. */
  async written(): Promise<void> {
    while (this.#trying.size > 0) await Promise.all(this.#trying);
  }

  /** There is something new of a task of this host's. */
  changed(task: Task, passing?: TaskEvent): void {
    this.#options.deliveries.notice(task, passing);
    for (const listener of [...(this.#listeners.get(task.id) ?? [])]) listener(passing);
  }
}

/** Whether a dispatch goes into the session of a task. A plugin that gave no key knows a session by its id. */
export function isSameSession(task: Task, { pluginId, agentId, sessionKey: key }: NewTask): boolean {
  if (key === null || task.pluginId !== pluginId || task.agentId !== agentId) return false;
  return task.sessionKey === null ? task.sessionId === key.toUpperCase() : task.sessionKey === key;
}
