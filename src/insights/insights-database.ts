// What whoever writes rows of Insights and whoever reads them have in common: a process that holds the file, and how its
// failures look from here.

import { DATABASE_BUSY_MS_MAX, DATABASE_MEMORY_BYTES_MAX, INSIGHTS_STATEMENT_MS_MAX } from "../protocol/limits.ts";
import { DatabaseFailure, DatabaseProcess } from "../store/database-process.ts";

const MIB = 1024 * 1024;
/** A page of the longest rows, each of their characters escaped, is below this. */
const ANSWER_BYTES_MAX = 48 * MIB;
const STATEMENT = { deadlineMs: INSIGHTS_STATEMENT_MS_MAX, answerBytesMax: ANSWER_BYTES_MAX };

/** Something that SQLite would not do. */
export class StatementFailure extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }

  /** Not the disk's fault, nor that of others who use the file. */
  get isOfRows(): boolean {
    return this.code !== "full" && !/locked|readonly|disk/i.test(this.message);
  }
}

/** A file that is no database, is damaged, or has other tables than it should: whoever did that knows another file. */
export function isDamage(error: unknown): boolean {
  if (!(error instanceof StatementFailure) && !(error instanceof DatabaseFailure)) return false;
  return error.code === "corrupt" || error.code === "not_a_database" || /^no such table|no column/.test(error.message);
}

/** A process for the file, which is neither encrypted nor for statements of others. It is open once `ready` resolves. */
export function openDatabase(program: string, path: string): { db: DatabaseProcess; ready: Promise<void> } {
  const db = new DatabaseProcess(program);
  const ready = db.open({
    path,
    key: null,
    bytesMax: 0,
    isGuarded: false,
    isExclusive: false,
    busyMs: DATABASE_BUSY_MS_MAX,
    memoryBytesMax: DATABASE_MEMORY_BYTES_MAX,
  });
  return { db, ready };
}

/** Runs a statement; gives how many rows it changed. Fails with what SQLite says. */
export async function execute(db: DatabaseProcess, sql: string, params: readonly unknown[] = []): Promise<number> {
  return await executeJson(db, sql, JSON.stringify(params));
}

/** The same with parameters that are JSON already. */
export async function executeJson(db: DatabaseProcess, sql: string, params: string): Promise<number> {
  const result = await db.run("exec", sql, params, STATEMENT);
  if (!result.ok) throw new StatementFailure(result.code, result.message);
  return (JSON.parse(result.json) as { changes: number }).changes;
}

/** The rows that a statement gives. Fails with what SQLite says. */
export async function rowsOf(db: DatabaseProcess, sql: string, params: readonly unknown[] = []): Promise<unknown[][]> {
  const result = await db.run("query", sql, JSON.stringify(params), STATEMENT);
  if (!result.ok) throw new StatementFailure(result.code, result.message);
  return (JSON.parse(result.json) as { rows: unknown[][] }).rows;
}

export async function versionOf(db: DatabaseProcess): Promise<number> {
  return Number((await rowsOf(db, "PRAGMA user_version"))[0]?.[0] ?? 0);
}

/** Gives the room of removed rows back to the disk. Somebody who reads may be in the way; then it stays for later rows. */
export async function shrink(db: DatabaseProcess): Promise<void> {
  await db.script("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE);").catch(() => undefined);
}
