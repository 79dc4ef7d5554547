// The file that rows of Insights are written to: opened with the first rows, by a process of its own, shared with other
// hosts that write at the same time and with whoever reads. It keeps itself small, and one that is damaged is put aside
// for a new one: the record is there to help, and nothing may ever fail because of it.

import { renameSync } from "node:fs";
import { dirname } from "node:path";
import { withFileLock } from "../base/file-lock.ts";
import { makeFolder } from "../base/make-folder.ts";
import { FILE_LOCK_MS_MAX, INSIGHTS_BATCHES_BETWEEN_CHECKS } from "../protocol/limits.ts";
import type { DatabaseProcess } from "../store/database-process.ts";
import { DatabaseFailure } from "../store/database-result.ts";
import { fileId } from "./file-id.ts";
import { executeJson, isDamage, openDatabase, rowsOf, StatementFailure, versionOf } from "./insights-database.ts";
import { keepInBounds } from "./keep-in-bounds.ts";
import type { Batch } from "./pending-rows.ts";
import { CREATE, INSERT, IS_THERE, PREPARE, SCHEMA_VERSION, type WrittenRow } from "./schema.ts";

export interface InsightsFileOptions {
  readonly path: string;
  readonly program: string;
  readonly ageMsMax: number;
  readonly bytesMax: number;
  warn(text: string): void;
}

/** `refused`: the file is of a later Osprey; nothing will ever be written. */
export type WriteOutcome = "written" | "refused" | WriteFailure;

export interface WriteFailure {
  readonly problem: string;
  /** The rows are at fault, and not the disk. */
  readonly isOfRows: boolean;
}

export class InsightsFile {
  readonly #options: InsightsFileOptions;
  #db: DatabaseProcess | undefined;
  #isOpen = false;
  /** Which file it is, so that one that was taken away or put aside by others is noticed. */
  #fileId: string | undefined;
  #batches = 0;
  #isClosed = false;
  /** Set while it is being opened. */
  #opening: Promise<DatabaseProcess | undefined> | undefined;

  constructor(options: InsightsFileOptions) {
    this.#options = options;
  }

  /**
   * Writes all rows of a batch or none of them. Never throws.
   *
   * @param isAgain they may be there already.
   */
  async write(batch: Batch, isAgain: boolean): Promise<WriteOutcome> {
    try {
      return await this.#writeOnce(batch, isAgain);
    } catch (error) {
      if (!(await isDamage(error, this.#db))) return await this.#failed(error);
    }
    try {
      await this.#putAside();
      return await this.#writeOnce(batch, false);
    } catch (error) {
      return await this.#failed(error);
    }
  }

  /** Opens the file ahead of the first rows, so that a command that makes few of them need not wait for it in the end. */
  openAhead(): void {
    void this.#opened().catch(() => undefined); // The first write meets the same, and says so.
  }

  /** Lets go of the file. To be called when nothing is written any more. */
  async close(): Promise<void> {
    await this.#opening?.catch(() => undefined);
    this.#isClosed = true;
    await this.#letGo();
  }

  /** Ends what a write waits for. */
  kill(): void {
    this.#isClosed = true;
    this.#db?.kill();
  }

  async #writeOnce(batch: Batch, isAgain: boolean): Promise<WriteOutcome> {
    const db = await this.#opened();
    if (db === undefined) return "refused";
    if (isAgain && (await isThere(db, batch))) return "written";
    await executeJson(db, INSERT, `[[${batch.json}]]`);
    // The rows are there: what goes wrong from here on is no reason to write them again.
    if (this.#batches++ % INSIGHTS_BATCHES_BETWEEN_CHECKS === 0)
      await keepInBounds(db, this.#options).catch(() => undefined);
    return "written";
  }

  /** The open file; undefined when a later Osprey made it. */
  #opened(): Promise<DatabaseProcess | undefined> {
    this.#opening ??= this.#openIfNeeded().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #openIfNeeded(): Promise<DatabaseProcess | undefined> {
    const { path, program, warn } = this.#options;
    if (this.#isClosed) throw new DatabaseFailure("stopped", "the host was stopped");
    if (this.#isOpen && this.#fileId === fileId(path)) return this.#db;
    await this.#letGo();
    makeFolder(dirname(path));
    this.#fileId = fileId(path);
    const { db, ready } = openDatabase(program, path);
    this.#db = db;
    await ready;
    const version = await versionOf(db);
    if (version > SCHEMA_VERSION) {
      warn(`nothing is recorded: ${path} was made by a later Osprey; move it away, or use that one`);
      this.#isClosed = true;
      await this.#letGo();
      return undefined;
    }
    if (version === 0) await create(db);
    this.#fileId = fileId(path);
    this.#isOpen = true;
    return db;
  }

  async #failed(error: unknown): Promise<WriteFailure> {
    // Unless it was only a statement, the next try begins with a new process.
    if (!(error instanceof StatementFailure) || !this.#isOpen) await this.#letGo();
    const problem = error instanceof Error ? error.message : String(error);
    return { problem, isOfRows: error instanceof StatementFailure && error.isOfRows };
  }

  async #letGo(): Promise<void> {
    const db = this.#db;
    this.#db = this.#fileId = undefined;
    this.#isOpen = false;
    await db?.close().catch(() => db.kill());
  }

  /** Gives a damaged file another name, unless another host did so already. */
  async #putAside(): Promise<void> {
    const { path, warn } = this.#options;
    const damaged = this.#fileId;
    await this.#letGo();
    const aside = `${path}.damaged-${new Date().toISOString().replaceAll(":", "-")}`;
    const moved = await withFileLock(`${path}.lock`, FILE_LOCK_MS_MAX, () => {
      if (damaged === undefined || fileId(path) !== damaged) return false;
      renameSync(path, aside);
      for (const end of ["-wal", "-shm"]) moveIfThere(path + end, aside + end);
      return true;
    });
    if (moved?.value) warn(`the record of what plugins did was damaged and is put aside as ${aside}; a new one begins`);
  }
}

async function create(db: DatabaseProcess): Promise<void> {
  // Another host may be about the same; then this comes too late, or is in the way, and only the file's shrinking is lost.
  await db.script(PREPARE).catch(() => undefined);
  await db.script(CREATE);
}

/** All rows of a batch are there, or none: its first one stands for them. */
async function isThere(db: DatabaseProcess, { json, name }: Batch): Promise<boolean> {
  const [row] = JSON.parse(`[${json}]`) as WrittenRow[];
  return (await rowsOf(db, IS_THERE, [row![0], name])).length > 0;
}

function moveIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
