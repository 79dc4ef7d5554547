// The rows of tasks, and what is made of them; their events are in task-event-rows.ts. What comes back from the file is
// looked at like anything else that somebody else may have written.

import * as z from "zod/mini";
import { ERRORS, type ErrorCode, HostError } from "../protocol/errors.ts";
import { TASK_KEPT_MS, TASKS_KEPT_MAX } from "../protocol/limits.ts";
import { isOver, type Task } from "../protocol/task.ts";
import type { Sqlite } from "./control-db.ts";

/** What is left out stays as it is. */
export type TaskChange = Partial<
  Pick<
    Task,
    | "status"
    | "prompt"
    | "output"
    | "draft"
    | "summary"
    | "errorCode"
    | "question"
    | "artifacts"
    | "resumes"
    | "endedAt"
  >
>;

/** As SQL. The index of these knows it in these very words. */
export const IS_OPEN = "status IN ('running', 'awaitingClarification')";
export const IS_UNTOLD = "id IN (SELECT task_id FROM task_events WHERE told_at IS NULL)";

const LISTED_COLUMNS = `id, plugin_id AS pluginId, agent_id AS agentId, session_id AS sessionId,
  session_key AS sessionKey, title, status, round, tools, created_at AS createdAt, updated_at AS updatedAt,
  ended_at AS endedAt, summary, error_code AS errorCode, question, artifacts, resumes, owner`;
const TASK_COLUMNS = `${LISTED_COLUMNS}, prompt, output, draft`;

const Question = z.object({
  question: z.string(),
  allow_multiple: z.boolean(),
  options: z.optional(z.array(z.string())),
});

const Artifact = z.object({
  filename: z.string(),
  mime_type: z.string(),
  size: z.number(),
  host_path: z.string(),
  is_directory: z.boolean(),
  description: z.optional(z.string()),
});

/** The members that are JSON in the file; SQLite itself sees to the rest. */
const TaskParts = z.object({
  tools: z.array(z.string()),
  question: z.nullable(Question),
  artifacts: z.array(Artifact),
});

interface TaskRow extends Omit<Task, "tools" | "question" | "artifacts" | "errorCode"> {
  readonly tools: string;
  readonly question: string | null;
  readonly artifacts: string;
  readonly errorCode: string | null;
}

/** By its id in capital letters. Throws `store_broken`. */
export function taskById(sqlite: Sqlite, id: string): Task | undefined {
  const row = sqlite.prepare(`SELECT ${TASK_COLUMNS} FROM tasks WHERE id = ?`).get(id) as TaskRow | undefined;
  return row === undefined ? undefined : taskOf(row);
}

/** Those for which the SQL text `rest`, from WHERE on, holds. Throws `store_broken`. */
export function selectTasks(sqlite: Sqlite, rest: string, ...values: unknown[]): Task[] {
  return selectRows(sqlite, rest, values).map(taskOf);
}

/** The same without those that cannot be read, so that one of them does not keep a host from the others. */
export function selectReadableTasks(sqlite: Sqlite, rest: string, ...values: unknown[]): Task[] {
  return selectRows(sqlite, rest, values).flatMap((row) => {
    try {
      return [taskOf(row)];
    } catch {
      return [];
    }
  });
}

/** The same without what may be long: prompt, output and draft are not even read, and null. Throws `store_broken`. */
export function listTasks(sqlite: Sqlite, rest: string, ...values: unknown[]): Task[] {
  const rows = sqlite.prepare(`SELECT ${LISTED_COLUMNS} FROM tasks ${rest}`).all(...values) as TaskRow[];
  return rows.map((row) => ({ ...taskOf(row), prompt: null, output: null, draft: null }));
}

function selectRows(sqlite: Sqlite, rest: string, values: readonly unknown[]): TaskRow[] {
  return sqlite.prepare(`SELECT ${TASK_COLUMNS} FROM tasks ${rest}`).all(...values) as TaskRow[];
}

export function insertTask(sqlite: Sqlite, task: Task): void {
  sqlite
    .prepare(
      `INSERT INTO tasks
         (id, plugin_id, agent_id, session_id, session_key, title, status, round, queued, resumes, owner, created_at,
          updated_at, ended_at, error_code, tools, summary, question, artifacts, prompt, output, draft)
       VALUES (@id, @pluginId, @agentId, @sessionId, @sessionKey, @title, @status, @round,
          (SELECT ifnull(max(queued), 0) + 1 FROM tasks WHERE session_id = @sessionId), @resumes, @owner, @createdAt,
          @updatedAt, @endedAt, @errorCode, @tools, @summary, @question, @artifacts, @prompt, @output, @draft)`,
    )
    .run({
      ...task,
      tools: JSON.stringify(task.tools),
      question: questionText(task.question),
      artifacts: JSON.stringify(task.artifacts),
    });
}

