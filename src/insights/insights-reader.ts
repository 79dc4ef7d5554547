// Reads the rows of Insights, those of all hosts on a data folder: newest first, or as they come. It has a process of its
// own, so that a long look never keeps whoever writes waiting, and it makes no file.

import { setTimeout as delay } from "node:timers/promises";
import type { InsightRow, InsightsFilter } from "../protocol/insights-query.ts";
import { INSIGHTS_PAGE_ROWS, INSIGHTS_POLL_MS, INSIGHTS_ROWS_SHOWN_MAX } from "../protocol/limits.ts";
import type { DatabaseProcess } from "../store/database-process.ts";
import { fileId } from "./file-id.ts";
import { execute, openDatabase, rowsOf, shrink, versionOf } from "./insights-database.ts";
import { CLEAR, NEWEST_ID, SELECT } from "./schema.ts";

export class InsightsReader {
  readonly #path: string;
  readonly #program: string;
  #open: { db: DatabaseProcess; fileId: string; ready: Promise<void> } | undefined;

  constructor(path: string, program: string) {
    this.#path = path;
    this.#program = program;
  }

  /** The newest rows that the filter lets through, newest first. Fails as `rowsOf` does. */
  async query(filter: InsightsFilter): Promise<InsightRow[]> {
    const db = await this.#database();
    return db === undefined ? [] : await newest(db, filter);
  }

  /** Gives the newest rows, oldest first, then each row as it is written, until `signal` is aborted. */
  async follow(filter: InsightsFilter, onRow: (row: InsightRow) => void, signal: AbortSignal): Promise<void> {
    let seen: { file: string | undefined; lastId: number } | undefined;
    while (!signal.aborted) {
      const db = await this.#database();
      const file = this.#open?.fileId;
      if (db === undefined) {
        seen = { file: undefined, lastId: 0 }; // Whatever comes is new.
      } else if (seen === undefined) {
        // Rows that are written between the two looks are new ones.
        seen = { file, lastId: await newestId(db) };
        for (const row of (await newest(db, filter, seen.lastId)).reverse()) onRow(row);
      } else {
        if (seen.file !== file) seen = { file, lastId: 0 }; // The file was put aside, or removed.
        seen.lastId = await after(db, filter, seen.lastId, onRow, signal);
      }
      await delay(INSIGHTS_POLL_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Removes all rows; gives how many there were. */
  async clear(): Promise<number> {
    const db = await this.#database();
    if (db === undefined) return 0;
    const rows = await execute(db, CLEAR);
    await shrink(db);
    return rows;
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.db.close().catch(() => open.db.kill());
  }

  /** The open file; undefined while there is none, or nothing in it yet. */
  async #database(): Promise<DatabaseProcess | undefined> {
    const id = fileId(this.#path);
    if (this.#open !== undefined && this.#open.fileId !== id) await this.close();
    if (id === undefined) return undefined;
    if (this.#open === undefined) {
      const opened = openDatabase(this.#program, this.#path);
      opened.db.end.then(() => {
        if (this.#open?.db === opened.db) this.#open = undefined;
      });
      this.#open = { ...opened, fileId: id };
    }
    const { db, ready } = this.#open;
    try {
      await ready;
      return (await versionOf(db)) === 0 ? undefined : db;
    } catch (error) {
      await this.close();
      throw error;
    }
  }
}

async function newest(db: DatabaseProcess, filter: InsightsFilter, idMax?: number): Promise<InsightRow[]> {
  const rows: InsightRow[] = [];
  const limit = Math.min(filter.limit, INSIGHTS_ROWS_SHOWN_MAX);
  let before = filter.before;
  while (rows.length < limit) {
    const wanted = Math.min(INSIGHTS_PAGE_ROWS, limit - rows.length);
    const { where, params } = conditions({ ...filter, before }, idMax === undefined ? {} : { idMax });
    const sql = `${SELECT} ${where} ORDER BY time DESC, id DESC LIMIT ${wanted}`;
    const page = (await rowsOf(db, sql, params)).map(rowFrom);
    rows.push(...page);
    before = page.at(-1);
    if (page.length < wanted) break;
  }
  return rows;
}

/** Gives the rows that were written after the one with this id; gives the id up to which there is nothing new. */
async function after(
  db: DatabaseProcess,
  filter: InsightsFilter,
  lastId: number,
  onRow: (row: InsightRow) => void,
  signal: AbortSignal,
): Promise<number> {
  const idMax = await newestId(db);
  let idMin = lastId + 1;
  while (idMin <= idMax && !signal.aborted) {
    const { where, params } = conditions(filter, { idMin, idMax });
    const page = (await rowsOf(db, `${SELECT} ${where} ORDER BY id LIMIT ${INSIGHTS_PAGE_ROWS}`, params)).map(rowFrom);
    for (const row of page) onRow(row);
    if (page.length < INSIGHTS_PAGE_ROWS) break;
    idMin = page.at(-1)!.id + 1;
  }
  return Math.max(idMax, lastId);
}

async function newestId(db: DatabaseProcess): Promise<number> {
  return Number((await rowsOf(db, NEWEST_ID))[0]?.[0] ?? 0);
}

interface Ids {
  readonly idMin?: number;
  readonly idMax?: number;
}

/** What must hold of a row. All that comes from outside is a parameter. */
function conditions(filter: InsightsFilter, { idMin, idMax }: Ids): { where: string; params: unknown[] } {
  const { pluginId, agentId, kind, status, text, traceId, sinceMs, before } = filter;
  const all: [sql: string, ...params: (string | number | undefined)[]][] = [
    ["plugin_id = ?", pluginId],
    ["agent_id = ?", agentId],
    ["kind = ?", kind],
    ["status BETWEEN ? AND ?", status?.min, status?.max],
    ["instr(lower(path), lower(?)) > 0", text],
    ["trace_id = ?", traceId],
    ["time >= ?", sinceMs],
    ["time <= ? AND (time < ? OR id < ?)", before?.time, before?.time, before?.id],
    ["id >= ?", idMin],
    ["id <= ?", idMax],
  ];
  const some = all.filter(([, first]) => first !== undefined);
  const where = some.length === 0 ? "" : `WHERE ${some.map(([sql]) => `(${sql})`).join(" AND ")}`;
  return { where, params: some.flatMap(([, ...params]) => params) };
}

function rowFrom(values: unknown[]): InsightRow {
  const [id, time, pluginId, agentId, kind, method, path, status, durationMs, ...rest] = values;
  const [request, response, errorCode, traceId, taskId] = rest.map(textOrNull);
  return {
    id: Number(id),
    time: Number(time),
    pluginId: textOrNull(pluginId),
    agentId: textOrNull(agentId),
    kind: String(kind) as InsightRow["kind"],
    method: String(method),
    path: String(path),
    status: Number(status),
    durationMs: Number(durationMs),
    request: request ?? null,
    response: response ?? null,
    errorCode: errorCode ?? null,
    traceId: traceId ?? null,
    taskId: taskId ?? null,
  };
}

function textOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}
