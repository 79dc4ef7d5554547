// What a dispatch does to sessions and tasks, within a transaction: it finds or makes both.

import { randomUUID } from "node:crypto";
import type { Session } from "../protocol/agent.ts";
import { isUuid } from "../protocol/agent-id.ts";
import { HostError } from "../protocol/errors.ts";
import { TASKS_WAITING_MAX } from "../protocol/limits.ts";
import { answeredActivity } from "../protocol/resumed-activity.ts";
import { isOver, type Task } from "../protocol/task.ts";
import type { Sqlite } from "./control-db.ts";
import { makeSession, sessionById, sessionByKey } from "./sessions.ts";
import { addEvents, forgetOldEvents, type NewTaskEvent } from "./task-event-rows.ts";
import { BEHIND_OTHERS, forgetOldTasks, forgetWishes, insertTask, selectTasks, taskById } from "./task-rows.ts";
import { addWish } from "./task-wishes.ts";

export interface NewTask {
  /** A wish: taken when no task has it. */
  readonly id: string | undefined;
  readonly pluginId: string;
  readonly agentId: string;
  readonly sessionKey: string | null;
  /** Undefined: a task that goes on keeps its own, a new one is called "Chat". */
  readonly title: string | undefined;
  readonly prompt: string;
  readonly tools: readonly string[];
  readonly owner: string;
}

/**
 * `new`: a task of its own. `again`: one that was over has a new round in its session. `answer`: the prompt is what the task
 * waited for, which runs again. `elsewhere`: the same, but another host owns it, and is asked to look.
 */
export interface DispatchedTask {
  readonly task: Task;
  readonly how: "new" | "again" | "answer" | "elsewhere";
}

const DEFAULT_TITLE = "Chat";

export function dispatchTask(sqlite: Sqlite, wish: NewTask): DispatchedTask {
  const session = findSession(sqlite, wish);
  const last = session === undefined ? undefined : lastTask(sqlite, session, wish);
  if (last?.status === "awaitingClarification") return answerTask(sqlite, last, wish);
  refuseManyWaiting(sqlite, wish);
  const dispatched =
    last !== undefined && isOver(last)
      ? beginAgain(sqlite, last, wish)
      : beginNew(sqlite, session ?? newSession(sqlite, wish), wish);
  forgetOldTasks(sqlite, wish.pluginId);
  return dispatched;
}

/** What nobody ever answers is kept for as long as it takes, and must not grow without end. */
function refuseManyWaiting(sqlite: Sqlite, { pluginId, agentId }: NewTask): void {
  const waiting = sqlite.prepare(
    "SELECT count(*) FROM tasks WHERE plugin_id = ? AND agent_id = ? AND status = 'awaitingClarification'",
  );
  if ((waiting.pluck().get(pluginId, agentId) as number) < TASKS_WAITING_MAX) return;
  throw new HostError("task_limit_reached", `${TASKS_WAITING_MAX} tasks of the plugin wait for an answer`, {
    hint: '"osaurus tasks list --status awaitingClarification" lists them; some have to be answered or cancelled',
  });
}

/** The plugin's own of that key; of those without a key, the one whose id the plugin learned from an event. */
function findSession(sqlite: Sqlite, { pluginId, agentId, sessionKey }: NewTask): Session | undefined {
  if (sessionKey === null) return undefined;
  const found = sessionByKey(sqlite, pluginId, sessionKey, agentId);
  if (found !== undefined || !isUuid(sessionKey)) return found;
  const keyless = sessionById(sqlite, sessionKey.toUpperCase());
  const isOwn = keyless?.pluginId === pluginId && keyless.agentId === agentId && keyless.externalKey === null;
  return isOwn ? keyless : undefined;
}

function newSession(sqlite: Sqlite, { pluginId, agentId, sessionKey, title = DEFAULT_TITLE }: NewTask): Session {
  return makeSession(sqlite, { agentId, pluginId, externalKey: sessionKey, title });
}

