// A folder in which one change of the installed plugins is prepared, beside them, so that what is ready is put in its
// place by renaming. Its owner is named in a file beside it: what a killed process left behind is known for what it is.

import { randomUUID } from "node:crypto";
import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "../../base/make-folder.ts";
import { mayBeRunning, processMark } from "../../base/process-mark.ts";
import { installFailure } from "./install-failure.ts";

const PREFIX = ".staging-";
const OWNER_SUFFIX = ".owner";
const OWNER_WRITTEN_MS_MAX = 60_000;

export interface Staging {
  readonly folder: string;
  /** Removes it and everything in it. */
  remove(): void;
}

/** Makes such a folder, after what others left behind is gone. Throws `install_failed`. */
export function openStaging(toolsFolder: string): Staging {
  const folder = join(toolsFolder, `${PREFIX}${randomUUID()}`);
  const owner = `${folder}${OWNER_SUFFIX}`;
  const remove = () => {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    rmSync(owner, { force: true });
  };
  try {
    makeFolder(toolsFolder);
    sweepStaging(toolsFolder);
    writeFileSync(owner, processMark(), { flag: "wx", mode: 0o600 });
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    remove();
    throw installFailure(error);
  }
  return { folder, remove };
}

/** Removes the folders of processes that are gone. Fails for none of them: they are in nobody's way. */
function sweepStaging(toolsFolder: string): void {
  const all = readdirSync(toolsFolder);
  removeOldLocks(toolsFolder, all);
  const names = all.filter((name) => name.startsWith(PREFIX));
  const folders = new Set(names.map((name) => name.slice(0, PREFIX.length + randomUUID().length)));
  for (const name of folders) {
    const folder = join(toolsFolder, name);
    if (isOwned(`${folder}${OWNER_SUFFIX}`)) continue;
    try {
      rmSync(folder, { recursive: true, force: true });
      rmSync(`${folder}${OWNER_SUFFIX}`, { force: true });
    } catch {
      // Of another user, for instance.
    }
  }
}

/** What a process leaves behind that is killed while it takes or gives back the lock. */
function removeOldLocks(toolsFolder: string, names: readonly string[]): void {
  for (const name of names.filter((one) => /^\.install\.lock\.[0-9a-f]{12}$/.test(one))) {
    const path = join(toolsFolder, name);
    const age = Date.now() - (lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > OWNER_WRITTEN_MS_MAX) rmSync(path, { force: true });
  }
}

/** Whether a process that may still run made it. A folder without an owner's file is nobody's: that file comes first. */
function isOwned(ownerFile: string): boolean {
  try {
    const mark = readFileSync(ownerFile, "utf8");
    // An empty one is just being written, unless its writer was killed meanwhile.
    return mark === "" ? Date.now() - statSync(ownerFile).mtimeMs < OWNER_WRITTEN_MS_MAX : mayBeRunning(mark);
  } catch {
    return false;
  }
}
