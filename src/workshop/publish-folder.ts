// Puts a folder that is made anew into its place in one step. Whoever is cut off leaves nothing there, and what it left beside it
// the next one removes.

import { lstatSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { mayBeRunning } from "../base/process-mark.ts";
import { HostError } from "../protocol/errors.ts";

/** Throws `project_exists` when anything has that name, a link to nowhere too. */
export function refuseExisting(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return;
  throw new HostError("project_exists", `${path} is there already`, {
    hint: "choose another name, or move it away",
    details: { path },
  });
}

/**
 * Has a folder filled beside the place, and then moves it there. Throws `project_exists` when somebody else was quicker, and
 * `output_failed` when it cannot be written; then nothing is left of it.
 *
 * @param write fills the folder that it is told; may not wait for anything.
 */
export function publishFolder<T>(path: string, write: (beside: string) => T): T {
  const prefix = `.${basename(path)}.new-`;
  const beside = join(dirname(path), `${prefix}${process.pid}`);
  removeLeftovers(dirname(path), prefix);
  try {
    mkdirSync(beside);
    const written = write(beside);
    renameSync(beside, path);
    return written;
  } catch (error) {
    rmSync(beside, { recursive: true, force: true });
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOTEMPTY" || code === "EEXIST" || code === "ENOTDIR") refuseExisting(path);
    if (code === undefined) throw error;
    throw new HostError("output_failed", `cannot write ${path}: ${message}`, {
      hint: "make the project in a folder that you may write to, on a disk that is not full",
      details: { path, reason: code },
      cause: error,
    });
  }
}

function removeLeftovers(folder: string, prefix: string): void {
  try {
    for (const name of readdirSync(folder)) {
      const pid = name.startsWith(prefix) ? name.slice(prefix.length) : "";
      if (!/^\d+$/.test(pid)) continue;
      // Numbers come again: nobody but this process has its own now, and it is only beginning.
      const isLeft = pid === String(process.pid) || !mayBeRunning(pid);
      if (isLeft) rmSync(join(folder, name), { recursive: true, force: true });
    }
  } catch {
    // Whether this folder can be written to shows in a moment.
  }
}
