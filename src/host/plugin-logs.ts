// The logs of native plugins, for whoever shows them: the terminal, the control API. Writing them is the business of the
// native host.

import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Paths } from "../base/paths.ts";
import { followPluginLog, type ReadOptions, readPluginLog } from "../plugins/native/read-plugin-log.ts";
import { isPlainName, toolsFolder } from "../plugins/native/tools-folder.ts";
import { HostError } from "../protocol/errors.ts";
import type { LogRecord } from "../protocol/plugin-log.ts";

/** Which of the lines are wanted. */
export type LogQuery = Omit<ReadOptions, "folder" | "pluginId">;

export interface PluginLogs {
  /** The last lines of a plugin's log, oldest first. Fails with `plugin_unknown`, `file_unreadable`. */
  read(pluginId: string, query: LogQuery): Promise<LogRecord[]>;
  /** Gives the last lines, then each line as it is written; resolves when `signal` is aborted. Fails like `read`. */
  follow(pluginId: string, query: LogQuery, onRecord: (record: LogRecord) => void, signal: AbortSignal): Promise<void>;
}

/** The folder of all plugins' logs. */
export function logsFolder(paths: Pick<Paths, "data">): string {
  return join(paths.data, "Logs");
}

export function openPluginLogs(paths: Pick<Paths, "data">): PluginLogs {
  const folder = logsFolder(paths);
  return {
    async read(pluginId, query) {
      await requireKnown(paths, pluginId);
      return await readPluginLog({ ...query, folder, pluginId }).catch((error) => unreadable(pluginId, error));
    },
    async follow(pluginId, query, onRecord, signal) {
      await requireKnown(paths, pluginId);
      const options = { ...query, folder, pluginId, onRecord, signal };
      await followPluginLog(options).catch((error) => unreadable(pluginId, error));
    },
  };
}

/** A plugin is known that is installed, also when it does not load, and one that left a log behind. */
async function requireKnown(paths: Pick<Paths, "data">, pluginId: string): Promise<void> {
  const folders = [toolsFolder(paths), logsFolder(paths)];
  for (const folder of folders) if (isPlainName(pluginId) && (await isFolder(join(folder, pluginId)))) return;
  const names = await Promise.all(folders.map((folder) => readdir(folder).catch((): string[] => [])));
  const known = [...new Set(names.flat())].filter(isPlainName).sort();
  throw new HostError("plugin_unknown", `no plugin "${pluginId}" is installed, and there is no log of one`, {
    hint: known.length > 0 ? `known: ${known.join(", ")}` : 'run "osaurus tools list" to see what is installed',
  });
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

function unreadable(pluginId: string, error: unknown): never {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) throw error;
  throw new HostError("file_unreadable", `the log of plugin "${pluginId}" cannot be read: ${code}`, {
    hint: "look at its owner and mode",
    cause: error,
  });
}
