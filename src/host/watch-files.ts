// For hosts that run on: notices when other processes write to certain files of one folder.

import { type FSWatcher, watch } from "node:fs";
import { makeFolder } from "../base/make-folder.ts";

/** Several changes in a row are looked at together. */
const CALM_MS = 50;

/**
 * Watches until `stop` is called; does not keep the program running. Gives nothing when the folder cannot be watched.
 *
 * @param look is given the names of those that changed; must not throw.
 */
export function watchFiles(
  folder: string,
  isWatched: (name: string) => boolean,
  look: (names: readonly string[]) => void,
): { stop(): void } | undefined {
  let watcher: FSWatcher;
  try {
    makeFolder(folder);
    watcher = watch(folder, { persistent: false });
  } catch {
    return undefined;
  }
  const due = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  watcher.on("error", () => watcher.close());
  watcher.on("change", (_kind, name) => {
    if (typeof name !== "string" || !isWatched(name)) return;
    due.add(name);
    timer ??= setTimeout(() => {
      timer = undefined;
      const names = [...due];
      due.clear();
      look(names);
    }, CALM_MS).unref();
  });
  return {
    stop() {
      clearTimeout(timer);
      watcher.close();
    },
  };
}
