// The rows of tasks' events. They are numbered from 1 within their task, over all of its rounds, and only ever added; the
// oldest may be forgotten.

import { strict as assert } from "node:assert";
import * as z from "zod/mini";
import {
  TASK_DRAFTS_WAITING_MAX,
  TASK_EVENTS_FORGOTTEN_EVERY,
  TASK_EVENTS_KEPT_MAX,
  TASK_EVENTS_PAGE_BYTES_MAX,
} from "../protocol/limits.ts";
import { PASSING_EVENTS, TASK_EVENT, type TaskActivity, type TaskEvent, type TaskEventKind } from "../protocol/task.ts";
import type { Sqlite } from "./control-db.ts";
import { readable } from "./task-rows.ts";

export interface NewTaskEvent {
  readonly kind: TaskEventKind;
  readonly payload: Readonly<Record<string, unknown>>;
}

const EVENT_COLUMNS = "task_id AS taskId, seq, kind, payload, created_at AS at, told_at AS toldAt";

const Payload = z.record(z.string(), z.unknown());

const Activity = z.object({
  kind: z.enum([
    "tool",
    "tool_call",
    "tool_result",
    "thinking",
    "writing",
    "info",
    "progress",
    "warning",
    "success",
    "error",
  ]),
  title: z.string(),
  detail: z.optional(z.string()),
  timestamp: z.string(),
  metadata: z.optional(Payload),
});

interface EventRow extends Omit<TaskEvent, "kind" | "payload"> {
  readonly kind: string;
  readonly payload: string;
}

/** Throws `store_broken`. */
export function selectEvents(sqlite: Sqlite, rest: string, ...values: unknown[]): TaskEvent[] {
  const rows = sqlite.prepare(`SELECT ${EVENT_COLUMNS} FROM task_events ${rest}`).all(...values);
  return (rows as EventRow[]).map(eventOf);
}

/** Events behind that number, in order: as many as are read at once, and where there is one, one at least. */
export function eventsPage(sqlite: Sqlite, taskId: string, afterSeq: number, limit: number): TaskEvent[] {
  const lastSeq = lastOfPage(sqlite, taskId, afterSeq, limit);
  return selectEvents(sqlite, "WHERE task_id = ? AND seq > ? AND seq <= ? ORDER BY seq", taskId, afterSeq, lastSeq);
}

/** How long a payload is, SQLite knows without reading it. */
function lastOfPage(sqlite: Sqlite, taskId: string, afterSeq: number, limit: number): number {
  const sizes = sqlite.prepare(
    "SELECT seq, octet_length(payload) AS bytes FROM task_events WHERE task_id = ? AND seq > ? ORDER BY seq LIMIT ?",
  );
  let last = afterSeq;
  let sum = 0;
  for (const row of sizes.iterate(taskId, afterSeq, limit)) {
    const { seq, bytes } = row as { readonly seq: number; readonly bytes: number };
    sum += bytes;
    if (sum > TASK_EVENTS_PAGE_BYTES_MAX && last > afterSeq) break;
    last = seq;
  }
  return last;
}

/** Adds events behind those that are there. */
export function addEvents(sqlite: Sqlite, taskId: string, events: readonly NewTaskEvent[], now: string): void {
  const last = sqlite.prepare("SELECT ifnull(max(seq), 0) FROM task_events WHERE task_id = ?").pluck();
  const add = sqlite.prepare(
    "INSERT INTO task_events (task_id, seq, kind, payload, created_at) VALUES (?, ?, ?, ?, ?)",
  );
  let seq = last.get(taskId) as number;
  for (const { kind, payload } of events) {
    assert(!PASSING_EVENTS.has(kind), "events that pass are not kept");
    add.run(taskId, ++seq, kind, JSON.stringify(payload), now);
    if (kind === "draft") forgetOldDraft(sqlite, taskId, now);
    // A round that goes on for long makes room too, not only the one that begins.
    if (seq % TASK_EVENTS_FORGOTTEN_EVERY === 0) forgetOldEvents(sqlite, taskId);
  }
}

/** Drafts may come as fast as a plugin can call, and be long: of those before the newest ones only the fact is kept. */
function forgetOldDraft(sqlite: Sqlite, taskId: string, now: string): void {
  sqlite
    .prepare(
      `UPDATE task_events SET told_at = ifnull(told_at, ?), payload = json_remove(payload, '$.draft')
       WHERE task_id = ? AND seq = (SELECT seq FROM task_events WHERE task_id = ? AND kind = 'draft'
                                    ORDER BY seq DESC LIMIT 1 OFFSET ?)`,
    )
    .run(now, taskId, taskId, TASK_DRAFTS_WAITING_MAX);
}

/** A conversation that goes on for years has one task: its oldest events make room, but for those that were not told. */
export function forgetOldEvents(sqlite: Sqlite, taskId: string): void {
  sqlite
    .prepare(
      `DELETE FROM task_events WHERE task_id = ? AND told_at IS NOT NULL
         AND seq <= (SELECT max(seq) FROM task_events WHERE task_id = ?) - ?`,
    )
    .run(taskId, taskId, TASK_EVENTS_KEPT_MAX);
}

/** An entry of the feed, from the event that told it. Throws `store_broken`. */
export function activityOf({ taskId, payload }: TaskEvent): TaskActivity {
  return readable(taskId, () => z.parse(Activity, payload) as TaskActivity);
}

function eventOf({ kind, payload, ...row }: EventRow): TaskEvent {
  return readable(row.taskId, () => {
    if (!Object.hasOwn(TASK_EVENT, kind)) throw new Error("an event of an unknown kind");
    return { ...row, kind: kind as TaskEventKind, payload: z.parse(Payload, JSON.parse(payload)) };
  });
}
