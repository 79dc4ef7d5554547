// Rows of Insights that wait to be written. Taking one in must cost next to nothing, because it happens within a call;
// and however slow the disk is, they never hold more than a bounded number of rows and characters. What does not fit is
// counted, plugin by plugin.

import type { Activity } from "../protocol/activity.ts";
import {
  INSIGHTS_BATCH_CHARS_MAX,
  INSIGHTS_BATCH_ROWS_MAX,
  INSIGHTS_PENDING_CHARS_MAX,
  INSIGHTS_PENDING_LOG_ROWS_MAX,
  INSIGHTS_PENDING_ROWS_MAX,
  INSIGHTS_ROW_CHARS_KEPT_MAX,
} from "../protocol/limits.ts";
import type { WrittenRow } from "./schema.ts";
import { type Redact, tidyRow } from "./tidy-row.ts";

/** Rows as the database takes them: the texts of as many JSON arrays, with commas in between. */
export interface Batch {
  readonly rows: number;
  readonly json: string;
}

export class PendingRows {
  /** A text is a row that is ready to be written. */
  #rows: (Activity | string)[] = [];
  #redacts: (Redact | undefined)[] = [];
  /** What stands before this was taken. */
  #from = 0;
  #chars = 0;
  readonly #dropped = new Map<string, { time: number; rows: number }>();

  get size(): number {
    return this.#rows.length - this.#from;
  }

  /** Whether a whole batch is there. */
  get isBatch(): boolean {
    return this.size >= INSIGHTS_BATCH_ROWS_MAX || this.#chars >= INSIGHTS_BATCH_CHARS_MAX;
  }

  /** Takes a row, or counts it when there is no room. */
  add(row: Activity, redact: Redact | undefined): void {
    const rowsMax = row.kind === "log" ? INSIGHTS_PENDING_LOG_ROWS_MAX : INSIGHTS_PENDING_ROWS_MAX;
    if (this.size >= rowsMax || this.#chars >= INSIGHTS_PENDING_CHARS_MAX) return this.#drop(row.pluginId, row.time);
    // A large text must not be kept alive by a row of which a few thousand characters are shown.
    const kept = charsOf(row) > INSIGHTS_ROW_CHARS_KEPT_MAX ? textOf(row, redact) : row;
    this.#rows.push(kept);
    this.#redacts.push(redact);
    this.#chars += charsOf(kept);
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
      const row = textOf(droppedRow(pluginId, time, rows), undefined);
      this.#rows.push(row);
      this.#redacts.push(undefined);
      this.#chars += row.length;
    }
    this.#dropped.clear();
  }

  /** The oldest rows, as many as are written together. */
  take(): Batch | undefined {
    const from = this.#from;
    const end = Math.min(this.#rows.length, from + INSIGHTS_BATCH_ROWS_MAX);
    let json = "";
    let at = from;
    for (; at < end && json.length < INSIGHTS_BATCH_CHARS_MAX; at++) {
      const row = this.#rows[at]!;
      const text = textOf(row, this.#redacts[at]);
      this.#chars -= charsOf(row);
      json += at === from ? text : `,${text}`;
    }
    this.#forget(at);
    return at === from ? undefined : { rows: at - from, json };
  }

  clear(): void {
    this.#rows = [];
    this.#redacts = [];
    this.#from = this.#chars = 0;
    this.#dropped.clear();
  }

  /** What was taken goes; the lists are made anew only now and then, because that costs as much as they are long. */
  #forget(upTo: number): void {
    if (upTo === this.#rows.length || upTo > INSIGHTS_PENDING_LOG_ROWS_MAX) {
      this.#rows = this.#rows.slice(upTo);
      this.#redacts = this.#redacts.slice(upTo);
      this.#from = 0;
      return;
    }
    this.#rows.fill("", this.#from, upTo);
    this.#redacts.fill(undefined, this.#from, upTo);
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
    kind: "log",
    method: "LOG",
    path: `[WARN] ${what} dropped: more came than could be written`,
    status: 299,
    durationMs: 0,
    request: null,
    response: null,
    errorCode: "rows_dropped",
    traceId: undefined,
  };
}
