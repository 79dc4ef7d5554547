// Tasks and their events in the control database. Each change is one transaction together with the events that tell of it,
// so that a host that is killed leaves a task that is whole. A task belongs to one host at a time, its owner: nobody else
// goes on with it or ends it. What others want of it waits as a wish (task-wishes.ts); an answer and a draft are added to the
// row by whoever has them, so that they are kept or refused at once, and the owner is asked to look. What one transaction does
// to the rows is in task-rows.ts and task-dispatch.ts.
//
// Tasks and events are in the order in which they were written, whatever the clock said.

import type { ChatMessage } from "../protocol/inference.ts";
import { isOver, type Task, type TaskActivity, type TaskEvent, type TaskStatus } from "../protocol/task.ts";
import { unknownSession } from "../protocol/unknown-session.ts";
import type { ControlDb, Sqlite } from "./control-db.ts";
import { readTurns } from "./session-rows.ts";
import { addTurns, sessionById, turnTexts } from "./sessions.ts";
import { answerTask, type DispatchedTask, dispatchTask, type NewTask, wouldAnswer } from "./task-dispatch.ts";
import { activityOf, addEvents, eventsPage, type NewTaskEvent, selectEvents } from "./task-event-rows.ts";
import {
  changeTask,
  IS_OPEN,
  IS_UNTOLD,
  listTasks,
  selectBefore,
  selectReadableTasks,
  type TaskChange,
  taskById,
  writerOf,
} from "./task-rows.ts";
import { addWish, addWishOfOpen, hasWishes, type TaskWish, takeWishesOf, type WishedTask } from "./task-wishes.ts";

export type { DispatchedTask, NewTask } from "./task-dispatch.ts";
export type { NewTaskEvent } from "./task-event-rows.ts";
export { type TaskChange, writerOf } from "./task-rows.ts";
export type { TaskWish } from "./task-wishes.ts";

export interface TaskRowFilter {
  readonly agentId?: string | undefined;
  readonly pluginId?: string | undefined;
  readonly statuses?: readonly TaskStatus[] | undefined;
  readonly limit: number;
}

/** Ids are taken in any case of letters. Nothing is opened or made before it is needed. */
export class TaskStore {
  readonly #db: ControlDb;

  constructor(db: ControlDb) {
    this.#db = db;
  }

  /** Another number after anything in the database was changed, by whomever; costs microseconds. */
  changeMark(): number {
    return this.#db.changeMark();
  }

  /**
   * Finds or makes the session and the task, with a `started` event for `new` and `again`, and an `activity` (kind `info`,
   * title `Resumed`) for `answer`. The session is the plugin's of that key for that agent; or, when the key is the id of a
   * keyless session of both, that one. Of its tasks one that waits is answered, whoever owns it (`elsewhere`: another host
   * does, and is asked to look). Else the newest counts: one that is over goes on, whoever owned it; where it runs, the task
   * is new. Then tasks of the plugin that are over make room
   * (TASKS_KEPT_MAX, TASK_KEPT_MS). Fails with `agent_unknown`, `request_invalid` as `Sessions.create` does.
   */
  async dispatch(task: NewTask): Promise<DispatchedTask> {
    return await this.#db.together((sqlite) => dispatchTask(sqlite, task));
  }

  /** Fails with `store_broken`, as all that read, for a task that cannot be read. */
  async byId(id: string): Promise<Task | undefined> {
    return await this.#read((sqlite) => taskById(sqlite, id.toUpperCase()));
  }

  /** Newest first, without prompt, output and draft, which may be long: these are null. */
  async list({ agentId, pluginId, statuses, limit }: TaskRowFilter): Promise<readonly Task[]> {
    const wanted: [condition: string, values: readonly unknown[]][] = [];
    if (agentId !== undefined) wanted.push(["agent_id = ?", [agentId]]);
    if (pluginId !== undefined) wanted.push(["plugin_id = ?", [pluginId]]);
    if (statuses !== undefined) wanted.push([`status IN (${statuses.map(() => "?").join(", ")})`, statuses]);
    const where = wanted.length === 0 ? "" : `WHERE ${wanted.map(([condition]) => condition).join(" AND ")}`;
    const values = wanted.flatMap(([, some]) => some);
    const newest = `${where} ORDER BY rowid DESC LIMIT ?`;
    return (await this.#read((sqlite) => listTasks(sqlite, newest, ...values, Math.max(limit, 0)))) ?? [];
  }

  /** Whether a dispatch would be the answer to a question. */
  async wouldAnswer(task: NewTask): Promise<boolean> {
    return (await this.#read((sqlite) => wouldAnswer(sqlite, task))) ?? false;
  }

  /**
   * Answers a task that waits, whoever owns it: as `dispatch` does, with the tools and the title that it has. Undefined, and
   * nothing was changed: it does not wait.
   */
  async answer(id: string, owner: string, prompt: string): Promise<DispatchedTask | undefined> {
    return await this.#write((sqlite) => {
      const task = taskById(sqlite, id.toUpperCase());
      return task?.status === "awaitingClarification" ? answerTask(sqlite, task, { owner, prompt }) : undefined;
    });
  }

