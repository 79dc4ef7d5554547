// Replaces a file in one step: whoever reads it sees the old content or the new, never a part of either.

import { randomBytes } from "node:crypto";
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { makeFolder } from "./make-folder.ts";

/** A temporary file this old belongs to nobody any more. */
const LEFTOVER_MS_MIN = 60_000;

export interface ReplaceOptions {
  /** Mode of a file that is not there yet; one that is there keeps its own. */
  readonly mode?: number;
  /** Whether the bytes have to be on the disk before this returns. */
  readonly flush?: boolean;
  /** False: a link is replaced and not followed, for files whose place nobody else has a say in. */
  readonly followLinks?: boolean;
}

/**
 * Writes `content` to `path`, through a symbolic link to the file that it names; makes missing folders, readable by the
 * user alone. Throws the file system's own error, or one with the code `NOT_A_FILE`, and then leaves the old content and no temporary file behind.
 */
export function replaceFile(path: string, content: string | Uint8Array, options: ReplaceOptions = {}): void {
  const { mode = 0o600, flush = false, followLinks = true } = options;
  makeFolder(dirname(path));
  const target = followLinks ? realTarget(path) : path;
  const old = (followLinks ? statSync : lstatSync)(target, { throwIfNoEntry: false });
  // A device or a pipe would be gone for everybody.
  if (old !== undefined && !old.isFile() && !old.isSymbolicLink())
    throw Object.assign(new Error(`${target} is no file`), { code: "NOT_A_FILE" });
  if (target !== path) makeFolder(dirname(target));
  const temporary = `${target}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    const file = openSync(temporary, "wx", mode);
    try {
      if (old?.isFile()) keepOwner(file, old);
      writeFileSync(file, content);
      if (flush) fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, target);
    removeLeftovers(target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** The new file belongs to whom the old one did, also when somebody else (root) changes it. */
function keepOwner(file: number, { uid, gid, mode }: Stats): void {
  if (uid !== process.getuid?.() || gid !== process.getgid?.()) {
    try {
      fchownSync(file, uid, gid);
    } catch {
      // Only root can give files away.
    }
  }
  fchmodSync(file, mode & 0o7777);
}

/** Removes what a process left behind that was killed in the middle of this; its content may be secret. */
function removeLeftovers(target: string): void {
  const name = basename(target);
  for (const other of readdirSync(dirname(target))) {
    if (!other.startsWith(`${name}.`) || !/^\.[0-9a-f]{12}\.tmp$/.test(other.slice(name.length))) continue;
    const path = join(dirname(target), other);
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > LEFTOVER_MS_MIN) rmSync(path, { force: true });
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
