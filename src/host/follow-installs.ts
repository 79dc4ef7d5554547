// For hosts that run on: notices what other processes do to the installed plugins. They tell by writing a file:
//
//   <tools>/.changed   something was installed, removed, rolled back, consented to
//   <tools>/.reload    a line for each wish that plugins are loaded afresh: `plugin TAB host TAB milliseconds`, without
//                      a plugin all are meant

import { type FSWatcher, watch } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "../base/make-folder.ts";
import { appendLines } from "../plugins/native/append-lines.ts";
import { isPlainName } from "../plugins/native/tools-folder.ts";
import { NewLines } from "./new-lines.ts";

const CHANGED_FILE = ".changed";
const RELOAD_FILE = ".reload";
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
  const wishes = new NewLines(join(tools, RELOAD_FILE), RELOAD_BYTES_MAX);
  const due = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let work = Promise.resolve();
  const look = () => {
    const names = [...due];
    due.clear();
    timer = undefined;
    work = work.then(async () => {
      // Failures are in the plugins' states, where whoever asks sees them.
      const wanted = names.some((name) => wishes.names.includes(name)) ? wishedFor(wishes, self) : [];
      if (wanted.includes("")) return void (await reload(undefined).catch(() => undefined));
      for (const pluginId of wanted) await reload(pluginId).catch(() => undefined);
      if (names.includes(CHANGED_FILE)) await catchUp().catch(() => undefined);
    });
  };
  watcher.on("error", () => watcher.close());
  watcher.on("change", (_kind, name) => {
    if (typeof name !== "string" || (name !== CHANGED_FILE && !wishes.names.includes(name))) return;
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

/** The plugins that others wished for since the last time, each once; an empty text stands for all. */
function wishedFor(wishes: NewLines, self: string): string[] {
  const ids = new Set<string>();
  for (const line of wishes.take()) {
    const [pluginId, from, time] = line.split("\t");
    if (pluginId !== undefined && time !== undefined && from !== self) ids.add(pluginId);
  }
  return [...ids];
}
