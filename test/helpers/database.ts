// A database process for a test, with a file in a folder of the test's own; gone when the test ends.

import { join } from "node:path";
import { onTestFinished } from "vitest";
import { DATABASE_BYTES_MAX, DATABASE_MEMORY_BYTES_MAX } from "../../src/protocol/limits.ts";
import { DatabaseProcess } from "../../src/store/database-process.ts";
import type { OpenOptions, RunOptions, RunResult } from "../../src/store/database-result.ts";
import { tempDir } from "./temp-dir.ts";

/** The program that set-up built; or another build of it, one with a sanitizer for instance. */
export const DATABASE_PROGRAM =
  process.env["DATABASE_PROGRAM"] ?? join(import.meta.dirname, "../../build/native/osprey-database");
export const TEST_KEY: Uint8Array = new Uint8Array(32).fill(7);
export const RUN: RunOptions = { deadlineMs: 20_000, answerBytesMax: 16 * 1024 * 1024 };

/** As a plugin's file is opened, but for what is given. */
export function openOptions(options: Partial<OpenOptions> = {}): OpenOptions {
  return {
    key: TEST_KEY,
    bytesMax: DATABASE_BYTES_MAX,
    isGuarded: true,
    isExclusive: true,
    busyMs: 2_000,
    memoryBytesMax: DATABASE_MEMORY_BYTES_MAX,
    ...options,
    path: options.path ?? join(tempDir(), "data.db"),
  };
}

/** A process that ends with the test, not opened yet. */
export function databaseProcess(program: string = DATABASE_PROGRAM): DatabaseProcess {
  const process = new DatabaseProcess(program);
  onTestFinished(async () => {
    process.kill();
    await process.end;
  });
  return process;
}

export async function openedDatabase(
  options: Partial<OpenOptions> = {},
): Promise<{ db: DatabaseProcess; path: string }> {
  const all = openOptions(options);
  const db = databaseProcess();
  await db.open(all);
  return { db, path: all.path };
}

export async function exec(db: DatabaseProcess, sql: string, params?: unknown): Promise<RunResult> {
  return await db.run("exec", sql, params === undefined ? null : JSON.stringify(params), RUN);
}

export async function query(db: DatabaseProcess, sql: string, params?: unknown): Promise<RunResult> {
  return await db.run("query", sql, params === undefined ? null : JSON.stringify(params), RUN);
}

/** The answer's text; fails with what SQLite says. */
export function jsonOf(result: RunResult): string {
  if (!result.ok) throw new Error(`${result.code}: ${result.message}`);
  return result.json;
}

/** The rows of a query, with numbers as JavaScript has them. */
export async function rowsOf(db: DatabaseProcess, sql: string, params?: unknown): Promise<unknown[][]> {
  return (JSON.parse(jsonOf(await query(db, sql, params))) as { rows: unknown[][] }).rows;
}
