// Tells plugins what happens to their tasks: kept events in order, each once, and of passing ones the newest. The database
// is the queue: what is not told yet stands there, also when the host was killed meanwhile. In memory is only which tasks
// have something to be told, and the one event of each that is being told.
//
// That the plugin is told is noted before it is; the note is taken back when the event never got as far as the plugin. So an
// event is told at most once, and a plugin that crashed over one does not get it again.

import { setTimeout as delay } from "node:timers/promises";
import { toHostError } from "../protocol/errors.ts";
import {
  RUNNER_STOP_GRACE_MS,
  TASK_EVENT_RETRY_MS_MAX,
  TASK_EVENT_RETRY_MS_MIN,
  TASK_EVENTS_OPEN_MAX,
} from "../protocol/limits.ts";
import { type Task, type TaskEvent, type TaskEventKind, TERMINAL_EVENTS } from "../protocol/task.ts";
import type { TaskStore } from "../store/tasks.ts";
import { PluginTurns } from "./plugin-turns.ts";

export type ToldTask = Pick<Task, "id" | "pluginId" | "agentId">;

interface Telling {
  /** Aborted when the event is not to be told any more, unless the plugin has it already. */
  readonly signal: AbortSignal;
  /** To be called when the plugin has it, before it can do anything. */
  handed(): void;
}

export interface TaskDeliveriesOptions {
  readonly store: Pick<TaskStore, "nextUntold" | "markTold" | "takeBackTold" | "untold" | "claim">;
  readonly owner: string;
  /** Whether the host of that name has ended. */
  isGone(owner: string): boolean;
  /**
   * Waits until the plugin can be told something; false when it cannot, until `pluginLoaded` says so, and when the signal is
   * aborted. Never throws.
   */
  ready(pluginId: string, signal: AbortSignal): Promise<boolean>;
  /** Tells it; false when it never got as far as the plugin. Resolves when the plugin is done with it. Never throws. */
  tell(task: ToldTask, event: TaskEvent, telling: Telling): Promise<boolean>;
  /** Tasks of which a plugin is told are this host's by now, because theirs had ended. */
  claimed?(tasks: readonly Task[]): void;
  /** Nothing of the task can be told any more, until there is something new of it or of its plugin. */
  rested?(task: ToldTask): void;
  /** What the user should know, a line. */
  note?(text: string): void;
}

interface Lane {
  readonly task: ToldTask;
  /** The newest of each kind. */
  readonly passing: Map<TaskEventKind, TaskEvent>;
  /** Something may be there that was not looked at yet. */
  hasNews: boolean;
  /** `stuck`: the store fails. `tells`: the plugin has an event in its hands. */
  state: "rests" | "works" | "stuck" | "tells";
}

/** One after the other for each task, side by side for several. */
export class TaskDeliveries {
  readonly #options: TaskDeliveriesOptions;
  readonly #lanes = new Map<string, Lane>();
  /** How many dispatches hold the events of a task. */
  readonly #held = new Map<string, number>();
  /** Plugins whose untold events are being looked for; whether they were loaded once more since. */
  readonly #looking = new Map<string, { again: boolean; state: "works" | "stuck" }>();
  readonly #turns = new PluginTurns(TASK_EVENTS_OPEN_MAX);
  readonly #stopping = new AbortController();
  /** Whoever waits for a change of what is going on. */
  #watchers: (() => void)[] = [];

  constructor(options: TaskDeliveriesOptions) {
    this.#options = options;
  }

  /** Nothing of the task is told until `release`. */
  hold(taskId: string): void {
    this.#held.set(taskId, (this.#held.get(taskId) ?? 0) + 1);
  }

