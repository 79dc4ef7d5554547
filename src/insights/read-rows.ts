// Questions about rows, each for an open database: pages of them, one of them, how many there are. They fail as `rowsOf` does.

import type { InsightLine, InsightRow, InsightsFilter } from "../protocol/insights-query.ts";
import {
  INSIGHTS_FOLLOWED_ROWS_MAX,
  INSIGHTS_PAGE_ROWS,
  INSIGHTS_PLUGINS_LISTED_MAX,
  INSIGHTS_ROWS_COUNTED_MAX,
} from "../protocol/limits.ts";
import type { DatabaseProcess } from "../store/database-process.ts";
import { conditionOf } from "./choose-rows.ts";
import { rowsOf } from "./insights-database.ts";
import { NEWEST_FIRST, NEWEST_ID, PLUGIN_IDS, SELECT, SELECT_LINES } from "./schema.ts";

/** All rows that the filter lets through, newest first, in pages; each is asked for when it is wanted. */
export async function* newestPages(
  filter: InsightsFilter,
  ask: (page: InsightsFilter) => Promise<InsightRow[]>,
): AsyncGenerator<InsightRow[]> {
  let before = filter.before;
  for (let left = filter.limit; left > 0; ) {
    const wanted = Math.min(INSIGHTS_PAGE_ROWS, left);
    const page = await ask({ ...filter, before, limit: wanted });
    if (page.length > 0) yield page;
    if (page.length < wanted) return;
    before = page.at(-1);
    left -= page.length;
  }
}

/** The newest rows that the filter lets through, newest first; no more than INSIGHTS_PAGE_ROWS, for their texts' sake. */
export async function newestRows(db: DatabaseProcess, filter: InsightsFilter): Promise<InsightRow[]> {
  const { where, params } = conditionOf(filter);
  return (await rowsOf(db, `${SELECT} ${where} ${NEWEST_FIRST} LIMIT ?`, [...params, filter.limit])).map(rowFrom);
}

/** Rows without their texts, behind so many that are newer. */
export async function linesAt(db: DatabaseProcess, filter: InsightsFilter, offset: number): Promise<InsightLine[]> {
  const { where, params } = conditionOf(filter);
  const sql = `${SELECT_LINES} ${where} ${NEWEST_FIRST} LIMIT ? OFFSET ?`;
  return (await rowsOf(db, sql, [...params, filter.limit, offset])).map(rowFrom);
}

/** Rows with these ids, in the order in which they were written. @param withTexts otherwise they are left out. */
export async function rowsBetween(
  db: DatabaseProcess,
  filter: InsightsFilter,
  { idMin, idMax, withTexts }: { readonly idMin: number; readonly idMax: number; readonly withTexts: boolean },
): Promise<InsightRow[]> {
  const { where, params } = conditionOf(filter, { idMin, idMax });
  return (await rowsOf(db, `${withTexts ? SELECT : SELECT_LINES} ${where} ORDER BY id`, params)).map(rowFrom);
}

/** The next of the rows with higher ids, and how far that is. Without an id: how far it is by now. */
export async function linesAfter(
  db: DatabaseProcess,
  filter: InsightsFilter,
  after: number | undefined,
): Promise<{ rows: InsightLine[]; lastId: number }> {
  const newest = await newestId(db);
  if (after === undefined || after >= newest) return { rows: [], lastId: after ?? newest };
  const lastId = Math.min(newest, after + INSIGHTS_FOLLOWED_ROWS_MAX);
  return { rows: await rowsBetween(db, filter, { idMin: after + 1, idMax: lastId, withTexts: false }), lastId };
}

/** How many rows the filter lets through, as far as they are counted. */
export async function countRows(db: DatabaseProcess, filter: InsightsFilter): Promise<number> {
  const { where, params } = conditionOf(filter);
  const sql = `SELECT count(*) FROM (SELECT 1 FROM activity ${where} LIMIT ?)`;
  return Number((await rowsOf(db, sql, [...params, INSIGHTS_ROWS_COUNTED_MAX]))[0]?.[0] ?? 0);
}

export async function rowWithId(db: DatabaseProcess, id: number): Promise<InsightRow | undefined> {
  const [found] = await rowsOf(db, `${SELECT} WHERE id = ?`, [id]);
  return found && rowFrom(found);
}

/** 0 when there is no row. */
export async function newestId(db: DatabaseProcess): Promise<number> {
  return Number((await rowsOf(db, NEWEST_ID))[0]?.[0] ?? 0);
}

export async function pluginIds(db: DatabaseProcess): Promise<string[]> {
  return (await rowsOf(db, PLUGIN_IDS, [INSIGHTS_PLUGINS_LISTED_MAX])).map(([id]) => String(id));
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