  /** Keeps a draft of a task that is not over, whoever owns it; an owner that is not `by` is asked to look. */
  async addDraft(id: string, by: string, json: string | undefined, event: NewTaskEvent): Promise<Task | undefined> {
    return await this.#write((sqlite) => {
      const task = taskById(sqlite, id.toUpperCase());
      if (task === undefined || isOver(task)) return undefined;
      const now = new Date().toISOString();
      changeTask(sqlite, task.id, json === undefined ? {} : { draft: json }, now);
      addEvents(sqlite, task.id, [event], now);
      if (task.owner !== by) addWish(sqlite, task.id, { kind: "look" });
      return taskById(sqlite, task.id);
    });
  }

  /**
   * Changes a task of this owner that is not over, tells it, and adds `turns` to its transcript. Resolves when it is on the
   * disk; undefined when the task is gone, over, or not this owner's (any more): then nothing was changed. A status that is
   * over sets `endedAt` where it is left out, and a prompt that does not stand in the transcript yet comes before `turns`,
   * unless the session is gone. Fails with `session_unknown` when there are turns for a session that is gone.
   */
  async change(
    id: string,
    owner: string,
    change: TaskChange,
    events: readonly NewTaskEvent[] = [],
    turns: readonly ChatMessage[] = [],
  ): Promise<Task | undefined> {
    const texts = turnTexts(turns);
    return await this.#write((sqlite) => {
      const task = ownTask(sqlite, id, owner);
      if (task === undefined) return undefined;
      const now = new Date().toISOString();
      const ends = change.status !== undefined && isOver({ status: change.status });
      const unsaid = ends && change.prompt === undefined && sessionById(sqlite, task.sessionId) ? task.prompt : null;
      const all = unsaid === null ? texts : [...promptTexts(unsaid), ...texts];
      if (all.length > 0) addTurns(sqlite, task.sessionId, all, writerOf(task));
      changeTask(sqlite, task.id, unsaid === null ? change : { ...change, prompt: null }, now);
      addEvents(sqlite, task.id, events, now);
      return taskById(sqlite, task.id);
    });
  }

  /**
   * The prompt becomes a turn of the user in the transcript, in one transaction; one that stands there already does not a
   * second time. It must be the task's turn, see `before`. Undefined as for `change`. Fails with `session_unknown`.
   */
  async openRound(id: string, owner: string): Promise<Task | undefined> {
    return await this.#write((sqlite) => {
      const task = ownTask(sqlite, id, owner);
      if (task === undefined) return undefined;
      if (sessionById(sqlite, task.sessionId) === undefined) throw unknownSession(task.sessionId);
      if (task.prompt === null) return task;
      addTurns(sqlite, task.sessionId, promptTexts(task.prompt), writerOf(task));
      changeTask(sqlite, task.id, { prompt: null }, new Date().toISOString());
      return taskById(sqlite, task.id);
    });
  }

  /**
   * The first task, of whatever host, whose turn comes before this one's in their session: one that runs there, or waits for
   * its own turn and was there earlier. Once there is none, there is none any more until the task runs another time.
   */
  async before(id: string): Promise<Task | undefined> {
    return await this.#read((sqlite) => selectBefore(sqlite, id.toUpperCase()));
  }

  /** What the round of a task added to its transcript, in order; nothing that others added meanwhile. */
  async turnsOfRound(task: Pick<Task, "id" | "round" | "sessionId">): Promise<readonly ChatMessage[]> {
    return (await this.#read((sqlite) => readTurns(sqlite, task.sessionId, { by: writerOf(task) }))) ?? [];
  }

  /**
   * Kept events behind that number, in order: so many, unless they have more than TASK_EVENTS_PAGE_BYTES_MAX together, but one
   * at least where there is one. Whether there are more, `hasEvents` says.
   */
  async events(id: string, afterSeq: number, limit: number): Promise<readonly TaskEvent[]> {
    const bounded = Math.max(limit, 0);
    return (await this.#read((sqlite) => eventsPage(sqlite, id.toUpperCase(), afterSeq, bounded))) ?? [];
  }

  /** Whether there are kept events behind that number. */
  async hasEvents(id: string, afterSeq: number): Promise<boolean> {
    const any = "SELECT 1 FROM task_events WHERE task_id = ? AND seq > ? LIMIT 1";
    const found = await this.#read((sqlite) => sqlite.prepare(any).get(id.toUpperCase(), afterSeq));
    return found !== undefined;
  }

  /** The newest entries of the feed of the task's round, oldest first. */
  async feed(id: string, limit: number): Promise<readonly TaskActivity[]> {
    const newest = `WHERE task_id = @id AND kind = 'activity'
        AND seq > (SELECT ifnull(max(seq), 0) FROM task_events WHERE task_id = @id AND kind = 'started')
      ORDER BY seq DESC LIMIT @limit`;
    const values = { id: id.toUpperCase(), limit: Math.max(limit, 0) };
    const events = (await this.#read((sqlite) => selectEvents(sqlite, newest, values))) ?? [];
    return events.reverse().map(activityOf);
  }

  /** The oldest event that the plugin was not told of. */
  async nextUntold(id: string): Promise<TaskEvent | undefined> {
    const oldest = "WHERE task_id = ? AND told_at IS NULL ORDER BY seq LIMIT 1";
    return (await this.#read((sqlite) => selectEvents(sqlite, oldest, id.toUpperCase())))?.[0];
  }

  /** Notes that the plugin is told of an event, before it is; false when somebody else did, or owns the task. */
  async markTold(id: string, seq: number, owner: string): Promise<boolean> {
    const mark = `UPDATE task_events SET told_at = ? WHERE task_id = ? AND seq = ? AND told_at IS NULL
      AND ? = (SELECT owner FROM tasks WHERE id = task_id)`;
    const values = [id.toUpperCase(), seq, owner];
    const done = await this.#write((sqlite) => sqlite.prepare(mark).run(new Date().toISOString(), ...values));
    return done?.changes === 1;
  }

  /** It was not told after all. */
  async takeBackTold(id: string, seq: number, owner: string): Promise<void> {
    const takeBack = `UPDATE task_events SET told_at = NULL WHERE task_id = ? AND seq = ?
      AND ? = (SELECT owner FROM tasks WHERE id = task_id)`;
    await this.#write((sqlite) => sqlite.prepare(takeBack).run(id.toUpperCase(), seq, owner));
  }

  /** Tasks of this owner with events that their plugin was not told of; of one plugin, or of all. Oldest first. */
  async untold(owner: string, pluginId?: string): Promise<readonly Task[]> {
    const [which, values] = pluginId === undefined ? ["", []] : ["AND plugin_id = ?", [pluginId]];
    const untold = `WHERE ${IS_UNTOLD} AND owner = ? ${which} ORDER BY rowid`;
    return (await this.#read((sqlite) => selectReadableTasks(sqlite, untold, owner, ...values))) ?? [];
  }

  /** Plugins that were not told everything of their tasks, whoever owns these. */
  async untoldPlugins(): Promise<readonly string[]> {
    const plugins = `SELECT DISTINCT plugin_id FROM tasks WHERE ${IS_UNTOLD}`;
    return (await this.#read((sqlite) => sqlite.prepare(plugins).pluck().all() as string[])) ?? [];
  }

  /**
   * Takes tasks over whose owner is gone or which have none: one by its id; or those that are not over (`open`); or those
   * with events that their plugin was not told of, of one plugin (`untold`) or of all. Gives those that were taken, oldest
   * first. Counts in `resumes` that a host ended in the middle of a round without releasing it. Writes nothing when there
   * are none.
   */
  async claim(
    owner: string,
    isGone: (owner: string) => boolean,
    which: { readonly id: string } | "open" | { readonly untold: string } | "untold",
  ): Promise<readonly Task[]> {
    const [condition, values] = claimed(which);
    const owners = `SELECT DISTINCT owner FROM tasks WHERE ${condition}`;
    const found = await this.#read(
      (sqlite) =>
        sqlite
          .prepare(owners)
          .pluck()
          .all(...values) as (string | null)[],
    );
    // Nobody is asked while the database is locked. Who is gone does not come back: owners' names are used once.
    const gone = (found ?? []).filter((one) => one === null || (one !== owner && isGone(one)));
    if (gone.length === 0) return [];
    const orphaned = `WHERE ${condition} AND (owner IS NULL OR owner IN (SELECT value FROM json_each(?))) ORDER BY rowid`;
    const taken = await this.#write((sqlite) => {
      const take = sqlite.prepare("UPDATE tasks SET owner = ?, resumes = ? WHERE id = ?");
      const tasks = selectReadableTasks(sqlite, orphaned, ...values, JSON.stringify(gone));
      const ours = tasks.map((task) => ({ ...task, owner, resumes: task.resumes + (isCutOff(task) ? 1 : 0) }));
      for (const { id, resumes } of ours) take.run(owner, resumes, id);
      return ours;
    });
    return taken ?? [];
  }

  /** Nobody owns that task of the owner's from now on, or, when the host ends, any of its tasks. */
  async release(owner: string, id?: string): Promise<void> {
    const [which, values] = id === undefined ? ["owner = ?", [owner]] : ["owner = ? AND id = ?", [owner, id]];
    const isAny = await this.#read((sqlite) =>
      sqlite.prepare(`SELECT 1 FROM tasks WHERE ${which} LIMIT 1`).get(...values),
    );
    if (isAny === undefined) return;
    await this.#write((sqlite) => sqlite.prepare(`UPDATE tasks SET owner = NULL WHERE ${which}`).run(...values));
  }

  /** Asks the owner of a task for something. False: the task is over or gone, or too many wishes wait already. */
  async wish(id: string, wish: TaskWish): Promise<boolean> {
    return (await this.#write((sqlite) => addWishOfOpen(sqlite, id.toUpperCase(), wish))) ?? false;
  }

  /** Whether there are wishes that the owner of a task did not take yet. */
  async isWished(id: string): Promise<boolean> {
    const any = "SELECT 1 FROM task_wishes WHERE task_id = ? LIMIT 1";
    return (await this.#read((sqlite) => sqlite.prepare(any).get(id.toUpperCase()))) !== undefined;
  }

  /**
   * What others want of this owner's tasks, in order, but what is to be cancelled first; each is given once. With tasks that
   * somebody ended for good meanwhile, since their agent was deleted: these are over, and are to be cancelled in the
   * owner's memory. Writes nothing when there is none.
   */
  async takeWishes(owner: string): Promise<readonly WishedTask[]> {
    if ((await this.#read((sqlite) => hasWishes(sqlite, owner))) !== true) return [];
    return (await this.#write((sqlite) => takeWishesOf(sqlite, owner))) ?? [];
  }

  /** The plugin was removed: its tasks and their events are forgotten, also those that are not over. */
  async forgetPlugin(pluginId: string): Promise<void> {
    await this.#write((sqlite) => sqlite.prepare("DELETE FROM tasks WHERE plugin_id = ?").run(pluginId));
  }

  async #read<T>(work: (sqlite: Sqlite) => T): Promise<T | undefined> {
    const db = await this.#db.openIfThere();
    return db?.read(work);
  }

  /** Undefined when there is no database: then there is nothing to change. */
  async #write<T>(work: (sqlite: Sqlite) => T): Promise<T | undefined> {
    if ((await this.#db.openIfThere()) === undefined) return undefined;
    return await this.#db.together(work);
  }
}

/** Its host did not get as far as to release it, and the round had begun. */
function isCutOff({ status, prompt, owner }: Task): boolean {
  return status === "running" && prompt === null && owner !== null;
}

function promptTexts(prompt: string): string[] {
  return turnTexts([{ role: "user", content: prompt }]);
}

function ownTask(sqlite: Sqlite, id: string, owner: string): Task | undefined {
  const task = taskById(sqlite, id.toUpperCase());
  return task === undefined || task.owner !== owner || isOver(task) ? undefined : task;
}

function claimed(
  which: { readonly id: string } | "open" | { readonly untold: string } | "untold",
): [condition: string, values: readonly string[]] {
  if (which === "open") return [IS_OPEN, []];
  if (which === "untold") return [IS_UNTOLD, []];
  if ("id" in which) return ["id = ?", [which.id.toUpperCase()]];
  return [`${IS_UNTOLD} AND plugin_id = ?`, [which.untold]];
}
