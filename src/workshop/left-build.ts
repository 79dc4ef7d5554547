// The build that a `tools dev` runs, noted beside its lock: one that was killed could not end its build. Whoever takes the
// lock over does, so that the old build does not write into the new one.

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { isCertain, processMark, runsHere } from "../base/process-mark.ts";

/** Where the build is noted that belongs to a lock. */
function buildNotePath(lockPath: string): string {
  return `${lockPath}.build`;
}

/**
 * Notes the build that leads the process group of that id. Fails never: without a note the build is as good.
 *
 * @returns takes the note away.
 */
export function noteBuild(lockPath: string, groupId: number): () => void {
  const path = buildNotePath(lockPath);
  const remove = () => {
    try {
      rmSync(path, { force: true });
    } catch {
      // It names a group that is gone.
    }
  };
  try {
    // Not whole when this process is killed right here: then it names nobody.
    writeFileSync(path, processMark(groupId), { mode: 0o600 });
  } catch {
    remove();
  }
  return remove;
}

/**
 * Ends what the holder of a lock left running that is gone. Nothing is ended unless its leader runs and is the process that
 * was noted for certain: numbers are given to new processes.
 */
export function endLeftBuild(lockPath: string): void {
  const path = buildNotePath(lockPath);
  const mark = textOf(path);
  if (mark === undefined) return;
  const groupId = Number(mark.split(" ")[0]);
  try {
    if (groupId > 1 && isCertain(mark) && runsHere(mark)) process.kill(-groupId, "SIGKILL");
  } catch {
    // It has just ended by itself.
  }
  rmSync(path, { force: true });
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
