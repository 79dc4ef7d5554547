// What whoever writes rows of Insights and whoever reads them have in common: a process that holds the file, and how its
// failures look from here.

import {
  DATABASE_BUSY_MS_MAX,
  DATABASE_MEMORY_BYTES_MAX,
  INSIGHTS_ANSWER_BYTES_MAX,
  INSIGHTS_STATEMENT_MS_MAX,
} from "../protocol/limits.ts";
import { DatabaseProcess } from "../store/database-process.ts";
import { DatabaseFailure, type RunResult } from "../store/database-result.ts";
import { COLUMNS_THERE, COLUMNS_WANTED } from "./schema.ts";

const STATEMENT = { deadlineMs: INSIGHTS_STATEMENT_MS_MAX, answerBytesMax: INSIGHTS_ANSWER_BYTES_MAX };

/** What SQLite calls its primary results; the extended ones have more above these bits. */
const PRIMARY = 0xff;
const SQLITE = {
  error: 1,
  perm: 3,
  busy: 5,
  locked: 6,
  nomem: 7,
  readonly: 8,
  interrupt: 9,
  ioerr: 10,
  cantopen: 14,
  protocol: 15,
  schema: 17,
} as const;
/** Not the fault of what was to be written: the disk's, that of others who use the file, or of too little memory. */
const NOT_OF_ROWS: ReadonlySet<number> = new Set([
  SQLITE.perm,
  SQLITE.busy,
  SQLITE.locked,
  SQLITE.nomem,
  SQLITE.readonly,
  SQLITE.interrupt,
  SQLITE.ioerr,
  SQLITE.cantopen,
  SQLITE.protocol,
  SQLITE.schema,
]);

/** Something that SQLite would not do. */
export class StatementFailure extends Error {
  readonly code: string;
  /** SQLite's result; 0 when it is not its own. */
  readonly #primary: number;

  constructor({ code, message, sqliteCode }: Extract<RunResult, { ok: false }>) {
    super(message);
    this.code = code;
    this.#primary = sqliteCode & PRIMARY;
  }

  /** Not the disk's fault, nor that of others who use the file. */
  get isOfRows(): boolean {
    return this.code !== "full" && !NOT_OF_ROWS.has(this.#primary);
  }

  /** Others use the file for longer than may be waited. */
  get isLocked(): boolean {
    return this.#primary === SQLITE.busy || this.#primary === SQLITE.locked;
  }

  /** The statement is not understood. */
  get isOfStatement(): boolean {
    return this.#primary === SQLITE.error;
  }
}

/** A file that is no database, is damaged, or has other tables than it should: whoever did that knows another file. */
export async function isDamage(error: unknown, db: DatabaseProcess | undefined): Promise<boolean> {
  if (!(error instanceof StatementFailure) && !(error instanceof DatabaseFailure)) return false;
  if (error.code === "corrupt" || error.code === "not_a_database") return true;
  if (!(error instanceof StatementFailure) || !error.isOfStatement || db === undefined) return false;
  const columns = await rowsOf(db, COLUMNS_THERE).catch(() => undefined);
  return columns !== undefined && Number(columns[0]?.[0]) < COLUMNS_WANTED;
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
  if (!result.ok) throw new StatementFailure(result);
  return (JSON.parse(result.json) as { changes: number }).changes;
}

/** The rows that a statement gives. Fails with what SQLite says. */
export async function rowsOf(db: DatabaseProcess, sql: string, params: readonly unknown[] = []): Promise<unknown[][]> {
  const result = await db.run("query", sql, JSON.stringify(params), STATEMENT);
  if (!result.ok) throw new StatementFailure(result);
  return (JSON.parse(result.json) as { rows: unknown[][] }).rows;
}

export async function versionOf(db: DatabaseProcess): Promise<number> {
  return Number((await rowsOf(db, "PRAGMA user_version"))[0]?.[0] ?? 0);
}

/** Gives the room of removed rows back to the disk. Somebody who reads may be in the way; then it stays for later rows. */
export async function shrink(db: DatabaseProcess): Promise<void> {
  await db.script("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE);").catch(() => undefined);
}
