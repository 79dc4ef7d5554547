// The files of one plugin's database, and the two notes beside it: which data key it is encrypted with, and which host has
// it open. What they are needed for is the business of open-database.ts.

import { type BigIntStats, constants, copyFileSync, lstatSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { mayBeRunning, processMark } from "../base/process-mark.ts";
import { readSmallFile } from "../base/read-small-file.ts";
import { replaceFile } from "../base/replace-file.ts";
import { DATABASE_NOTE_BYTES_MAX } from "../protocol/limits.ts";

const NAME = "data.db";
const KEY_NOTE = `${NAME}-key`;
const OWNER_NOTE = `${NAME}-owner`;
/** What SQLite keeps beside the file: parts of its content, which are worthless without it. */
const COMPANIONS = ["-wal", "-shm", "-journal"] as const;

export function databasePath(folder: string): string {
  return join(folder, NAME);
}

/** Whether anything was ever written into it. */
export function hasDatabase(folder: string): boolean {
  return (statSync(databasePath(folder), { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/** Where it is taken for the same file with the same content; nothing when there is no file. */
export function stateOf(folder: string): string | undefined {
  const stat: BigIntStats | undefined = statSync(databasePath(folder), { bigint: true, throwIfNoEntry: false });
  return stat && `${stat.ino} ${stat.mtimeNs} ${stat.size}`;
}

/** Whether the file is there and empty. It never is after it was opened once. */
export function isEmptied(folder: string): boolean {
  return statSync(databasePath(folder), { throwIfNoEntry: false })?.size === 0;
}

/** A database is held by one process at a time; taken for a moment by whoever is about to put its file aside. */
export function asideLockPath(folder: string): string {
  return `${databasePath(folder)}.lock`;
}

export interface KeyNote {
  readonly keyId: string;
  /** The file was not opened yet: whoever made it may have been killed before anything was written into it. */
  readonly isNew: boolean;
}

/** What is noted of the key; nothing when there is no note, or one that says nothing. */
export function readNote(folder: string): KeyNote | undefined {
  return noteIn(join(folder, KEY_NOTE));
}

/** The id of the key that the note names. */
export function readKeyNote(folder: string): string | undefined {
  return readNote(folder)?.keyId;
}

/** The note at a path, of a database that was put aside for one. */
export function noteIn(path: string): KeyNote | undefined {
  const { text } = readSmallFile(path, DATABASE_NOTE_BYTES_MAX) ?? {};
  if (text === undefined) return undefined;
  try {
    const note = JSON.parse(text) as { key_id?: unknown; new?: unknown } | null;
    const keyId = note?.key_id;
    return typeof keyId === "string" && keyId !== "" ? { keyId, isNew: note?.new === true } : undefined;
  } catch {
    return undefined;
  }
}

/** On the disk before this returns: a database must not outlive the note that tells its key. */
export function writeKeyNote(folder: string, keyId: string, { isNew = false } = {}): void {
  const text = `${JSON.stringify({ key_id: keyId, ...(isNew && { new: true }) })}\n`;
  replaceFile(join(folder, KEY_NOTE), text, { flush: true, followLinks: false });
}

/** Says that this process has the database open. It is a help for people only: nothing is decided by it. */
export function writeOwnerNote(folder: string): void {
  try {
    replaceFile(join(folder, OWNER_NOTE), processMark(), { followLinks: false });
  } catch {
    // A full disk, for one: then nobody can be told who it is.
  }
}

/** Takes the note away if it is this process' own. */
export function removeOwnerNote(folder: string): void {
  if (readOwnerNote(folder) !== processMark()) return;
  try {
    rmSync(join(folder, OWNER_NOTE), { force: true });
  } catch {
    // It then names a process that is gone soon.
  }
}

/** The number of the process that has the database open, as far as it is known. */
export function ownerOf(folder: string): number | undefined {
  const mark = readOwnerNote(folder);
  const pid = Number.parseInt(mark ?? "", 10);
  return mark !== undefined && pid > 0 && mayBeRunning(mark) ? pid : undefined;
}

function readOwnerNote(folder: string): string | undefined {
  return readSmallFile(join(folder, OWNER_NOTE), DATABASE_NOTE_BYTES_MAX)?.text;
}

/**
 * Moves the database out of the way, with all that SQLite needs to read what is left of it and the note that tells its
 * key. Gives the new path. Nothing is ever overwritten; the database itself goes last and its note stays, so that a host
 * that was killed in the middle finds it damaged again.
 */
export function putAside(folder: string, now = new Date()): string {
  const path = databasePath(folder);
  const aside = freeName(`${path}.damaged-${utcStamp(now)}`);
  for (const companion of COMPANIONS) moveIfThere(path + companion, aside + companion);
  if (lstatSync(join(folder, KEY_NOTE), { throwIfNoEntry: false })) {
    copyFileSync(join(folder, KEY_NOTE), `${aside}-key`, constants.COPYFILE_EXCL);
  }
  moveIfThere(path, aside);
  return aside;
}

function freeName(wanted: string): string {
  const isTaken = (name: string) =>
    ["", "-key", ...COMPANIONS].some((end) => lstatSync(name + end, { throwIfNoEntry: false }) !== undefined);
  let name = wanted;
  for (let count = 2; isTaken(name); count++) name = `${wanted}-${count}`;
  return name;
}

/** As it stands in names: 20260102T030405Z. */
function utcStamp(time: Date): string {
  return time.toISOString().replaceAll(/[-:]|\.\d+/g, "");
}

function moveIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
