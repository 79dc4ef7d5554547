// For hosts that run on: notices what other processes do to the installed plugins. They tell by writing a file:
//
//   <tools>/.changed   something was installed, removed, rolled back, consented to
//   <tools>/.reload    all plugins are to be loaded afresh, or the one that is named in it

import { type FSWatcher, readFileSync, watch } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "../base/make-folder.ts";
import { replaceFile } from "../base/replace-file.ts";

const CHANGED_FILE = ".changed";
const RELOAD_FILE = ".reload";
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
  const due = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let work = Promise.resolve();
  const look = () => {
    const names = [...due];
    due.clear();
    timer = undefined;
    work = work.then(async () => {
      // Failures are in the plugins' states, where whoever asks sees them.
      const wish = names.includes(RELOAD_FILE) ? readWish(join(tools, RELOAD_FILE)) : undefined;
      if (wish && wish.from !== self) await reload(wish.pluginId).catch(() => undefined);
      else await catchUp().catch(() => undefined);
    });
  };
  watcher.on("error", () => watcher.close());
  watcher.on("change", (_kind, name) => {
    if (name !== CHANGED_FILE && name !== RELOAD_FILE) return;
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

/** Asks the hosts that follow this folder to load plugins afresh. */
export function signalReload(tools: string, self: string, pluginId: string | undefined): void {
  replaceFile(join(tools, RELOAD_FILE), `${pluginId ?? ""}\n${self}\n${Date.now()}\n`, { followLinks: false });
}

function readWish(path: string): { pluginId: string | undefined; from: string | undefined } {
  try {
    const [pluginId, from] = readFileSync(path, "utf8").slice(0, 1000).split("\n");
    return { pluginId: pluginId || undefined, from };
  } catch {
    return { pluginId: undefined, from: undefined };
  }
}
