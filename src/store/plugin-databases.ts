// The databases of native plugins, one SQLite file each, encrypted, each held by a process of its own while it is in use.

import { setImmediate } from "node:timers/promises";
import {
  DATABASE_BUSY_MS_MAX,
  DATABASE_BYTES_MAX,
  DATABASE_IDLE_MS,
  SQL_BYTES_MAX,
  SQL_PARAMS_BYTES_MAX,
  STATEMENT_MS_MAX,
} from "../protocol/limits.ts";
import type { DatabaseKeys } from "./open-database.ts";
import { PluginDatabase } from "./plugin-database.ts";
import type { Statement } from "./statement-queue.ts";
import { failure, type StatementResult } from "./statement-result.ts";

export interface PluginDatabasesOptions {
  /** The program that holds a database (`build/native/osprey-database`). */
  readonly program: string;
  readonly keys: DatabaseKeys;
  /** The folder of a plugin's data; the database is `data.db` in it. */
  folderOf(placeId: string): string;
  /** Whether it is kept in memory only. */
  isInMemory?(placeId: string): boolean;
  /** What its owner should know: a file that was put aside, above all. */
  warn(placeId: string, text: string): void;
  /** How large one database may become; 0: as large as it likes. */
  readonly bytesMax?: number;
  /** How long one statement may run. */
  readonly statementMs?: number;
  /** How long a database stays open that nobody uses. */
  readonly idleMs?: number;
  /** How long another host, or another runner's transaction, is waited for. */
  readonly busyMs?: number;
}

export class PluginDatabases {
  readonly #options: PluginDatabasesOptions;
  readonly #databases = new Map<string, PluginDatabase>();
  /** Statements that were not answered yet. */
  readonly #running = new Set<Promise<StatementResult>>();
  #isStopped = false;

  constructor(options: PluginDatabasesOptions) {
    this.#options = options;
  }

  /** Runs one statement. Never fails: what goes wrong is in the result. */
  async run(statement: Statement): Promise<StatementResult> {
    const { placeId, sql, params } = statement;
    if (Buffer.byteLength(sql) > SQL_BYTES_MAX) return tooLarge("the SQL", SQL_BYTES_MAX);
    if (params !== null && Buffer.byteLength(params) > SQL_PARAMS_BYTES_MAX) {
      return tooLarge("the text of the parameters", SQL_PARAMS_BYTES_MAX);
    }
    if (this.#isStopped) return failure("database_stopped", "the host is stopping");
    const running = this.#databaseOf(placeId).run(statement);
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  /** The runner is gone: what it had begun and not committed is rolled back. */
  async runnerGone(placeId: string, runner: object): Promise<void> {
    await this.#databases.get(placeId)?.runnerGone(runner);
  }

  /** Closes a plugin's database, so that its folder can be removed. */
  async close(placeId: string): Promise<void> {
    await this.#databases.get(placeId)?.close();
  }

  /** Closes all of them; resolves when no process is left, and whoever waited for a statement has heard of its end. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all([...this.#databases.values()].map((database) => database.end()));
    await Promise.all(this.#running);
    await setImmediate(); // All that follows from those answers at once has followed.
  }

  #databaseOf(placeId: string): PluginDatabase {
    const known = this.#databases.get(placeId);
    if (known) return known;
    const { program, keys, folderOf, warn } = this.#options;
    const { bytesMax, statementMs, idleMs, busyMs } = this.#options;
    const database = new PluginDatabase({
      placeId,
      folder: folderOf(placeId),
      isInMemory: this.#options.isInMemory?.(placeId) ?? false,
      program,
      keys,
      warn: (text) => warn(placeId, text),
      bytesMax: bytesMax ?? DATABASE_BYTES_MAX,
      statementMs: statementMs ?? STATEMENT_MS_MAX,
      idleMs: idleMs ?? DATABASE_IDLE_MS,
      busyMs: busyMs ?? DATABASE_BUSY_MS_MAX,
    });
    this.#databases.set(placeId, database);
    return database;
  }
}

function tooLarge(what: string, bytesMax: number): StatementResult {
  return failure("request_too_large", `${what} is over ${bytesMax} bytes`);
}