/** As SQL, in an UPDATE: behind all others of its session. */
export const BEHIND_OTHERS =
  "queued = (SELECT max(others.queued) + 1 FROM tasks AS others WHERE others.session_id = tasks.session_id)";

/**
 * The first of those that run in the session of a task and were there before it; undefined when it is the task's turn. What
 * is gone on with comes behind all others again: nobody comes before a task any more once nobody does.
 */
export function selectBefore(sqlite: Sqlite, id: string): Task | undefined {
  const before = `WHERE status = 'running' AND session_id = (SELECT session_id FROM tasks WHERE id = @id)
    AND queued < (SELECT queued FROM tasks WHERE id = @id) ORDER BY queued`;
  // Each look of each that waits comes here: prompts are not read.
  const rows = sqlite
    .prepare(`SELECT ${LISTED_COLUMNS} FROM tasks ${before}`)
    .iterate({ id }) as IterableIterator<TaskRow>;
  for (const row of rows) {
    try {
      return { ...taskOf(row), prompt: null, output: null, draft: null };
    } catch {
      // One that cannot be read does not keep the others from their turn.
    }
  }
  return undefined;
}

/** Names a task's round as the writer of turns. */
export function writerOf({ id, round }: Pick<Task, "id" | "round">): string {
  return `${id} ${round}`;
}

/** Whether the round that is named is the one that its task is in, and the task is this owner's. */
export function ownsRound(sqlite: Sqlite, writer: string, owner: string): boolean {
  const [id, round] = writer.split(" ");
  const own = "SELECT 1 FROM tasks WHERE id = ? AND round = ? AND owner = ?";
  return sqlite.prepare(own).get(id, Number(round), owner) !== undefined;
}

/** A task that is over wants nothing any more. */
export function changeTask(sqlite: Sqlite, id: string, change: TaskChange, now: string): void {
  const { status, question, artifacts, ...plain } = change;
  const ends = status !== undefined && isOver({ status });
  const columns: Record<string, unknown> = {
    status,
    prompt: plain.prompt,
    output: plain.output,
    draft: plain.draft,
    summary: plain.summary,
    error_code: plain.errorCode,
    question: question === undefined ? undefined : questionText(question),
    artifacts: artifacts === undefined ? undefined : JSON.stringify(artifacts),
    resumes: plain.resumes,
    ended_at: plain.endedAt === undefined && ends ? now : plain.endedAt,
    updated_at: now,
  };
  const changed = Object.entries(columns).filter(([, value]) => value !== undefined);
  sqlite
    .prepare(`UPDATE tasks SET ${changed.map(([name]) => `${name} = ?`).join(", ")} WHERE id = ?`)
    .run(...changed.map(([, value]) => value), id);
  if (ends) forgetWishes(sqlite, id);
}

/** Nothing is wanted of it any more. */
export function forgetWishes(sqlite: Sqlite, id: string): void {
  sqlite.prepare("DELETE FROM task_wishes WHERE task_id = ?").run(id);
}

function questionText(question: Task["question"]): string | null {
  return question === null ? null : JSON.stringify(question);
}

/**
 * Forgets tasks of a plugin that are over, but for the TASKS_KEPT_MAX that ended last and those that ended within
 * TASK_KEPT_MS. What ended later than that, by a clock that was set back since, counts as long ago.
 */
export function forgetOldTasks(sqlite: Sqlite, pluginId: string): void {
  const now = Date.now();
  const [from, to] = [now - TASK_KEPT_MS, now + TASK_KEPT_MS].map((ms) => new Date(ms).toISOString());
  sqlite
    .prepare(
      `DELETE FROM tasks WHERE rowid IN (
         SELECT rowid FROM tasks WHERE plugin_id = ? AND (${IS_OPEN}) = 0
         ORDER BY ended_at DESC, rowid DESC LIMIT -1 OFFSET ?)
       AND (ended_at IS NULL OR ended_at NOT BETWEEN ? AND ?)`,
    )
    .run(pluginId, TASKS_KEPT_MAX, from, to);
}

function taskOf({ tools, question, artifacts, errorCode, ...row }: TaskRow): Task {
  const parts = readable(row.id, () =>
    z.parse(TaskParts, {
      tools: JSON.parse(tools),
      question: question === null ? null : JSON.parse(question),
      artifacts: JSON.parse(artifacts),
    }),
  );
  return { ...row, ...(parts as Pick<Task, "tools" | "question" | "artifacts">), errorCode: codeOf(errorCode) };
}

/** A code that this program does not know is no error that anybody could look up. */
function codeOf(code: string | null): ErrorCode | null {
  if (code === null) return null;
  return Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : "internal";
}

/** Throws `store_broken` for what cannot be parsed. */
export function readable<T>(taskId: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new HostError("store_broken", `the task "${taskId}" cannot be read`, {
      hint: '"osaurus doctor" says whether the control database is whole',
      cause: error,
    });
  }
}
