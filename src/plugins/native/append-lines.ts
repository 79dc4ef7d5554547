// Appends lines to a log that several processes write, and keeps it from growing: when it is full it becomes
// `<name>.1.jsonl`, in the place of the one before, and a new one begins.
//
// Nothing is locked to append: each batch is one write to a file opened for appending. Only who renames the full file
// holds a lock, so that two processes never push each other's full file out. A file that was pushed out between its
// opening and the write shows by its having no name any more: then the batch is written again.

import { closeSync, constants, fstatSync, openSync, renameSync, type Stats, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { withFileLock } from "../../base/file-lock.ts";
import { makeFolder } from "../../base/make-folder.ts";

/** A link or a pipe in the file's place is not followed and not waited for. */
const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
const FLAGS = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK;
const TRIES_MAX = 5;

/** The file that a full log becomes. */
export function olderFile(path: string): string {
  return path.replace(/(\.jsonl)?$/, ".1$1");
}

/**
 * Appends the lines, each of which ends in a line break, in their order.
 *
 * @param bytesMax a file of this size is full. One line that is longer is written all the same.
 * @returns nothing; throws the file system's error, and then the lines are not written, or only some of them.
 */
export function appendLines(path: string, lines: readonly Buffer[], bytesMax: number): void {
  let mayRotate = true;
  let tries = 0;
  for (let at = 0; at < lines.length; ) {
    const { fit, stats, isLost } = appendSome(path, lines.slice(at), mayRotate ? bytesMax : Number.POSITIVE_INFINITY);
    // Lost every time: somebody removes the file all the time.
    if (!isLost || ++tries >= TRIES_MAX) at += fit;
    if (at < lines.length && !isLost) mayRotate = putAside(path, stats);
  }
}

interface Written {
  /** How many of the lines there was room for. */
  readonly fit: number;
  /** The file, as it was before. */
  readonly stats: Stats;
  /** The file had lost its name by the time that they were written: nobody will ever read them. */
  readonly isLost: boolean;
}

function appendSome(path: string, lines: readonly Buffer[], bytesMax: number): Written {
  const file = openForAppend(path);
  try {
    return writeSome(file, lines, bytesMax);
  } finally {
    closeSync(file);
  }
}

/** Writes as many of the lines as there is room for to an open file. */
export function writeSome(file: number, lines: readonly Buffer[], bytesMax: number): Written {
  const stats = fstatSync(file);
  if (!stats.isFile()) throw Object.assign(new Error("it is no file"), { code: "NOT_A_FILE" });
  let { size } = stats;
  let fit = 0;
  for (const line of lines) {
    if (size > 0 && size + line.length > bytesMax) break;
    size += line.length;
    fit++;
  }
  if (fit > 0) writeWhole(file, Buffer.concat(lines.slice(0, fit)));
  return { fit, stats, isLost: fit > 0 && fstatSync(file).nlink === 0 };
}

function openForAppend(path: string): number {
  try {
    return openSync(path, FLAGS, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    makeFolder(dirname(path));
    return openSync(path, FLAGS, 0o600);
  }
}

/** In one write, unless the disk is full: then half a line is ended, so that the next one is not spoiled by it. */
function writeWhole(file: number, bytes: Buffer): void {
  const written = writeSync(file, bytes);
  if (written === bytes.length) return;
  try {
    writeSync(file, bytes, written);
  } catch (error) {
    try {
      writeSync(file, "\n");
    } catch {
      // Not even that fits. Whoever reads the file skips what is no line.
    }
    throw error;
  }
}

/**
 * Puts the full file aside; does nothing when another process has done so and there is a new one. False when it cannot
 * be done now: another process is at it.
 */
export function putAside(path: string, full: Pick<Stats, "ino" | "dev">): boolean {
  let isDone = false;
  // With no time to wait for the lock, everything happens before the call returns.
  void withFileLock(`${path}.lock`, 0, () => {
    const now = statSync(path, { throwIfNoEntry: false });
    if (now?.ino === full.ino && now.dev === full.dev) renameSync(path, olderFile(path));
    isDone = true;
  }).catch(() => undefined);
  return isDone;
}
