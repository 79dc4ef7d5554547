// Which tasks a host has in its hands: those that run, that wait for an answer, that are to be gone on with; and who is told
// when something happens to one. What is done with them is the desk's business (`task-desk.ts`).

import type { Task, TaskEvent } from "../protocol/task.ts";
import { isOver } from "../protocol/task.ts";
import type { NewTask, TaskStore } from "../store/tasks.ts";
import type { RoundParts, RoundStart } from "./round-parts.ts";
import type { TaskDeliveries } from "./task-deliveries.ts";
import { TaskRound } from "./task-round.ts";

export interface TaskBookOptions extends Omit<RoundParts, "store" | "changed" | "passing" | "unkept" | "kept"> {
  readonly store: TaskStore;
  readonly deliveries: TaskDeliveries;
  /** What the user should know, a line. */
  note(text: string): void;
  /** There is a task of this host by now of which others may want something. */
  opened(): void;
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
  /** Tasks of this host whose hosts had ended while they ran, and that do not go on here yet. */
  readonly #parked = new Map<string, Task>();
  /** How tasks ended whose end the store did not take. */
  readonly #unkept = new Map<string, Task>();
  readonly #listeners = new Map<string, Set<TaskListener>>();

  constructor(options: TaskBookOptions) {
    this.#options = options;
    this.#parts = {
      ...options,
      changed: (task) => this.changed(task),
      passing: (task, kind, payload) => {
        const at = new Date().toISOString();
        this.changed(task, { taskId: task.id, seq: 0, kind, payload, at, toldAt: null });
      },
      unkept: (task, error) => {
        this.#unkept.set(task.id, task);
        options.note(`how the task "${task.id}" ended (${task.summary}) is not kept: ${error.message}`);
      },
      kept: (taskId) => void this.#unkept.delete(taskId),
    };
  }

  get running(): number {
    return this.#rounds.size;
  }

  /** There are tasks of this host of which others may want something. */
  get hasOpen(): boolean {
    return this.#rounds.size > 0 || this.#waiting.size > 0 || this.#parked.size > 0;
  }

  round(taskId: string): TaskRound | undefined {
    return this.#rounds.get(taskId);
  }

  /** The task as this host knows it, which may be more than what the store took. */
  newest(task: Task): Task {
    return this.#unkept.get(task.id) ?? task;
  }

  /** A round of the same session that is about to end. */
  endingRound({ pluginId, agentId, sessionKey }: NewTask): TaskRound | undefined {
    if (sessionKey === null) return undefined;
    for (const round of this.#rounds.values()) {
      const { task, isEnding } = round;
      const isSame = task.pluginId === pluginId && task.agentId === agentId && isOfSession(task, sessionKey);
      if (isEnding && isSame) return round;
    }
    return undefined;
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
    for (const task of tasks) {
      if (task.status === "awaitingClarification") this.#wait(task.id);
      if (task.status === "running" && !this.#rounds.has(task.id)) this.#parked.set(task.id, task);
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
    const inOrder = [...tasks].sort((a, b) => Number(a.prompt !== null) - Number(b.prompt !== null));
    for (const task of inOrder) if (!this.#rounds.has(task.id)) this.begin({ task, isResumed: true });
  }

  /** The round that is parked, if any, goes on. */
  unpark(taskId: string): void {
    const parked = this.#parked.get(taskId);
    if (parked !== undefined) this.#resume([parked]);
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

  /** There is something new of a task of this host's. */
  changed(task: Task, passing?: TaskEvent): void {
    this.#options.deliveries.notice(task, passing);
    for (const listener of [...(this.#listeners.get(task.id) ?? [])]) listener(passing);
  }
}

/** A plugin that gave no key knows a session by its id. */
export function isOfSession({ sessionKey, sessionId }: Task, key: string): boolean {
  return sessionKey === null ? sessionId === key.toUpperCase() : sessionKey === key;
}
