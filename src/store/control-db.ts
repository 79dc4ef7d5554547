// The control database: what the host itself remembers, in one SQLite file that several processes use at once. This file
// opens it, brings its tables up to date and says what is wrong with it; what stands in the tables is others' business.
//
// The driver is native and takes 10 ms to load, and most commands have nothing to remember: both the driver and the file
// are left alone until somebody reads a file that is there, or writes.

import { closeSync, fstatSync, openSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay, setImmediate as immediate } from "node:timers/promises";
import type Driver from "better-sqlite3-multiple-ciphers";
import { isLocked } from "../base/is-locked.ts";
import { makeFolder } from "../base/make-folder.ts";
import { HostError } from "../protocol/errors.ts";
import { CONTROL_DB_BUSY_MS_MAX, CONTROL_DB_STILL_MS_MAX } from "../protocol/limits.ts";
import { asHostError, broken, guarded } from "./control-db-errors.ts";
import { MIGRATIONS } from "./control-db-tables.ts";
import { keepStatements } from "./kept-statements.ts";

export type Sqlite = Driver;

const POLL_MS = 5;

/** The open database. Everything in it happens at once: SQLite waits for other writers, but nobody waits for a promise. */
export interface OpenDb {
  /** Runs `work`. Throws `store_broken` when the file is damaged, locked or cannot be read. */
  read<T>(work: (sqlite: Sqlite) => T): T;
  /** Runs `work` as one transaction that no other writer gets between. Nothing is changed when it throws. */
  write<T>(work: (sqlite: Sqlite) => T): T;
}

export interface ControlDb {
  readonly path: string;
  /** The database, when it is open already. */
  readonly opened: OpenDb | undefined;
  /** Opens the database; nothing when there is none yet. */
  openIfThere(): Promise<OpenDb | undefined>;
  /**
   * Opens the database, and makes it when there is none. Waits until no other process is writing, and lets others work
   * meanwhile: what is written right after that need not wait, or not long.
   */
  openForWrite(): Promise<OpenDb>;
  /** The same; nothing when there is none yet. */
  openIfThereForWrite(): Promise<OpenDb | undefined>;
  /**
   * Runs `work` as `OpenDb.write` does, in one transaction with all else that is asked for at the same time: many small
   * writes cost hardly more than one. What fails is undone for itself. Makes the database when there is none. Resolves when
   * it is on the disk.
   */
  together<T>(work: (sqlite: Sqlite) => T): Promise<T>;
  /**
   * A number that is another one after anything was changed, by this process or another, since it was asked for last.
   * Costs microseconds. Looks for the file while it is not open.
   *
   * @param freshMs what others changed may be seen so much later; without it, at once.
   */
  changeMark(freshMs?: number): number;
  /** How often this process wrote. */
  readonly ownWrites: number;
  /** Closes it for good. Safe to call twice. */
  close(): void;
}

/**
 * The control database of a data folder. Nothing is opened or made before it is asked for.
 *
 * @param busyMs how long other processes that write are waited for.
 */
export function controlDb(dataFolder: string, busyMs = CONTROL_DB_BUSY_MS_MAX): ControlDb {
  const path = controlDbPath(dataFolder);
  let opening: Promise<OpenDb> | undefined;
  let open: { sqlite: Sqlite; db: OpenDb; dataVersion: () => number } | undefined;
  let ownWrites = 0;
  let isClosed = false;
  const waiting: Together[] = [];
  let isWriting = false;
  const seen = { file: false, version: 0, writes: 0, mark: 0, at: Number.NEGATIVE_INFINITY };

  async function openFile(): Promise<OpenDb> {
    const sqlite = await openSqlite(path, busyMs);
    if (isClosed) {
      sqlite.close();
      throw closedError();
    }
    const version = sqlite.prepare("PRAGMA data_version").pluck();
    const db: OpenDb = {
      read: (work) => guarded(path, () => work(sqlite)),
      write: (work) =>
        guarded(path, () => {
          const value = sqlite.transaction(() => work(sqlite)).immediate();
          ownWrites++;
          return value;
        }),
    };
    open = { sqlite, db, dataVersion: () => guarded(path, () => version.get() as number) };
    return db;
  }

  function openOnce(): Promise<OpenDb> {
    if (isClosed) return Promise.reject(closedError());
    opening ??= openFile().catch((error) => {
      opening = undefined;
      throw error;
    });
    return opening;
  }

  async function writable(): Promise<OpenDb> {
    return await untilUnlocked(path, busyMs, () => {
      if (open === undefined) throw closedError();
      tryLock(open.sqlite, stillMs(busyMs));
      return open.db;
    });
  }

  async function writeAll(): Promise<void> {
    // What is asked for in this turn of the event loop, and while the file is opened or locked, is in it.
    await immediate();
    let db: OpenDb;
    try {
      if (opening === undefined) makeFile(path);
      await openOnce();
      db = await writable();
    } catch (error) {
      isWriting = false;
      for (const { fail } of waiting.splice(0)) fail(error);
      return;
    }
    isWriting = false;
    const batch = waiting.splice(0);
    try {
      const settled = db.write((sqlite) => batch.map((one) => attempt(path, sqlite, one)));
      for (const settle of settled) settle();
    } catch (error) {
      for (const { fail } of batch) fail(error);
    }
  }

  return {
    path,
    get opened() {
      return open?.db;
    },
    get ownWrites() {
      return ownWrites;
    },
    async openIfThere() {
      return opening !== undefined || isThere(path) ? await openOnce() : undefined;
    },
    async openForWrite() {
      if (opening === undefined) makeFile(path);
      await openOnce();
      return await writable();
    },
    async openIfThereForWrite() {
      if (opening === undefined && !isThere(path)) return undefined;
      await openOnce();
      return await writable();
    },
    together<T>(work: (sqlite: Sqlite) => T): Promise<T> {
      const { promise, resolve, reject } = Promise.withResolvers<T>();
      waiting.push({ work, succeed: resolve as (value: unknown) => void, fail: reject });
      if (!isWriting) void writeAll();
      isWriting = true;
      return promise;
    },
    changeMark(freshMs = 0) {
      const now = performance.now();
      if (now < seen.at + freshMs && ownWrites === seen.writes) return seen.mark;
      seen.at = now;
      const file = open !== undefined || isThere(path);
      const version = open?.dataVersion() ?? 0;
      if (file !== seen.file || version !== seen.version || ownWrites !== seen.writes) {
        Object.assign(seen, { file, version, writes: ownWrites, mark: seen.mark + 1 });
      }
      return seen.mark;
    },
    close() {
      isClosed = true;
      open?.sqlite.close();
      open = undefined;
    },
  };
}

