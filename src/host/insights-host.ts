// The record of what plugins did, for whoever shows it: the terminal, the dashboard. It reads what all hosts on the data
// folder wrote. Writing is the business of the native host.

import { builtProgram } from "../base/package-root.ts";
import type { Paths } from "../base/paths.ts";
import { StatementFailure } from "../insights/insights-database.ts";
import { InsightsReader } from "../insights/insights-reader.ts";
import { HostError } from "../protocol/errors.ts";
import type { InsightRow, InsightsFilter } from "../protocol/insights-query.ts";
import { DatabaseFailure } from "../store/database-result.ts";
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
  /** Gives the newest rows, oldest first, then each row as it is written; resolves when `signal` is aborted. */
  follow(filter: InsightsFilter, onRow: (row: InsightRow) => void, signal: AbortSignal): Promise<void>;
  /** Removes all rows; gives how many there were. */
  clear(): Promise<number>;
  close(): Promise<void>;
}

/** Opens nothing yet, and never makes the file. All of it fails with `database_broken`, `database_in_use` and the like. */
export function openInsightsHost({ paths, databaseProgram, flush }: InsightsHostOptions): InsightsHost {
  const path = insightsPath(paths);
  const program = databaseProgram ?? builtProgram("osprey-database");
  const reader = new InsightsReader(path, program);
  const asked = async <T>(work: () => Promise<T>): Promise<T> => {
    await flush?.();
    return await work().catch((error: unknown) => refuse(path, error));
  };
  return {
    query: (filter) => asked(() => reader.query(filter)),
    follow: (filter, onRow, signal) => asked(() => reader.follow(filter, onRow, signal)),
    clear: () => asked(() => reader.clear()),
    close: () => reader.close(),
  };
}

function refuse(path: string, error: unknown): never {
  if (!(error instanceof Error)) throw error;
  if (error instanceof DatabaseFailure && error.code === "program_missing") {
    throw new HostError("database_program_missing", error.message, { hint: 'run "make setup"', cause: error });
  }
  if (
    (error instanceof DatabaseFailure && error.code === "locked") ||
    (error instanceof StatementFailure && error.isLocked)
  ) {
    throw new HostError("database_in_use", `the record of what plugins did is being changed: ${path}`, {
      hint: "try again in a moment",
      cause: error,
    });
  }
  if (error instanceof DatabaseFailure || error instanceof StatementFailure) {
    throw new HostError("database_broken", `the record of what plugins did cannot be read: ${error.message}`, {
      hint: `move ${path} away; the next call begins a new one`,
      cause: error,
    });
  }
  throw error;
}
