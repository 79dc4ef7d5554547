// What a host keeps on disk for its plugins, opened once and shared by everything that needs it: the keys, the settings and
// secrets, the databases, and the record of what happened.

import { join } from "node:path";
import { builtProgram } from "../base/package-root.ts";
import type { Paths } from "../base/paths.ts";
import { redactor } from "../base/redact.ts";
import { Insights } from "../insights/insights.ts";
import { DATA_FOLDER, toolsFolder } from "../plugins/native/tools-folder.ts";
import { DataKeys } from "../store/data-keys.ts";
import { PluginDatabases } from "../store/plugin-databases.ts";
import { SecretStore } from "../store/secret-store.ts";

export interface StoresOptions {
  readonly paths: Pick<Paths, "data">;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The program that holds a database; without it, the one that set-up built. */
  readonly databaseProgram?: string;
  /** Rows of Insights are written; without it, they are. */
  readonly recordsInsights?: boolean;
  /** See `DataKeysOptions`. */
  onRecoveryKey?(text: string): void;
  /** What the user should know of a plugin's data (or, without a plugin, of all): one line. */
  warn(pluginId: string | undefined, text: string): void;
}

export interface Stores {
  readonly keys: DataKeys;
  readonly secrets: SecretStore;
  readonly databases: PluginDatabases;
  readonly insights: Insights;
  /** The text without the values that are kept for the plugin; all of it, or as much of it as is shown. */
  withoutSecrets(ownId: string | undefined, text: string, charsMax?: number): string;
  /** Writes what waits to be written, and closes everything. */
  stop(): Promise<void>;
}

/** Libraries that are run without being installed keep their data beside the installed ones' folder. */
export const LIBRARY_DATA_FOLDER = "Libraries";
/** Begins the name that such a library's data goes by; no plugin can be installed under it. */
export const LIBRARY_PLACE_PREFIX = "library-";

/** Begins the name of what is only looked at: its data is kept in memory. */
export const SCRATCH_PLACE_PREFIX = "scratch-";

/** Opens nothing yet. */
export function openStores(options: StoresOptions): Stores {
  const program = options.databaseProgram ?? builtProgram("osprey-database");
  const { onRecoveryKey } = options;
  const keys = new DataKeys({
    folder: secretsFolder(options.paths),
    env: options.env,
    ...(onRecoveryKey === undefined ? {} : { onRecoveryKey }),
  });
  const warn = (pluginId: string, text: string) => options.warn(pluginId, text);
  const secrets = new SecretStore(secretsFolder(options.paths), keys, { warn });
  const databases = new PluginDatabases({
    program,
    keys,
    folderOf: (placeId) => databaseFolder(options.paths, placeId),
    isInMemory: (placeId) => placeId.startsWith(SCRATCH_PLACE_PREFIX),
    warn: (placeId, text) => options.warn(placeId, text),
  });
  const insights = new Insights({
    path: insightsPath(options.paths),
    program,
    ...(options.recordsInsights === undefined ? {} : { isOn: options.recordsInsights }),
    warn: (text) => options.warn(undefined, text),
  });
  const redactors = new Map<string, ReturnType<typeof redactor>>();
  return {
    keys,
    secrets,
    databases,
    insights,
    withoutSecrets(ownId, text, charsMax) {
      if (ownId === undefined) return text; // Nothing is given to what has no id yet.
      let redact = redactors.get(ownId);
      if (!redact) {
        redact = redactor(() => secrets.knownValues(ownId));
        redactors.set(ownId, redact);
      }
      return redact(text, charsMax);
    },
    async stop() {
      await databases.stop(); // What it was in the middle of is answered by that, and leaves its row.
      await insights.stop();
    },
  };
}

export function secretsFolder(paths: Pick<Paths, "data">): string {
  return join(paths.data, "Secrets");
}

export function insightsPath(paths: Pick<Paths, "data">): string {
  return join(paths.data, "insights.db");
}

/** Where the data of a plugin lies: it survives upgrades and goes with the plugin. */
export function databaseFolder(paths: Pick<Paths, "data">, placeId: string): string {
  return placeId.startsWith(LIBRARY_PLACE_PREFIX)
    ? join(paths.data, LIBRARY_DATA_FOLDER, placeId)
    : join(toolsFolder(paths), placeId, DATA_FOLDER);
}