/** One that waits for an answer comes before all others, or nobody would ever answer it; else the newest. */
function lastTask(sqlite: Sqlite, session: Session, { pluginId, agentId }: NewTask): Task | undefined {
  const last = `WHERE session_id = ? AND plugin_id = ? AND agent_id = ?
    ORDER BY status = 'awaitingClarification' DESC, rowid DESC LIMIT 1`;
  return selectTasks(sqlite, last, session.id, pluginId, agentId)[0];
}

function beginNew(sqlite: Sqlite, session: Session, wish: NewTask): DispatchedTask {
  const now = new Date().toISOString();
  const { pluginId, agentId, title = DEFAULT_TITLE, prompt, tools, owner } = wish;
  const task: Task = {
    id: freeId(sqlite, wish.id),
    pluginId,
    agentId,
    sessionId: session.id,
    sessionKey: session.externalKey,
    title,
    status: "running",
    round: 1,
    prompt,
    tools,
    createdAt: now,
    updatedAt: now,
    endedAt: null,
    output: null,
    draft: null,
    summary: null,
    errorCode: null,
    question: null,
    artifacts: [],
    resumes: 0,
    owner,
  };
  insertTask(sqlite, task);
  addEvents(sqlite, task.id, [started(title)], now);
  return { task, how: "new" };
}

/** Nothing of the round before is left but its events and the transcript. */
function beginAgain(sqlite: Sqlite, { id, title: oldTitle }: Task, wish: NewTask): DispatchedTask {
  const now = new Date().toISOString();
  const { title = oldTitle, prompt, tools, owner } = wish;
  sqlite
    .prepare(
      `UPDATE tasks SET status = 'running', round = round + 1, resumes = 0, owner = ?, title = ?, tools = ?, prompt = ?, ${BEHIND_OTHERS},
         updated_at = ?, ended_at = NULL, error_code = NULL, summary = NULL, question = NULL, artifacts = '[]',
         output = NULL, draft = NULL
       WHERE id = ?`,
    )
    .run(owner, title, JSON.stringify(tools), prompt, now, id);
  forgetWishes(sqlite, id);
  addEvents(sqlite, id, [started(title)], now);
  forgetOldEvents(sqlite, id);
  return { task: taskById(sqlite, id)!, how: "again" };
}

/** Whether a dispatch would be the answer to a question. */
export function wouldAnswer(sqlite: Sqlite, wish: NewTask): boolean {
  const session = findSession(sqlite, wish);
  return session !== undefined && lastTask(sqlite, session, wish)?.status === "awaitingClarification";
}

export type TaskAnswer = Pick<NewTask, "owner" | "prompt"> & Partial<Pick<NewTask, "title" | "tools">>;

/**
 * The round of a task that waits goes on, with its tools unless the answer names others. Whoever owns the task, the answer
 * is kept here and now: of two that come at once, the second one finds a task that runs.
 */
export function answerTask(sqlite: Sqlite, task: Task, answer: TaskAnswer): DispatchedTask {
  const { prompt, title = task.title } = answer;
  const owner = task.owner ?? answer.owner;
  const tools = answer.tools === undefined || answer.tools.length === 0 ? task.tools : answer.tools;
  const now = new Date().toISOString();
  sqlite
    .prepare(
      `UPDATE tasks SET status = 'running', owner = ?, title = ?, tools = ?, prompt = ?, question = NULL, updated_at = ?, ${BEHIND_OTHERS}
       WHERE id = ?`,
    )
    .run(owner, title, JSON.stringify(tools), prompt, now, task.id);
  addEvents(sqlite, task.id, [{ kind: "activity", payload: { ...answeredActivity() } }], now);
  const isElsewhere = owner !== answer.owner;
  if (isElsewhere) addWish(sqlite, task.id, { kind: "look" });
  return { task: taskById(sqlite, task.id)!, how: isElsewhere ? "elsewhere" : "answer" };
}

function freeId(sqlite: Sqlite, wish: string | undefined): string {
  const id = wish?.toUpperCase();
  const isFree = id !== undefined && isUuid(id) && taskById(sqlite, id) === undefined;
  return isFree ? id : randomUUID().toUpperCase();
}

function started(title: string): NewTaskEvent {
  return { kind: "started", payload: { status: "running", title } };
}
