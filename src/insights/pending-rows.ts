// Rows of Insights that wait to be written. Taking one in must cost next to nothing, because it happens within a call;
// and however slow the disk is, they never hold more than a bounded number of rows and characters. What does not fit is
// counted, plugin by plugin.

import { randomUUID } from "node:crypto";
import type { Activity } from "../protocol/activity.ts";
import {
  INSIGHTS_BATCH_CHARS_MAX,
  INSIGHTS_BATCH_ROWS_MAX,
  INSIGHTS_PENDING_LOG_ROWS_MAX,
  INSIGHTS_ROW_CHARS_KEPT_MAX,
} from "../protocol/limits.ts";
import { type RoomOfRow, RowRoom } from "./row-room.ts";
import type { WrittenRow } from "./schema.ts";
import { type Redact, tidyRow } from "./tidy-row.ts";

/** Rows as the database takes them: the texts of as many JSON arrays, with commas in between. */
export interface Batch {
  readonly rows: number;
  readonly json: string;
  /** Stands in the first row, so that it can be seen later whether the batch was written. */
  readonly name: string;
}

interface Waiting extends RoomOfRow {
  /** A text is a row that is ready to be written. */
  readonly row: Activity | string;
  readonly redact: Redact | undefined;
}

export class PendingRows {
  #rows: (Waiting | undefined)[] = [];
  /** What stands before this was taken. */
  #from = 0;
  #room = new RowRoom();
  readonly #dropped = new Map<string, { time: number; rows: number }>();

  get size(): number {
    return this.#rows.length - this.#from;
  }

  /** Whether a whole batch is there. */
  get isBatch(): boolean {
    return this.size >= INSIGHTS_BATCH_ROWS_MAX || this.#room.chars >= INSIGHTS_BATCH_CHARS_MAX;
  }

  /** Takes a row, or counts it when there is no room. */
  add(row: Activity, redact: Redact | undefined): void {
    if (!this.#room.has(row)) return this.#drop(row.pluginId, row.time);
    // A large text must not be kept alive by a row of which a few thousand characters are shown.
    const kept = charsOf(row) > INSIGHTS_ROW_CHARS_KEPT_MAX ? textOf(row, redact) : row;
    this.#push(kept, redact, row.pluginId, row.kind === "log");
  }

  #push(row: Activity | string, redact: Redact | undefined, pluginId: string, isLog: boolean): void {
    const waiting: Waiting = { row, redact, pluginId, isLog, chars: charsOf(row) };
    this.#room.take(waiting);
    this.#rows.push(waiting);
  }

  /** Counts all rows of a batch as dropped. */
  drop({ json }: Batch): void {
    for (const [time, pluginId] of JSON.parse(`[${json}]`) as WrittenRow[]) this.#drop(pluginId ?? "", time);
  }

  #drop(pluginId: string, time: number): void {
    const known = this.#dropped.get(pluginId);
    if (known) known.rows++;
    else this.#dropped.set(pluginId, { time, rows: 1 });
  }

  /** A row for each plugin of which rows were dropped says so; there is always room for these. */
  tellDropped(): void {
    for (const [pluginId, { time, rows }] of this.#dropped) {
      this.#push(textOf(droppedRow(pluginId, time, rows), undefined), undefined, pluginId, false);
    }
    this.#dropped.clear();
  }

  /** The oldest rows, as many as are written together. */
  take(): Batch | undefined {
    const from = this.#from;
    const end = Math.min(this.#rows.length, from + INSIGHTS_BATCH_ROWS_MAX);
    const name = randomUUID();
    let json = "";
    let at = from;
    for (; at < end && json.length < INSIGHTS_BATCH_CHARS_MAX; at++) {
      const waiting = this.#rows[at]!;
      const text = textOf(waiting.row, waiting.redact);
      this.#room.giveBack(waiting);
      json += at === from ? `${text.slice(0, -1)},"${name}"]` : `,${text}`;
    }
    this.#forget(at);
    return at === from ? undefined : { rows: at - from, json, name };
  }

  clear(): void {
    this.#rows = [];
    this.#from = 0;
    this.#room = new RowRoom();
    this.#dropped.clear();
  }

  /** What was taken goes; the list is made anew only now and then, because that costs as much as it is long. */
  #forget(upTo: number): void {
    if (upTo === this.#rows.length || upTo > INSIGHTS_PENDING_LOG_ROWS_MAX) {
      this.#rows = this.#rows.slice(upTo);
      this.#from = 0;
      return;
    }
    this.#rows.fill(undefined, this.#from, upTo);
    this.#from = upTo;
  }
}

/** The row as it is written. When secrets cannot be taken out, the texts they may be in are not kept at all. */
function textOf(row: Activity | string, redact: Redact | undefined): string {
  if (typeof row === "string") return row;
  try {
    return JSON.stringify(tidyRow(row, redact));
  } catch {
    return JSON.stringify(tidyRow({ ...row, path: "(left out)", request: null, response: null }));
  }
}

function charsOf(row: Activity | string): number {
  if (typeof row === "string") return row.length;
  return row.path.length + (row.request?.length ?? 0) + (row.response?.length ?? 0);
}

function droppedRow(pluginId: string, time: number, rows: number): Activity {
  const what = rows === 1 ? "1 row was" : `${rows} rows were`;
  return {
    time,
    pluginId,
    agentId: undefined,
    kind: "host",
    method: "DROP",
    path: `/insights/dropped: ${what} dropped, more came than could be written`,
    status: 299,
    durationMs: 0,
    request: null,
    response: null,
    errorCode: "rows_dropped",
    traceId: undefined,
  };
}
