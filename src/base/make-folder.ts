// Makes a folder and those above it. Node's own recursive way never returns below /proc, where nothing can be made.

import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/** How often a folder that another process removes at the same time is made again. */
const TRIES_MAX = 10;

/** Makes what is missing, readable by the user alone. Throws the file system's error when a folder cannot be made. */
export function makeFolder(path: string, triesLeft = TRIES_MAX): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" && statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
    const parent = dirname(path);
    if (code !== "ENOENT" || parent === path || triesLeft === 0) throw error;
    makeFolder(parent, triesLeft);
    makeFolder(path, triesLeft - 1);
  }
}
