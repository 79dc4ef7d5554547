// Replaces a file in one step: whoever reads it sees the old content or the new, never a part of either.

import { randomBytes } from "node:crypto";
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { makeFolder } from "./make-folder.ts";

export interface ReplaceOptions {
  /** Mode of a file that is not there yet; one that is there keeps its own. */
  readonly mode?: number;
  /** Whether the bytes have to be on the disk before this returns. */
  readonly flush?: boolean;
}

/**
 * Writes `content` to `path`, through a symbolic link to the file that it names; makes missing folders, readable by the
 * user alone. Throws the file system's own error, or one with the code `NOT_A_FILE`, and then leaves the old content and no temporary file behind.
 */
export function replaceFile(path: string, content: string | Uint8Array, options: ReplaceOptions = {}): void {
  const { mode = 0o600, flush = false } = options;
  makeFolder(dirname(path));
  const target = realTarget(path);
  const old = statSync(target, { throwIfNoEntry: false });
  // A device or a pipe would be gone for everybody.
  if (old !== undefined && !old.isFile())
    throw Object.assign(new Error(`${target} is no file`), { code: "NOT_A_FILE" });
  if (target !== path) makeFolder(dirname(target));
  const temporary = `${target}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    const file = openSync(temporary, "wx", mode);
    try {
      if (old !== undefined) fchmodSync(file, old.mode & 0o7777);
      writeFileSync(file, content);
      if (flush) fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** The file that a path stands for; of a link whose target is not there yet, that target. */
function realTarget(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  try {
    return resolve(dirname(path), readlinkSync(path));
  } catch {
    return path;
  }
}
