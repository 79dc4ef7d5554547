// Watches the files of a project: says which of them changed, once an editor is done with writing them. What builds make,
// and what tools keep for themselves, is no change.

import { type BigIntStats, statSync } from "node:fs";
import { basename, relative, sep } from "node:path";
import { type FSWatcher, watch } from "chokidar";
import { DEV_FOLDER_LOOK_MS, DEV_SETTLE_MS } from "../protocol/limits.ts";

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

/** Clocks of file systems are coarse: within that, two writes may have one time. */
const CLOCK_MS_MAX = 10;

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
 * @param made what builds make, and folders in which this program keeps what is its own: that is no change.
 */
export async function watchProject(folder: string, made: readonly string[]): Promise<ProjectWatch> {
  const changed = new Map<string, number>();
  /** What the files of the last change were when it was taken: of a second write that came before, nothing is new. */
  const taken = new Map<string, string>();
  let wake: (() => void) | undefined;
  let calm: NodeJS.Timeout | undefined;
  const isIgnored = (path: string) =>
    path !== folder &&
    (made.some((one) => path === one || path.startsWith(one + sep)) || isMade(relative(folder, path)));
  const settle = () => {
    clearTimeout(calm);
    calm = setTimeout(() => {
      calm = undefined;
      wake?.();
    }, DEV_SETTLE_MS);
  };
  const onChange = (path: string) => {
    if (isIgnored(path)) return;
    const stamp = stampOf(path);
    if (stamp !== undefined && taken.get(path) === stamp) return;
    changed.set(path, writtenAt(path));
    settle();
  };
  const tree = await watchTree(folder, isIgnored, onChange);
  const take = (): ProjectChange => {
    const files = new Map(changed);
    changed.clear();
    taken.clear();
    for (const path of files.keys()) {
      const stamp = stampOf(path);
      if (stamp !== undefined) taken.set(path, stamp);
    }
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
      await tree.close();
    },
  };
}

/** Watches what lies at the path of a folder, also when that is another one by and by; the folder itself is told of then. */
async function watchTree(
  folder: string,
  isIgnored: (path: string) => boolean,
  onChange: (path: string) => void,
): Promise<{ close(): Promise<void> }> {
  let seen = identityOf(folder);
  let watcher = await openWatcher(folder, isIgnored, onChange);
  let isClosed = false;
  let moving: Promise<void> | undefined;
  const move = async () => {
    await watcher.close();
    if (!isClosed) watcher = await openWatcher(folder, isIgnored, onChange);
    if (!isClosed) onChange(folder);
  };
  const look = () => {
    const now = identityOf(folder);
    if (moving !== undefined || now === seen) return;
    seen = now;
    if (now === "") return onChange(folder);
    moving = move().finally(() => {
      moving = undefined;
    });
  };
  const timer = setInterval(look, DEV_FOLDER_LOOK_MS).unref();
  return {
    async close() {
      clearInterval(timer);
      isClosed = true;
      await moving;
      await watcher.close();
    },
  };
}

async function openWatcher(
  folder: string,
  isIgnored: (path: string) => boolean,
  onChange: (path: string) => void,
): Promise<FSWatcher> {
  const watcher = watch(folder, {
    ignored: isIgnored,
    ignoreInitial: true,
    // What a link leads to is not the project's.
    followSymlinks: false,
    ignorePermissionErrors: true,
    atomic: false,
  });
  watcher.on("all", (event, path) => {
    if (event !== "addDir") onChange(path);
  });
  // A folder that cannot be watched (there are too many, or it is gone) is not the end: the rest is.
  watcher.on("error", () => undefined);
  await new Promise<void>((resolve) => watcher.once("ready", () => resolve()));
  return watcher;
}

/** Another one for another folder at the same path; empty when there is none. A number alone is soon given to a new folder. */
function identityOf(folder: string): string {
  const stat = statOf(folder);
  return stat === undefined ? "" : `${stat.dev} ${stat.ino} ${stat.birthtimeNs}`;
}

/** The same as long as nothing is written; nothing when that cannot be said, since it was written just now. */
function stampOf(path: string): string | undefined {
  const stat = statOf(path);
  if (stat === undefined) return "";
  if (Date.now() - Number(stat.ctimeMs) < CLOCK_MS_MAX) return undefined;
  return `${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}`;
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
  const stat = statOf(path);
  const time = stat === undefined ? now : Number(stat.mtimeNs > stat.ctimeNs ? stat.mtimeNs : stat.ctimeNs) / 1e6;
  // A file that was given another time on purpose says nothing of when.
  return Math.abs(now - time) < SAVE_MS_MAX ? time : now;
}

/** Nothing also of what may not be looked at. */
function statOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

const SAVE_MS_MAX = 10_000;
