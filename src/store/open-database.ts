// Opens one plugin's database with the right key, and says in words why it cannot be.
//
// The note beside the file names the data key that it is encrypted with. It is written before the file is made and after
// the file was encrypted anew, so that a host that was killed in between leaves one of two keys to try: the noted one or
// the current one. A key that is not known is no damage: the file then stays where it is until the key is back.

import { makeFolder } from "../base/make-folder.ts";
import { HostError } from "../protocol/errors.ts";
import { DATABASE_MEMORY_BYTES_MAX } from "../protocol/limits.ts";
import type { DataKey, DataKeys } from "./data-keys.ts";
import {
  databasePath,
  hasDatabase,
  ownerOf,
  putAside,
  readKeyNote,
  writeKeyNote,
  writeOwnerNote,
} from "./database-files.ts";
import { DatabaseFailure, DatabaseProcess } from "./database-process.ts";

export interface DatabasePlace {
  readonly placeId: string;
  readonly folder: string;
  /** Nothing is kept: there is no file, and no key is needed. */
  readonly isInMemory?: boolean;
  readonly program: string;
  readonly keys: Pick<DataKeys, "current" | "ensure" | "byId">;
  readonly bytesMax: number;
  readonly busyMs: number;
  /** Aborted with a `HostError` when nobody wants it any more: nothing is made then, and nothing stays open. */
  readonly signal: AbortSignal;
  /** What its owner should know. */
  warn(text: string): void;
}

/**
 * The open database, encrypted with the current key. Throws a `HostError`: `database_in_use`, `data_key_missing`,
 * `database_broken` when the file was put aside just now, `store_broken` when it cannot be reached, and others.
 */
export async function openDatabase(place: DatabasePlace): Promise<DatabaseProcess> {
  const { folder, keys, signal } = place;
  if (place.isInMemory) return await openWith(place, null);
  const noted = reaching(folder, () => readKeyNote(folder));
  if (!reaching(folder, () => hasDatabase(folder))) return await makeDatabase(place, noted);
  const current = await keys.current();
  // New keys, which could open nothing of what is there, are not made.
  if (current === undefined) throw keyMissing(place, noted);
  const known = noted === undefined || noted === current.id ? current : await keys.byId(noted);
  signal.throwIfAborted();
  const candidates = known === undefined || known === current ? [current] : [known, current];
  for (const key of candidates) {
    const process = await openIfKeyFits(place, key);
    if (process) return opened(place, await underCurrentKey(place, process, { key, noted, current }));
  }
  if (noted !== undefined && known !== undefined) throw damaged(place);
  throw keyMissing(place, noted);
}

async function makeDatabase(place: DatabasePlace, noted: string | undefined): Promise<DatabaseProcess> {
  const { folder, keys, signal } = place;
  const key = await keys.ensure();
  signal.throwIfAborted();
  reaching(folder, () => {
    makeFolder(folder);
    if (noted !== key.id) writeKeyNote(folder, key.id);
  });
  return opened(place, await openWith(place, key));
}

function opened(place: DatabasePlace, process: DatabaseProcess): DatabaseProcess {
  writeOwnerNote(place.folder);
  return process;
}

interface KeysOfFile {
  /** The one that it is encrypted with. */
  readonly key: DataKey;
  /** What the note says. */
  readonly noted: string | undefined;
  readonly current: DataKey;
}

/** Encrypts it anew when its key is an older one. When that fails it is used as it is, and tried again next time. */
async function underCurrentKey(
  place: DatabasePlace,
  process: DatabaseProcess,
  { key, noted, current }: KeysOfFile,
): Promise<DatabaseProcess> {
  const { folder, placeId } = place;
  if (key.id !== current.id) {
    try {
      await process.rekey(current.derive(useOf(placeId)));
    } catch (error) {
      if (!(error instanceof DatabaseFailure)) throw error;
      process.kill();
      await process.end;
      place.warn(`its database may still be encrypted with an older key: encrypting it anew failed (${error.message})`);
      // Its process may have ended after the last page was written.
      const again = (await openIfKeyFits(place, key)) ?? (await openIfKeyFits(place, current));
      if (again === undefined) throw new HostError("database_stopped", `encrypting it anew failed: ${error.message}`);
      return again;
    }
  }
  if (noted !== current.id) {
    try {
      writeKeyNote(folder, current.id);
    } catch {
      // The next to open it tries the current key as well.
    }
  }
  return process;
}

