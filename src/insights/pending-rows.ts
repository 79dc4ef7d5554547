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
  /** How many rows of which plugin. */
  readonly plugins: ReadonlyMap<string, number>;
  readonly first: FirstRow;
}

/** Enough of a row to find it again. */
export interface FirstRow {
  readonly time: number;
  readonly durationMs: number;
  readonly method: string;
  readonly path: string;
}

export class PendingRows {
  /** A text is a row that is ready to be written. */
  #rows: (Activity | Tidied)[] = [];
  #redacts: (Redact | undefined)[] = [];
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
    if (this.size >= rowsMax || this.#chars >= INSIGHTS_PENDING_CHARS_MAX) return this.drop(row.pluginId, 1, row.time);
    const chars = charsOf(row);
    // A large text must not be kept alive by a row of which a few thousand characters are shown.
    const kept = chars > INSIGHTS_ROW_CHARS_KEPT_MAX ? new Tidied(row, redact) : row;
    this.#rows.push(kept);
    this.#redacts.push(redact);
    this.#chars += kept === row ? chars : charsOf(kept);
  }

  drop(pluginId: string, rows: number, time: number): void {
    const known = this.#dropped.get(pluginId);
    if (known) known.rows += rows;
    else this.#dropped.set(pluginId, { time, rows });
  }

  /** A row for each plugin of which rows were dropped says so; there is always room for these. */
  tellDropped(): void {
    for (const [pluginId, { time, rows }] of this.#dropped) {
      this.#rows.push(droppedRow(pluginId, time, rows));
      this.#redacts.push(undefined);
    }
    this.#dropped.clear();
  }

  /** The oldest rows, as many as are written together. */
  take(): Batch | undefined {
    const from = this.#from;
    let json = "";
    let at = from;
    const plugins = new Map<string, number>();
    let first: FirstRow | undefined;
    const end = Math.min(this.#rows.length, from + INSIGHTS_BATCH_ROWS_MAX);
    for (; at < end && json.length < INSIGHTS_BATCH_CHARS_MAX; at++) {
      const row = this.#rows[at]!;
      this.#chars -= charsOf(row);
      const tidied = row instanceof Tidied ? row : new Tidied(row, this.#redacts[at]);
      json += at === from ? tidied.json : `,${tidied.json}`;
      first ??= tidied.first;
      plugins.set(row.pluginId, (plugins.get(row.pluginId) ?? 0) + 1);
    }
    if (first === undefined) return undefined;
    this.#forget(at);
    return { rows: at - from, json, plugins, first };
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
    this.#rows.fill(GONE, this.#from, upTo);
    this.#redacts.fill(undefined, this.#from, upTo);
    this.#from = upTo;
  }
}

/** A row as it is written. */
class Tidied {
  readonly pluginId: string;
  readonly json: string;
  readonly first: FirstRow;

  constructor(row: Activity, redact: Redact | undefined) {
    const written = tidied(row, redact);
    const [time, , , , method, path, , durationMs] = written;
    this.pluginId = row.pluginId;
    this.json = JSON.stringify(written);
    this.first = { time, method, path, durationMs };
  }
}

/** When secrets cannot be taken out, the texts they may be in are not kept at all. */
function tidied(row: Activity, redact: Redact | undefined): WrittenRow {
  try {
    return tidyRow(row, redact);
  } catch {
    return tidyRow({ ...row, path: "(left out)", request: null, response: null });
  }
}

function charsOf(row: Activity | Tidied): number {
  if (row instanceof Tidied) return row.json.length;
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

const GONE: Activity = { ...droppedRow("", 0, 0) };
