// Watches the files of a project: says which of them changed, once an editor is done with writing them. What builds make,
// and what tools keep for themselves, is no change.

import { statSync } from "node:fs";
import { basename, relative, sep } from "node:path";
import { watch } from "chokidar";
import { DEV_SETTLE_MS } from "../protocol/limits.ts";

/** Folders in which builds and tools keep what they made. */
const MADE_FOLDERS: ReadonlySet<string> = new Set([
  "build",
  "target",
  "zig-out",
  "zig-cache",
  "node_modules",
  "dist",
  "__pycache__",
  "venv",
]);

/** What editors and tools leave beside the files that they write. */
const PASSING_FILE = /(~|\.sw[a-z]|\.tmp|\.pyc|^4913)$/;

/** Changes that came together. */
export interface ProjectChange {
  /** By their absolute path, when each was written last, in milliseconds since 1970. */
  readonly files: ReadonlyMap<string, number>;
  /** When the last of them was written. */
  readonly savedAt: number;
}

export interface ProjectWatch {
  /** The next change, or the one that came meanwhile; nothing when the signal is aborted. */
  next(signal: AbortSignal): Promise<ProjectChange | undefined>;
  close(): Promise<void>;
}

/**
 * Watches from the moment that this resolves.
 *
 * @param output what the build makes: that is no change.
 */
export async function watchProject(folder: string, output: string): Promise<ProjectWatch> {
  const changed = new Map<string, number>();
  let wake: (() => void) | undefined;
  let calm: NodeJS.Timeout | undefined;
  const isIgnored = (path: string) => path === output || isMade(relative(folder, path));
  const watcher = watch(folder, {
    ignored: isIgnored,
    ignoreInitial: true,
    // What a link leads to is not the project's.
    followSymlinks: false,
    ignorePermissionErrors: true,
    atomic: false,
  });
  const settle = () => {
    clearTimeout(calm);
    calm = setTimeout(() => {
      calm = undefined;
      wake?.();
    }, DEV_SETTLE_MS);
  };
  watcher.on("all", (event, path) => {
    if (event === "addDir" || isIgnored(path)) return;
    changed.set(path, writtenAt(path));
    settle();
  });
  // A folder that cannot be watched (there are too many, or it is gone) is not the end: the rest is.
  watcher.on("error", () => undefined);
  await new Promise<void>((resolve) => watcher.once("ready", () => resolve()));
  const take = (): ProjectChange => {
    const files = new Map(changed);
    changed.clear();
    return { files, savedAt: Math.max(...files.values()) };
  };
  return {
    async next(signal) {
      while (changed.size === 0 || calm !== undefined) {
        if (signal.aborted) return undefined;
        const { promise, resolve } = Promise.withResolvers<void>();
        const stop = () => resolve();
        wake = resolve;
        signal.addEventListener("abort", stop, { once: true });
        await promise;
        signal.removeEventListener("abort", stop);
        wake = undefined;
      }
      return signal.aborted ? undefined : take();
    },
    async close() {
      clearTimeout(calm);
      await watcher.close();
    },
  };
}

/** @param way from the project's folder. */
function isMade(way: string): boolean {
  if (way === "" || way.startsWith("..")) return false;
  const parts = way.split(sep);
  return parts.some((part) => part.startsWith(".") || MADE_FOLDERS.has(part)) || PASSING_FILE.test(basename(way));
}

/** The clock of a save that was a renaming is the file's own change, not that of its content. */
function writtenAt(path: string): number {
  const now = Date.now();
  const stat = statSync(path, { throwIfNoEntry: false });
  const time = stat === undefined ? now : Math.max(stat.mtimeMs, stat.ctimeMs);
  // A file that was given another time on purpose says nothing of when.
  return Math.abs(now - time) < SAVE_MS_MAX ? time : now;
}

const SAVE_MS_MAX = 10_000;
