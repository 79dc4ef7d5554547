// For hosts that run on: notices what other processes do to the installed plugins. They tell by writing a file:
//
//   <tools>/.changed   something was installed, removed, rolled back, consented to
//   <tools>/.reload    a line for each wish that plugins are loaded afresh: `plugin TAB host TAB milliseconds`, without
//                      a plugin all are meant. Lines are only ever appended, so that no wish pushes out another; a full
//                      file becomes `.reload.1` and is still read to its end.

import { closeSync, constants, type FSWatcher, fstatSync, openSync, readSync, watch } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "../base/make-folder.ts";
import { appendLines, olderFile } from "../plugins/native/append-lines.ts";
import { isPlainName } from "../plugins/native/tools-folder.ts";

const CHANGED_FILE = ".changed";
const RELOAD_FILE = ".reload";
/** Read in this order none is missed that gets its other name meanwhile. */
const RELOAD_FILES: readonly string[] = [RELOAD_FILE, olderFile(RELOAD_FILE)];
/** Of one of them. */
const RELOAD_BYTES_MAX = 64 * 1024;
/** Several changes in a row are looked at together. */
const CALM_MS = 50;

export interface FollowedInstalls {
  catchUp(): Promise<void>;
  reload(pluginId: string | undefined): Promise<unknown>;
}

/**
 * Follows until `stop` is called. Gives nothing when the folder cannot be watched.
 *
 * @param self a name of this host; what it signalled itself is no news to it.
 */
export function followInstalls(
  tools: string,
  self: string,
  { catchUp, reload }: FollowedInstalls,
): { stop(): void } | undefined {
  let watcher: FSWatcher;
  try {
    makeFolder(tools);
    watcher = watch(tools, { persistent: false });
  } catch {
    return undefined;
  }
  const wishes = new ReloadWishes(tools, self);
  const due = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let work = Promise.resolve();
  const look = () => {
    const names = [...due];
    due.clear();
    timer = undefined;
    work = work.then(async () => {
      // Failures are in the plugins' states, where whoever asks sees them.
      const wanted = names.some((name) => RELOAD_FILES.includes(name)) ? wishes.take() : [];
      if (wanted.includes("")) return void (await reload(undefined).catch(() => undefined));
      for (const pluginId of wanted) await reload(pluginId).catch(() => undefined);
      if (names.includes(CHANGED_FILE)) await catchUp().catch(() => undefined);
    });
  };
  watcher.on("error", () => watcher.close());
  watcher.on("change", (_kind, name) => {
    if (typeof name !== "string" || (name !== CHANGED_FILE && !RELOAD_FILES.includes(name))) return;
    due.add(name);
    timer ??= setTimeout(look, CALM_MS).unref();
  });
  return {
    stop() {
      clearTimeout(timer);
      watcher.close();
    },
  };
}

/**
 * Asks the hosts that follow this folder to load a plugin afresh, or all. Never fails: false when they could not be told.
 *
 * @param self the host that asks; it does not follow its own wish.
 */
export function signalReload(tools: string, self: string, pluginId: string | undefined): boolean {
  // Nothing is installed under such a name.
  if (pluginId !== undefined && (!isPlainName(pluginId) || /[\t\r\n]/.test(pluginId))) return true;
  try {
    const line = `${pluginId ?? ""}\t${self}\t${Date.now()}\n`;
    appendLines(join(tools, RELOAD_FILE), [Buffer.from(line)], RELOAD_BYTES_MAX);
    return true;
  } catch {
    return false;
  }
}

/** Reads what others wish; what was there before this was made is none of them. */
class ReloadWishes {
  readonly #tools: string;
  readonly #self: string;
  /** How far each file was read. It keeps its inode when it gets another name. */
  #offsets = new Map<number, number>();

  constructor(tools: string, self: string) {
    this.#tools = tools;
    this.#self = self;
    this.take();
  }

  /** The plugins that others wished for since the last time, each once; an empty text stands for all. Never fails. */
  take(): string[] {
    const offsets = new Map<number, number>();
    const ids = new Set<string>();
    for (const name of RELOAD_FILES) {
      for (const line of this.#newLines(join(this.#tools, name), offsets)) {
        const [pluginId, from, time] = line.split("\t");
        if (pluginId !== undefined && time !== undefined && from !== this.#self) ids.add(pluginId);
      }
    }
    this.#offsets = offsets;
    return [...ids];
  }

  #newLines(path: string, offsets: Map<number, number>): string[] {
    let file: number | undefined;
    try {
      // Neither a link nor a pipe in the file's place is waited for or read.
      file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
      const stats = fstatSync(file);
      if (!stats.isFile()) return [];
      // It may have been read a moment ago, under its other name.
      const before = offsets.get(stats.ino) ?? this.#offsets.get(stats.ino) ?? 0;
      // One that shrank was written anew.
      const start = before > stats.size ? 0 : before;
      const bytes = Buffer.alloc(Math.min(stats.size - start, 2 * RELOAD_BYTES_MAX));
      const text = bytes.subarray(0, readSync(file, bytes, 0, bytes.length, stats.size - bytes.length));
      // The rest of a line that is being written comes the next time.
      const end = text.lastIndexOf("\n") + 1;
      offsets.set(stats.ino, stats.size - bytes.length + end);
      return text.subarray(0, end).toString("utf8").split("\n");
    } catch (error) {
      // What cannot be read now is not forgotten: nothing of it is to be served twice.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT")
        for (const [ino, at] of this.#offsets) if (!offsets.has(ino)) offsets.set(ino, at);
      return [];
    } finally {
      if (file !== undefined) closeSync(file);
    }
  }
}
