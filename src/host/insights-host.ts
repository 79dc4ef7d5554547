// The record of what plugins did, for whoever shows it: the terminal, the dashboard. It reads what all hosts on the data
// folder wrote. Writing is the business of the native host.

import { builtProgram } from "../base/package-root.ts";
import type { Paths } from "../base/paths.ts";
import { InsightsReader, type NewsOptions } from "../insights/insights-reader.ts";
import {
  countRows,
  linesAfter,
  linesAt,
  newestId,
  newestPages,
  newestRows,
  pluginIds,
  rowWithId,
} from "../insights/read-rows.ts";
import { NO_CALLS, summaryOf } from "../insights/read-summary.ts";
import { type LaneOptions, ReaderLanes } from "../insights/reader-lanes.ts";
import type {
  InsightLine,
  InsightRow,
  InsightsFilter,
  InsightsNews,
  InsightsSummary,
} from "../protocol/insights-query.ts";
import { INSIGHTS_BEHIND_ROWS_MAX } from "../protocol/limits.ts";
import type { DatabaseProcess } from "../store/database-process.ts";
import { insightsFailure } from "./insights-failure.ts";
import { insightsPath } from "./stores.ts";

export interface InsightsHostOptions {
  readonly paths: Pick<Paths, "data">;
  /** The program that holds a database; without it, the one that set-up built. */
  readonly databaseProgram?: string;
  /** Writes the rows that this host still holds back, so that whoever asks it sees them. */
  flush?(): Promise<void>;
}

export interface InsightsHost {
  /** The newest rows that the filter lets through, newest first; none when nothing was recorded yet. */
  query(filter: InsightsFilter): Promise<InsightRow[]>;
  /** The same, in pages that are read when they are wanted: rows that are written meanwhile are in none of them. */
  pages(filter: InsightsFilter, signal: AbortSignal): AsyncGenerator<InsightRow[]>;
  /** Rows behind so many newer ones, newest first, without their texts. */
  lines(filter: InsightsFilter, offset: number, signal: AbortSignal): Promise<InsightLine[]>;
  /** How many rows the filter lets through, as far as they are counted. */
  count(filter: InsightsFilter, signal: AbortSignal): Promise<number>;
  /** The id that no row is above; 0 without rows. */
  newestId(signal: AbortSignal): Promise<number>;
  row(id: number): Promise<InsightRow | undefined>;
  summary(filter: InsightsFilter, signal: AbortSignal): Promise<InsightsSummary>;
  /** Of plugins that there are rows of, in the order of the alphabet. */
  pluginIds(signal: AbortSignal): Promise<string[]>;
  /** Gives the newest rows, oldest first, then each row as it is written; resolves when `signal` is aborted. */
  follow(filter: InsightsFilter, onRow: (row: InsightRow) => void, signal: AbortSignal): Promise<void>;
  /**
   * Rows with higher ids, in the order in which they were written, without their texts: not all of them, when there are many.
   * `lastId` is how far that is.
   *
   * @param after nothing: how far it is by now.
   */
  rowsAfter(filter: InsightsFilter, after: number | undefined): Promise<{ rows: InsightLine[]; lastId: number }>;
  /** Gives rows as they are written, without their texts. Whoever takes them slowly misses none, unless it falls far behind. */
  news(filter: InsightsFilter, options: Pick<NewsOptions, "after" | "signal">): AsyncGenerator<InsightsNews>;
  /** Removes all rows; gives how many there were. */
  clear(): Promise<number>;
  close(): Promise<void>;
}

/**
 * Opens nothing yet, and never makes the file. All of it fails as `insightsFailure` says. Questions have processes of their own,
 * so that none of them keeps those waiting who follow.
 */
export function openInsightsHost({ paths, databaseProgram, flush }: InsightsHostOptions): InsightsHost {
  const path = insightsPath(paths);
  const program = databaseProgram ?? builtProgram("osprey-database");
  const lanes = new ReaderLanes(path, program);
  const follower = new InsightsReader(path, program);
  const asked = async <T>(work: () => Promise<T>): Promise<T> => {
    await flush?.();
    return await work().catch((error: unknown) => {
      throw insightsFailure(path, error);
    });
  };
  const ask = <T>(work: (db: DatabaseProcess) => Promise<T>, none: T, options?: LaneOptions): Promise<T> =>
    asked(() => lanes.ask(async (reader) => (await reader.ask(work)) ?? none, options));
  return {
    query: (filter) => asked(() => lanes.ask((reader) => reader.query(filter), { isLong: true })),
    async *pages(filter, signal) {
      const idMax = await ask(newestId, 0, { signal });
      yield* newestPages({ idMax, ...filter }, (page) =>
        ask((db) => newestRows(db, page), [], { signal, isLong: true }),
      );
    },
    lines: (filter, offset, signal) => ask((db) => linesAt(db, filter, offset), [], { signal }),
    count: (filter, signal) => ask((db) => countRows(db, filter), 0, { signal, isLong: true }),
    newestId: (signal) => ask(newestId, 0, { signal }),
    row: (id) => ask((db) => rowWithId(db, id), undefined),
    summary: (filter, signal) => ask((db) => summaryOf(db, filter), NO_CALLS, { signal, isLong: true }),
    pluginIds: (signal) => ask(pluginIds, [], { signal }),
    follow: (filter, onRow, signal) => asked(() => follower.follow(filter, onRow, signal)),
    async *news(filter, { after, signal }) {
      await flush?.();
      const options = { after, signal, withTexts: false, behindRowsMax: INSIGHTS_BEHIND_ROWS_MAX };
      try {
        yield* follower.news(filter, options);
      } catch (error) {
        throw insightsFailure(path, error);
      }
    },
    rowsAfter: (filter, after) => ask((db) => linesAfter(db, filter, after), { rows: [], lastId: after ?? 0 }),
    clear: () => asked(() => lanes.ask((reader) => reader.clear(), { isLong: true })),
    async close() {
      await Promise.all([follower.close(), lanes.close()]);
    },
  };
}