interface Together {
  work(sqlite: Sqlite): unknown;
  succeed(value: unknown): void;
  fail(error: unknown): void;
}

/** One of several in a transaction; gives what is to be said once all of it is on the disk. */
function attempt(path: string, sqlite: Sqlite, { work, succeed, fail }: Together): () => void {
  try {
    const value = sqlite.transaction(() => work(sqlite))(); // A savepoint.
    return () => succeed(value);
  } catch (error) {
    // The transaction itself may be gone: then nothing of it is done.
    if (!sqlite.inTransaction) throw error;
    return () => fail(asHostError(path, error));
  }
}

/** Where it lies in a data folder. */
export function controlDbPath(dataFolder: string): string {
  return join(dataFolder, "osprey.db");
}

async function openSqlite(path: string, busyMs: number): Promise<Sqlite> {
  const { default: Database } = await import("better-sqlite3-multiple-ciphers");
  const sqlite = guarded(path, () => new Database(path, { timeout: stillMs(busyMs), fileMustExist: true }));
  try {
    // Looked at before anything is changed: a file of a newer Osprey, or of something else, stays as it is.
    const version = await untilUnlocked(path, busyMs, () => checkedVersion(sqlite, path));
    // While another process switches to it or opens the file, SQLite says "locked" without waiting.
    await untilUnlocked(path, busyMs, () => useWriteAheadLog(sqlite, path));
    await untilUnlocked(path, busyMs, () => {
      sqlite.pragma("foreign_keys = ON");
      // A refusal that was remembered must not come undone because the power failed.
      sqlite.pragma("synchronous = FULL");
      if (version < MIGRATIONS.length) migrate(sqlite, path);
    });
    keepStatements(sqlite);
    return sqlite;
  } catch (error) {
    sqlite.close();
    throw error;
  }
}

function useWriteAheadLog(sqlite: Sqlite, path: string): void {
  if (sqlite.pragma("journal_mode = WAL", { simple: true }) === "wal") return;
  throw broken(path, "its file system has no shared memory for several processes", "keep it on a local disk");
}

/** SQLite waits for a lock by holding up the whole process: that is no longer than others can bear. */
function stillMs(busyMs: number): number {
  return Math.min(busyMs, CONTROL_DB_STILL_MS_MAX);
}

/** Fails at once when another process is writing. */
function tryLock(sqlite: Sqlite, timeoutMs: number): void {
  sqlite.pragma("busy_timeout = 0");
  try {
    sqlite.exec("BEGIN IMMEDIATE");
    sqlite.exec("ROLLBACK");
  } finally {
    sqlite.pragma(`busy_timeout = ${timeoutMs}`);
  }
}

/** Does `work`, again and again while somebody else holds the database, and lets others work in between. */
async function untilUnlocked<T>(path: string, busyMs: number, work: () => T): Promise<T> {
  const deadline = performance.now() + busyMs;
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (!isLocked(error) || performance.now() >= deadline) throw asHostError(path, error);
      await delay(POLL_MS);
    }
  }
}

/** Several processes may be here at once: the first one makes the tables, and the others find them. */
function migrate(sqlite: Sqlite, path: string): void {
  sqlite
    .transaction(() => {
      for (let version = checkedVersion(sqlite, path); version < MIGRATIONS.length; version++) {
        sqlite.exec(MIGRATIONS[version]!);
      }
      sqlite.pragma(`user_version = ${MIGRATIONS.length}`);
    })
    .immediate();
}

/** Throws `store_broken` for a version that this program does not know. */
export function checkedVersion(sqlite: Sqlite, path: string): number {
  const version = sqlite.pragma("user_version", { simple: true }) as number;
  if (version >= 0 && version <= MIGRATIONS.length) return version;
  throw broken(
    path,
    `it is of version ${version}, and this Osprey knows versions up to ${MIGRATIONS.length}`,
    "use the newer Osprey that made it, or another data folder",
  );
}

/** Made by us and not by SQLite, whose files everybody may read. The files beside it get the mode of this one. */
function makeFile(path: string): void {
  try {
    makeFolder(dirname(path));
    const descriptor = openSync(path, "a", 0o600);
    const isFile = fstatSync(descriptor).isFile();
    closeSync(descriptor);
    if (!isFile) throw broken(path, "it is no file", "move away what is there");
  } catch (error) {
    throw asHostError(path, error);
  }
}

function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    throw asHostError(path, error);
  }
}

function closedError(): HostError {
  return new HostError("plugin_stopped", "the host was stopped");
}
