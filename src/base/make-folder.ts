// Makes a folder and those above it. Node's own recursive way never returns below /proc, where nothing can be made.

import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/** Makes what is missing, readable by the user alone. Throws the file system's error when a folder cannot be made. */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" && statSync(path).isDirectory()) return;
    const parent = dirname(path);
    if (code !== "ENOENT" || parent === path || isFolder(parent)) throw error;
    makeFolder(parent);
    mkdirSync(path, { mode: 0o700 });
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
