// One process at a time, by a lock file beside what is to be changed. The holder's process id is in it, so that a lock
// whose holder died is known for what it is.

import { randomBytes } from "node:crypto";
import { linkSync, lstatSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { makeFolder } from "./make-folder.ts";
import { mayBeRunning, processMark } from "./process-mark.ts";

const POLL_MS = 5;
/** A lock this old is broken whatever its holder's number says: numbers are given to new processes. */
const LOCK_MS_MAX = 30_000;

/**
 * Runs `work` while no other process holds the lock at `lockPath`; waits for that at most `waitMs`.
 *
 * @param work may ask whether the lock is still its own: one that is held for very long is broken.
 * @returns what `work` gives; undefined when the lock could not be had in time.
 * Throws what `work` throws, and the file system's error when the lock file cannot be made.
 */
export async function withFileLock<T>(
  lockPath: string,
  waitMs: number,
  work: (isStillOurs: () => boolean) => T,
): Promise<{ value: T } | undefined> {
  makeFolder(dirname(lockPath));
  const mark = `${processMark()} ${randomBytes(6).toString("hex")}`;
  const deadline = performance.now() + waitMs;
  while (!take(lockPath, mark)) {
    if (breakIfDead(lockPath)) continue;
    if (performance.now() >= deadline) return undefined;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  try {
    return { value: work(() => readLock(lockPath) === mark) };
  } finally {
    if (readLock(lockPath) === mark) rmSync(lockPath, { force: true });
  }
}

/** Made whole under another name and then linked, so that nobody ever reads an empty lock. */
function take(lockPath: string, mark: string): boolean {
  const own = `${lockPath}.${mark.split(" ")[3]}`;
  try {
    writeFileSync(own, mark, { flag: "wx", mode: 0o600 });
    linkSync(own, lockPath);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

/** Whether the lock was nobody's any more and is out of the way now. */
function breakIfDead(lockPath: string): boolean {
  const stat = lstatSync(lockPath, { throwIfNoEntry: false });
  if (stat === undefined) return true;
  if (!stat.isFile()) return false; // Nothing of ours; who put it there has to take it away.
  const mark = readLock(lockPath);
  const isYoung = Date.now() - stat.mtimeMs < LOCK_MS_MAX;
  if (isYoung && (mark === undefined || mayBeRunning(mark))) return false;
  const aside = `${lockPath}.${randomBytes(6).toString("hex")}`;
  try {
    renameSync(lockPath, aside);
  } catch {
    return true; // Somebody else was faster.
  }
  // Between the look and the move another process may have broken the old lock and taken a new one: that one goes back.
  if (readLock(aside) !== mark) {
    try {
      linkSync(aside, lockPath);
    } catch {
      // A third one holds it by now; the second then works beside it, which the callers' atomic writes survive.
    }
  }
  rmSync(aside, { force: true });
  return true;
}

function readLock(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