/** Nothing when the file is encrypted with another key, or is no database at all: that cannot be told apart. */
async function openIfKeyFits(place: DatabasePlace, key: DataKey): Promise<DatabaseProcess | undefined> {
  try {
    return await openProcess(place, key);
  } catch (error) {
    if (error instanceof DatabaseFailure && error.code === "not_a_database") return undefined;
    throw inWords(place, error);
  }
}

async function openWith(place: DatabasePlace, key: DataKey | null): Promise<DatabaseProcess> {
  try {
    return await openProcess(place, key);
  } catch (error) {
    throw inWords(place, error);
  }
}

async function openProcess(place: DatabasePlace, key: DataKey | null): Promise<DatabaseProcess> {
  const { program, folder, placeId, bytesMax, busyMs, signal, warn } = place;
  signal.throwIfAborted();
  const process = new DatabaseProcess(program, { warn });
  const onAbort = () => process.kill();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await process.open({
      path: key === null ? ":memory:" : databasePath(folder),
      key: key === null ? null : key.derive(useOf(placeId)),
      bytesMax,
      isGuarded: true,
      busyMs,
      memoryBytesMax: DATABASE_MEMORY_BYTES_MAX,
      isExclusive: true,
    });
    return process;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** What its key is derived for: each plugin's is another one. */
function useOf(placeId: string): string {
  return `database ${placeId}`;
}

/** A failure to open as whoever asked gets it. Damage puts the file aside. */
function inWords(place: DatabasePlace, error: unknown): unknown {
  if (!(error instanceof DatabaseFailure)) return error;
  const { folder, program } = place;
  switch (error.code) {
    case "locked":
      return inUse(folder);
    case "not_a_database":
    case "corrupt":
      return damaged(place);
    case "stopped":
      return new HostError("database_stopped", "the process of the database ended while it was opened");
    case "program_missing":
      return new HostError("database_program_missing", `the program that holds databases is not built: ${program}`, {
        hint: 'run "make setup"',
      });
    case "full":
    case "cannot_open":
    case "failed":
      return unreachable(folder, error.message);
  }
}

/** Puts the file aside, and gives the error that says so. Whoever had it open must be gone. */
export function damaged(place: Pick<DatabasePlace, "folder" | "warn">): HostError {
  const aside = reaching(place.folder, () => putAside(place.folder));
  place.warn(`its database was damaged and is at ${aside} now; the plugin begins with an empty one`);
  return new HostError("database_broken", `the database was damaged and is at ${aside} now; the next one is empty`);
}

function inUse(folder: string): HostError {
  const pid = ownerOf(folder);
  const who = pid === undefined || pid === process.pid ? "another process" : `process ${pid}`;
  return new HostError("database_in_use", `${who} has the database open: ${databasePath(folder)}`, {
    hint: "stop the other host, or wait until it is done",
  });
}

function keyMissing({ folder }: DatabasePlace, noted: string | undefined): HostError {
  const which = noted === undefined ? "what it is encrypted with is not noted" : `its key "${noted}" is not known`;
  return new HostError("data_key_missing", `the database cannot be opened, ${which}: ${databasePath(folder)}`, {
    hint: 'run "osaurus secrets recover" with the recovery key; the file stays where it is',
  });
}

function unreachable(folder: string, reason: string, cause?: unknown): HostError {
  return new HostError("store_broken", `the database cannot be opened: ${databasePath(folder)}: ${reason}`, {
    hint: "look at its permissions and at how full the disk is",
    ...(cause === undefined ? {} : { cause }),
  });
}

function reaching<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw unreachable(folder, (error as NodeJS.ErrnoException).code ?? String(error), error);
  }
}
