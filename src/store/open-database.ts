// Opens one plugin's database with the right key, and says in words why it cannot be.
//
// The note beside the file names the data key that it is encrypted with. It is written before the file is made and after
// the file was encrypted anew, so that a host that was killed in between leaves another key to try. Every known key is
// tried: the file, or the note, may also come from a backup. A key that is not known is no damage: the file then stays
// where it is until the key is back.
//
// Another process may encrypt the file anew while this one waits for it. So a file that no key opens is looked at again
// before it counts as damaged: only when file, note and keys are what they were when the keys were tried is it put aside,
// under a lock, because of two that find it damaged the second must not put the first one's new file aside.

import { setTimeout as delay } from "node:timers/promises";
import { withFileLock } from "../base/file-lock.ts";
import { makeFolder } from "../base/make-folder.ts";
import { HostError } from "../protocol/errors.ts";
import { DATABASE_MEMORY_BYTES_MAX } from "../protocol/limits.ts";
import type { DataKey, DataKeys } from "./data-keys.ts";
import {
  asideLockPath,
  databasePath,
  hasDatabase,
  isEmptied,
  type KeyNote,
  ownerOf,
  putAside,
  readNote,
  stateOf,
  writeKeyNote,
  writeOwnerNote,
} from "./database-files.ts";
import { DatabaseProcess } from "./database-process.ts";
import { DatabaseFailure } from "./database-result.ts";

const UNREADABLE: ReadonlySet<string> = new Set(["not_a_database", "corrupt"]);
const MAKING_POLL_MS = 20;
/** How often a file is looked at that others change while it is opened. */
const ROUNDS_MAX = 5;
/** A key is known and cannot be opened now. */
const CLOSED_KEY: ReadonlySet<string> = new Set(["data_key_missing", "keyring_failed"]);

export type DatabaseKeys = Pick<DataKeys, "current" | "ensure" | "byId" | "ids">;

export interface DatabasePlace {
  readonly placeId: string;
  readonly folder: string;
  /** Nothing is kept: there is no file, and no key is needed. */
  readonly isInMemory?: boolean;
  readonly program: string;
  readonly keys: DatabaseKeys;
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
  if (place.isInMemory) return await openWith(place, null);
  const madeUntil = performance.now() + place.busyMs;
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const seen = look(place);
    const process = await openSeen(place, seen);
    if (process) return opened(place, process);
    if (seen.note?.isNew && performance.now() < madeUntil) {
      // Another process may be making it: until that is done, what lies there is half of a database.
      await delay(MAKING_POLL_MS, undefined, { signal: place.signal });
      round = 0;
      continue;
    }
    const reason = await whyNot(place, seen);
    if (reason !== undefined) throw reason;
  }
  throw inUse(place.folder); // Somebody changes it again and again.
}

/** Nothing when no key fits. */
async function openSeen(place: DatabasePlace, seen: Seen): Promise<DatabaseProcess | undefined> {
  if (seen.isEmptied) return undefined;
  return seen.isThere ? await openWithAnyKey(place, seen.note) : await makeDatabase(place);
}

/** What a decision on the file is made by; as texts, they are compared. */
interface Seen {
  readonly note: KeyNote | undefined;
  readonly keyIds: string;
  readonly file: string | undefined;
  readonly isThere: boolean;
  /** It was in use, and everything in it is gone. */
  readonly isEmptied: boolean;
}

/** The note is read before the file: it says that the file was opened only after that. */
function look({ folder, keys }: DatabasePlace): Seen {
  return reaching(folder, () => {
    const note = readNote(folder);
    return {
      note,
      keyIds: keys.ids().join(),
      file: stateOf(folder),
      isThere: hasDatabase(folder),
      isEmptied: note !== undefined && !note.isNew && isEmptied(folder),
    };
  });
}

/** Why it cannot be opened, after no key fitted; nothing when that has to be tried again, because something changed. */
async function whyNot(place: DatabasePlace, seen: Seen): Promise<HostError | undefined> {
  const { folder, keys, busyMs } = place;
  const noted = seen.note?.keyId;
  const isKeyKnown = noted !== undefined && (await keys.byId(noted)) !== undefined;
  const isUnchanged = () => JSON.stringify(look(place)) === JSON.stringify(seen);
  // Nothing is in an emptied file that a key could open.
  if (!isKeyKnown && !seen.isEmptied) return isUnchanged() ? keyMissing(place, noted) : undefined;
  place.signal.throwIfAborted();
  const looked = await reachingSoon(folder, () =>
    withFileLock(asideLockPath(folder), busyMs, () => (isUnchanged() ? damaged(place) : undefined)),
  );
  return looked === undefined ? inUse(folder) : looked.value;
}

