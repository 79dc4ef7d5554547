// A folder in which one change of the installed plugins is prepared, beside them, so that what is ready is put in its
// place by renaming. Its owner is named in a file beside it: what a killed process left behind is known for what it is.

import { lstatSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "../../base/make-folder.ts";
import { makeOwnedFolder } from "../../base/owned-folder.ts";
import { installFailure } from "./install-failure.ts";

const LOCK_TAKEN_MS_MAX = 60_000;

export interface Staging {
  readonly folder: string;
  /** Removes it and everything in it. */
  remove(): void;
}

/** Makes such a folder, after what others left behind is gone. Throws `install_failed`. */
export function openStaging(toolsFolder: string): Staging {
  try {
    makeFolder(toolsFolder);
    removeOldLocks(toolsFolder);
    const { path: folder, remove } = makeOwnedFolder(toolsFolder, ".staging-");
    return { folder, remove };
  } catch (error) {
    throw installFailure(error);
  }
}

/** What a process leaves behind that is killed while it takes or gives back the lock. */
function removeOldLocks(toolsFolder: string): void {
  for (const name of readdirSync(toolsFolder).filter((one) => /^\.install\.lock\.[0-9a-f]{12}$/.test(one))) {
    const path = join(toolsFolder, name);
    const age = Date.now() - (lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > LOCK_TAKEN_MS_MAX) rmSync(path, { force: true });
  }
}
