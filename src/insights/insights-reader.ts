// Reads the rows of Insights, those of all hosts on a data folder: newest first, or as they come. It has a process of its
// own, so that a long look never keeps whoever writes waiting, and it makes no file.

import { setTimeout as delay } from "node:timers/promises";
import type { InsightRow, InsightsFilter, InsightsNews } from "../protocol/insights-query.ts";
import {
  INSIGHTS_BYTES_MAX,
  INSIGHTS_FOLLOWED_ROWS_MAX,
  INSIGHTS_PAGE_ROWS,
  INSIGHTS_POLL_MS,
  INSIGHTS_ROWS_SHOWN_MAX,
} from "../protocol/limits.ts";
import type { DatabaseProcess } from "../store/database-process.ts";
import { fileId } from "./file-id.ts";
import { execute, openDatabase, rowsOf, shrink, versionOf } from "./insights-database.ts";
import { newestId, newestPages, newestRows, rowsBetween } from "./read-rows.ts";
import { CLEAR } from "./schema.ts";

export interface NewsOptions {
  /** Rows with higher ids; without it, those that are written from now on. */
  readonly after?: number | undefined;
  readonly withTexts: boolean;
  /** Whoever is further behind does not get all of them. */
  readonly behindRowsMax?: number;
  readonly signal: AbortSignal;
}

export class InsightsReader {
  readonly #path: string;
  readonly #program: string;
  #open: { db: DatabaseProcess; fileId: string; ready: Promise<void> } | undefined;

  constructor(path: string, program: string) {
    this.#path = path;
    this.#program = program;
  }

  /** What `work` makes of the open file; undefined while there is none, or nothing in it. Fails as `work` does. */
  async ask<T>(work: (db: DatabaseProcess) => Promise<T>): Promise<T | undefined> {
    const db = await this.#database();
    return db && (await work(db));
  }

  /** The newest rows that the filter lets through, newest first. Fails as `rowsOf` does. */
  async query(filter: InsightsFilter): Promise<InsightRow[]> {
    const bounded = { ...filter, limit: Math.min(filter.limit, INSIGHTS_ROWS_SHOWN_MAX) };
    const ask = async (page: InsightsFilter) => (await this.ask((db) => newestRows(db, page))) ?? [];
    const rows: InsightRow[] = [];
    for await (const page of newestPages(bounded, ask)) rows.push(...page);
    return rows;
  }

  /** Gives the newest rows, oldest first, then each row as it is written, until `signal` is aborted. */
  async follow(filter: InsightsFilter, onRow: (row: InsightRow) => void, signal: AbortSignal): Promise<void> {
    // Rows that are written between the two looks are new ones.
    const after = (await this.ask(newestId)) ?? 0;
    for (const row of (await this.query({ ...filter, idMax: after })).reverse()) onRow(row);
    for await (const news of this.news(filter, { after, withTexts: true, signal })) {
      if (news.kind === "rows") for (const row of news.rows) onRow(row);
    }
  }

  /** Gives rows as they are written, until `signal` is aborted. What was written while nobody took them is not lost. */
  async *news(
    filter: InsightsFilter,
    { after, withTexts, behindRowsMax = Number.MAX_SAFE_INTEGER, signal }: NewsOptions,
  ): AsyncGenerator<InsightsNews> {
    const step = withTexts ? INSIGHTS_PAGE_ROWS : INSIGHTS_FOLLOWED_ROWS_MAX;
    let lastId = after ?? (await this.ask(newestId)) ?? 0;
    let file: string | undefined;
    let isEmpty = false;
    while (!signal.aborted) {
      const db = await this.#database();
      const idMax = db === undefined ? 0 : await newestId(db);
      // A file never uses an id twice, also when its rows were removed: lower ones are those of another file.
      const isOther = (file !== undefined && file !== this.#open?.fileId) || (idMax > 0 && idMax < lastId);
      const isEmptied = !isEmpty && idMax === 0 && lastId > 0;
      file = this.#open?.fileId;
      isEmpty = idMax === 0;
      if (isOther) lastId = 0;
      if (isOther || isEmptied) yield { kind: "cleared", lastId };
      while (db !== undefined && lastId < idMax && !signal.aborted) {
        const rows = idMax - lastId - behindRowsMax;
        if (rows > 0) {
          lastId += rows;
          yield { kind: "skipped", rows, lastId };
        }
        const range = { idMin: lastId + 1, idMax: Math.min(idMax, lastId + step), withTexts };
        const found = await rowsBetween(db, filter, range);
        lastId = range.idMax;
        if (found.length > 0) yield { kind: "rows", rows: found, lastId };
      }
      await delay(INSIGHTS_POLL_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Removes all rows; gives how many there were. */
  async clear(): Promise<number> {
    return (await this.ask(clear)) ?? 0;
  }

  /** Ends its process at once: what is asked fails. The next question opens the file again. */
  kill(): void {
    const open = this.#open;
    this.#open = undefined;
    open?.db.kill();
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
      const opened = openForReading(this.#program, this.#path);
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

/** Reads the file as memory: questions that look at all rows take half the time. */
function openForReading(program: string, path: string): ReturnType<typeof openDatabase> {
  const { db, ready } = openDatabase(program, path);
  return { db, ready: ready.then(async () => void (await rowsOf(db, `PRAGMA mmap_size = ${INSIGHTS_BYTES_MAX}`))) };
}

async function clear(db: DatabaseProcess): Promise<number> {
  const rows = await execute(db, CLEAR);
  await shrink(db);
  return rows;
}