/** Nothing when another process makes it at the same time, and is in the middle of that. */
async function makeDatabase(place: DatabasePlace): Promise<DatabaseProcess | undefined> {
  const { folder, keys, signal } = place;
  const key = await keys.ensure();
  signal.throwIfAborted();
  reaching(folder, () => {
    makeFolder(folder);
    writeKeyNote(folder, key.id, { isNew: true });
  });
  const process = await openIfKeyFits(place, key, { isNew: true });
  if (process && hasDatabase(folder)) noteCurrent(folder, key.id);
  return process;
}

/** The file is encrypted with this key, and in use from now on. */
function noteCurrent(folder: string, keyId: string): void {
  try {
    writeKeyNote(folder, keyId);
  } catch {
    // A full disk, for one. The next to open it tries all keys, and writes it down.
  }
}

function opened(place: DatabasePlace, process: DatabaseProcess): DatabaseProcess {
  writeOwnerNote(place.folder);
  return process;
}

/** The open database, encrypted with the current key; nothing when no key fits, and every one could be tried. */
async function openWithAnyKey(place: DatabasePlace, note: KeyNote | undefined): Promise<DatabaseProcess | undefined> {
  const { keys } = place;
  const current = await keys.current();
  // New keys, which could open nothing of what is there, are not made.
  if (current === undefined) throw keyMissing(place, note?.keyId);
  let failure: unknown;
  for (const id of new Set([note?.keyId ?? current.id, current.id, ...keys.ids()])) {
    try {
      const key = id === current.id ? current : await keys.byId(id);
      const process = key && (await openIfKeyFits(place, key));
      if (process) return await underCurrentKey(place, process, { key, note, current });
    } catch (error) {
      if (!(error instanceof HostError) || !CLOSED_KEY.has(error.code)) throw error;
      failure ??= error; // That of another key, perhaps.
    }
  }
  if (failure !== undefined) throw failure;
  return undefined;
}

interface KeysOfFile {
  /** The one that it is encrypted with. */
  readonly key: DataKey;
  readonly note: KeyNote | undefined;
  readonly current: DataKey;
}

/** Encrypts it anew when its key is an older one. When that fails it is used as it is, and tried again next time. */
async function underCurrentKey(
  place: DatabasePlace,
  process: DatabaseProcess,
  { key, note, current }: KeysOfFile,
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
  if (note?.keyId !== current.id || note.isNew) noteCurrent(folder, current.id);
  return process;
}

/**
 * Nothing when the file is encrypted with another key, or is no database at all: that cannot be told apart. One that was
 * there is not made anew when it is gone: whoever put it aside just now makes the next, and notes that it is new before.
 */
async function openIfKeyFits(
  place: DatabasePlace,
  key: DataKey,
  { isNew = false } = {},
): Promise<DatabaseProcess | undefined> {
  try {
    return await openProcess(place, key, { mustExist: !isNew });
  } catch (error) {
    if (!(error instanceof DatabaseFailure)) throw error;
    if (UNREADABLE.has(error.code)) return undefined;
    if (error.code === "cannot_open" && stateOf(place.folder) === undefined) return undefined;
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

async function openProcess(
  place: DatabasePlace,
  key: DataKey | null,
  { mustExist = false } = {},
): Promise<DatabaseProcess> {
  const { program, folder, placeId, bytesMax, busyMs, signal, warn } = place;
  signal.throwIfAborted();
  const process = new DatabaseProcess(program, { warn });
  const onAbort = () => process.kill();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await process.open({
      path: key === null ? ":memory:" : databasePath(folder),
      mustExist,
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
    hint: 'restore Secrets/keys.json from a backup that has the key ("osaurus secrets recover" only helps while it is there); the file stays where it is',
  });
}

function unreachable(folder: string, reason: string, cause?: unknown): HostError {
  return new HostError("store_broken", `the database cannot be opened: ${databasePath(folder)}: ${reason}`, {
    hint: "look at its permissions and at how full the disk is",
    ...(cause === undefined ? {} : { cause }),
  });
}

async function reachingSoon<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof HostError ? error : unreachable(folder, (error as NodeJS.ErrnoException).code ?? "", error);
  }
}

function reaching<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof HostError) throw error; // Of the keys.
    throw unreachable(folder, (error as NodeJS.ErrnoException).code ?? String(error), error);
  }
}