  release(taskId: string): void {
    const others = (this.#held.get(taskId) ?? 0) - 1;
    if (others > 0) return void this.#held.set(taskId, others);
    this.#held.delete(taskId);
    const lane = this.#lanes.get(taskId);
    if (lane) this.#go(lane);
    this.#changed();
  }

  /** There is something new of a task of this host's: kept events that were written, or a passing one. */
  notice({ id, pluginId, agentId }: ToldTask, passing?: TaskEvent): void {
    if (this.#isStopped) return;
    let lane = this.#lanes.get(id);
    if (!lane) {
      lane = { task: { id, pluginId, agentId }, passing: new Map(), hasNews: false, state: "rests" };
      this.#lanes.set(id, lane);
    }
    if (passing) lane.passing.set(passing.kind, passing);
    lane.hasNews = true;
    this.#go(lane);
  }

  /** The plugin takes calls: what waits for it is told. */
  pluginLoaded(pluginId: string): void {
    if (this.#isStopped) return;
    const looking = this.#looking.get(pluginId);
    if (looking) looking.again = true;
    else void this.#lookFor(pluginId);
  }

  /**
   * Resolves when nothing is left that can be told now, of one plugin or of all. What waits for `release` can be, soon.
   *
   * @param msMax how long that may take; it resolves then.
   */
  async idle(pluginId?: string, msMax?: number): Promise<void> {
    const isMeant = (one: string) => pluginId === undefined || one === pluginId;
    const isBusy = ({ task, state, hasNews }: Lane) =>
      isMeant(task.pluginId) && (state === "works" || state === "tells" || (state === "rests" && hasNews));
    await this.#until(() => {
      const isLooking = [...this.#looking].some(([one, { state }]) => isMeant(one) && state === "works");
      return this.#isStopped || !(isLooking || [...this.#lanes.values()].some(isBusy));
    }, msMax);
  }

  /**
   * Begins nothing any more. Resolves when no plugin is in the middle of being told something, or takes long; what was not
   * told stands in the database as that, if its tasks are this owner's until then.
   *
   * @param atOnce without the time that plugins get to finish.
   */
  async stop({ atOnce = false } = {}): Promise<void> {
    this.#stopping.abort();
    this.#turns.close();
    for (const [id, { state }] of this.#lanes) if (state === "rests") this.#lanes.delete(id);
    this.#changed();
    await this.#until(
      () => this.#looking.size === 0 && [...this.#lanes.values()].every(({ state }) => state === "tells"),
    );
    if (!atOnce) await this.#until(() => this.#lanes.size === 0, RUNNER_STOP_GRACE_MS);
  }

  get #isStopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  #go(lane: Lane): void {
    if (lane.state !== "rests" || !this.#mayTell(lane)) return;
    lane.state = "works";
    void this.#work(lane);
  }

  #mayTell({ task }: Lane): boolean {
    return !this.#isStopped && !this.#held.has(task.id);
  }

  async #work(lane: Lane): Promise<void> {
    let failures = 0;
    while (lane.hasNews && this.#mayTell(lane)) {
      await this.#turns.enter(lane.task.pluginId);
      lane.hasNews = false;
      const wasTold = await this.#tellNext(lane);
      this.#turns.leave(lane.task.pluginId);
      if (wasTold === undefined) continue;
      // There may be more, whatever became of this one.
      lane.hasNews = true;
      failures = wasTold ? 0 : failures + 1;
      if (failures > 0) await this.#pause(failures);
    }
    this.#enter(lane, "rests");
    if (!lane.hasNews || this.#isStopped) this.#lanes.delete(lane.task.id);
    if (!lane.hasNews && !this.#isStopped) this.#options.rested?.(lane.task);
    this.#changed();
  }

  /** Undefined: there is nothing that can be told now. False: it did not get as far as the plugin. */
  async #tellNext(lane: Lane): Promise<boolean | undefined> {
    const { store, owner, ready } = this.#options;
    const { id, pluginId } = lane.task;
    const kept = await this.#stored(lane, () => store.nextUntold(id));
    const event = kept ?? lane.passing.values().next().value;
    if (event === undefined || this.#isStopped) return undefined;
    if (!(await ready(pluginId, this.#stopping.signal))) return undefined;
    if (kept === undefined) return await this.#tellPassing(lane, event);
    const isMine = await this.#stored(lane, () => store.markTold(id, kept.seq, owner));
    if (isMine !== true) return undefined;
    // What passes from now on belongs to the next round.
    if (TERMINAL_EVENTS.has(kept.kind)) dropOlder(lane.passing, kept);
    const wasTold = this.#mayTell(lane) && (await this.#tell(lane, kept));
    if (!wasTold) await this.#takeBack(lane, kept);
    return this.#mayTell(lane) ? wasTold : true;
  }

  async #tellPassing(lane: Lane, event: TaskEvent): Promise<boolean | undefined> {
    // Something newer may have come while the plugin was waited for.
    const newest = lane.passing.get(event.kind) ?? event;
    if (!this.#mayTell(lane)) return true;
    lane.passing.delete(event.kind);
    return await this.#tell(lane, newest);
  }

  async #tell(lane: Lane, event: TaskEvent): Promise<boolean> {
    const { signal } = this.#stopping;
    const wasTold = await this.#options.tell(lane.task, event, { signal, handed: () => this.#enter(lane, "tells") });
    this.#enter(lane, "works");
    return wasTold;
  }

  async #takeBack(lane: Lane, { seq }: TaskEvent): Promise<void> {
    const { store, owner } = this.#options;
    await this.#stored(lane, async () => await store.takeBackTold(lane.task.id, seq, owner));
  }

  /** Events from before: hosts that are gone did not tell them, or this one could not. */
  async #lookFor(pluginId: string): Promise<void> {
    const { store, owner, isGone, claimed } = this.#options;
    const looking: { again: boolean; state: "works" | "stuck" } = { again: true, state: "works" };
    this.#looking.set(pluginId, looking);
    while (looking.again && !this.#isStopped) {
      looking.again = false;
      const taken = await this.#stored(looking, () => store.claim(owner, isGone, { untold: pluginId }));
      if (taken !== undefined && taken.length > 0) claimed?.(taken);
      const tasks = await this.#stored(looking, () => store.untold(owner, pluginId));
      for (const task of tasks ?? []) this.notice(task);
    }
    this.#looking.delete(pluginId);
    this.#changed();
  }

  /** What the store gives, as soon as it works; undefined when the host is stopped before that. */
  async #stored<T>(who: Pick<Lane, "state">, work: () => Promise<T>): Promise<T | undefined> {
    for (let failures = 1; ; failures++) {
      try {
        const value = await work();
        this.#enter(who, "works");
        return value;
      } catch (error) {
        if (this.#isStopped) return undefined;
        this.#noteFailure(error);
      }
      this.#enter(who, "stuck");
      await this.#pause(failures);
    }
  }

  /** Once, until it works again for all whom it fails. */
  #noteFailure(error: unknown): void {
    if ([...this.#lanes.values(), ...this.#looking.values()].some(({ state }) => state === "stuck")) return;
    const { message } = toHostError(error);
    this.#options.note?.(`plugins are not told of their tasks for now: ${message}`);
  }

  async #pause(failures: number): Promise<void> {
    const ms = Math.min(TASK_EVENT_RETRY_MS_MIN * 2 ** (failures - 1), TASK_EVENT_RETRY_MS_MAX);
    await delay(ms, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
  }

  #enter(who: Pick<Lane, "state">, state: Lane["state"]): void {
    if (who.state === state) return;
    who.state = state;
    this.#changed();
  }

  #changed(): void {
    for (const look of this.#watchers.splice(0)) look();
  }

  /** Resolves when it is so, or after that time. */
  async #until(isSo: () => boolean, msMax?: number): Promise<void> {
    let isLate = false;
    let late: NodeJS.Timeout | undefined;
    const timeIsUp = () => {
      isLate = true;
      this.#changed();
    };
    if (msMax !== undefined) late = setTimeout(timeIsUp, msMax);
    while (!isLate && !isSo()) await new Promise<void>((resolve) => this.#watchers.push(resolve));
    clearTimeout(late);
  }
}

/** What passed before the end of a round is not told behind it. */
function dropOlder(passing: Map<TaskEventKind, TaskEvent>, { seq }: TaskEvent): void {
  for (const [kind, event] of passing) if (event.seq < seq) passing.delete(kind);
}
