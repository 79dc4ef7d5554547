// What can be wrong with the control database, in words for people.

import { isLocked } from "../base/is-locked.ts";
import { HostError } from "../protocol/errors.ts";

/** Runs `work`; what SQLite or the file system have against it becomes a `store_broken`. */
export function guarded<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asHostError(path, error);
  }
}

/** What SQLite and the file system say, for people. Anything else is a mistake of ours and stays what it is. */
export function asHostError(path: string, error: unknown): unknown {
  const { code } = error as { code?: unknown };
  if (error instanceof HostError || typeof code !== "string") return error;
  const is = (...starts: string[]) => starts.some((start) => code.startsWith(start));
  if (isLocked(error)) return broken(path, "another process keeps it locked", "try again", error);
  if (is("SQLITE_CORRUPT", "SQLITE_NOTADB")) {
    const hint =
      "restore it from a backup, or move it away: then agents, conversations, tasks, access keys and decisions about tools are lost";
    return broken(path, `it is damaged (${code}); nothing was changed`, hint, error);
  }
  if (is("ENOSPC", "EDQUOT")) return broken(path, "the disk is full", "make room and try again", error);
  // SQLite does not tell why it could not write; this is why, mostly.
  if (is("SQLITE_FULL", "SQLITE_IOERR_SHMSIZE", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_TRUNCATE", "SQLITE_IOERR_FSYNC")) {
    return broken(path, `it cannot be written to (${code})`, "the disk may be full: make room and try again", error);
  }
  if (!is("SQLITE_") && !/^E[A-Z0-9]+$/.test(code)) return error;
  return broken(path, code, "look at the owner and mode of the file and its folder", error);
}

/** The error itself. */
export function broken(path: string, problem: string, hint: string, cause?: unknown): HostError {
  return new HostError("store_broken", `the control database ${path} cannot be used: ${problem}`, {
    hint,
    details: { path },
    ...(cause === undefined ? {} : { cause }),
  });
}
