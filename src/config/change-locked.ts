// Holds other processes off a file while it is read, changed and replaced.

import { realpathSync } from "node:fs";
import { withFileLock } from "../base/file-lock.ts";
import { HostError } from "../protocol/errors.ts";
import { FILE_LOCK_MS_MAX } from "../protocol/limits.ts";

/**
 * What `work` gives, done while no other process changes the file. Throws what `work` throws, `config_busy` when another
 * process keeps the file locked, `config_unwritable` for the file system's errors.
 */
export async function changeLocked<T>(path: string, work: (isStillOurs: () => boolean) => T): Promise<T> {
  let done: { value: T } | undefined;
  try {
    done = await withFileLock(`${realPath(path)}.lock`, FILE_LOCK_MS_MAX, work);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof HostError || code === undefined) throw error;
    throw new HostError("config_unwritable", `${path} cannot be written: ${code}`, {
      hint: "look at the owner and mode of the file and its folder, and at the room on the disk",
      details: { file: path, reason: code },
      cause: error,
    });
  }
  if (done !== undefined) return done.value;
  throw fileBusy(path);
}

/** The error for a file that another process is changing. */
export function fileBusy(path: string): HostError {
  return new HostError("config_busy", `another process is changing ${path}`, {
    hint: `try again; if no other process runs, remove ${path}.lock`,
    details: { file: path },
  });
}

/** Links to one file are one file, with one lock. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
