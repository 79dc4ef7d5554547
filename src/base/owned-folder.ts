// Folders that go away with the process that made them, or later: whose they are stands in a file beside each. Whoever makes
// the next one of that name removes those of processes that are gone; one that was killed could not do it. Archives, test
// homes and the like, in a temporary folder that other users may write to as well, and installations that are prepared.

import { randomUUID } from "node:crypto";
import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mayBeRunning, processMark } from "./process-mark.ts";

const OWNER_SUFFIX = ".owner";
const OWNER_WRITTEN_MS_MAX = 60_000;

export interface OwnedFolder {
  readonly path: string;
  /** Removes it and everything in it. Safe to call twice. */
  remove(): void;
}

/**
 * Makes `<parent>/<prefix><random>`, after what killed processes left under that prefix is gone. Throws the file system's
 * error; then nothing of it is left.
 */
export function makeOwnedFolder(parent: string, prefix: string): OwnedFolder {
  const path = join(parent, `${prefix}${randomUUID()}`);
  const owner = `${path}${OWNER_SUFFIX}`;
  const remove = () => {
    removeTree(path);
    rmSync(owner, { force: true });
  };
  try {
    sweepOwnedFolders(parent, prefix);
    writeFileSync(owner, processMark(), { flag: "wx", mode: 0o600 });
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    remove();
    throw error;
  }
  return { path, remove };
}

/** Removes the folders of processes that are gone. Fails for none of them: they are in nobody's way. */
function sweepOwnedFolders(parent: string, prefix: string): void {
  for (const name of foldersIn(parent, prefix)) {
    const path = join(parent, name);
    const owner = `${path}${OWNER_SUFFIX}`;
    try {
      // What another user put there under such a name is theirs, whatever it says.
      if (!isOurs(path) || !isOurs(owner) || isOwned(owner)) continue;
      removeTree(path);
      rmSync(owner, { force: true });
    } catch {
      // Somebody else was faster.
    }
  }
}

/** Also what was made unwritable in it: module caches of compilers, folders that a plugin under test closed. */
function removeTree(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    if (!["EACCES", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    openFolders(path);
    rmSync(path, { recursive: true, force: true });
  }
}

/** Links are not followed. */
function openFolders(path: string): void {
  chmodSync(path, 0o700);
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory()) openFolders(join(path, entry.name));
  }
}

/** Names of folders, also of those of which only the owner's file is there. */
function foldersIn(parent: string, prefix: string): Set<string> {
  try {
    const names = readdirSync(parent).filter((name) => name.startsWith(prefix));
    const folders = names.map((name) => name.slice(0, prefix.length + randomUUID().length));
    return new Set(folders.filter((name) => UUID.test(name.slice(prefix.length))));
  } catch {
    return new Set(); // One may be allowed to write there and not to look.
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether it is this user's, or not there. */
function isOurs(path: string): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat === undefined || stat.uid === process.getuid?.();
}

/** Whether a process that may still run made it. A folder without an owner's file is nobody's: that file comes first. */
function isOwned(ownerFile: string): boolean {
  const stat = lstatSync(ownerFile, { throwIfNoEntry: false });
  if (!stat?.isFile()) return false;
  const mark = readFileSync(ownerFile, "utf8");
  // An empty one is just being written, unless its writer was killed meanwhile.
  return mark === "" ? Date.now() - stat.mtimeMs < OWNER_WRITTEN_MS_MAX : mayBeRunning(mark);
}
