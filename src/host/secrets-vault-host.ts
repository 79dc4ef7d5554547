// All that is encrypted in a data folder at once: encrypted anew with a new key, opened again with the recovery key, and
// given out as it is.

import { lstatSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "../base/make-folder.ts";
import { builtProgram } from "../base/package-root.ts";
import type { Paths } from "../base/paths.ts";
import { HostError, toHostError } from "../protocol/errors.ts";
import { DATABASE_BYTES_MAX, DATABASE_VISIT_BUSY_MS_MAX } from "../protocol/limits.ts";
import { openWithRecoveryKey, pruneKeys, recoverKeys, rekey } from "../store/change-data-keys.ts";
import { readKeyNote, removeOwnerNote } from "../store/database-files.ts";
import type { DatabaseProcess } from "../store/database-process.ts";
import { DatabaseFailure } from "../store/database-result.ts";
import { openDatabase } from "../store/open-database.ts";
import type { Everything } from "../store/secret-store.ts";
import { reencryption } from "../store/secret-tree.ts";
import {
  type DatabasePlaceName,
  databasePlaces,
  keyIdsOfDatabases,
  settingOwners,
  withDatabase,
} from "./database-places.ts";
import type { Stores } from "./stores.ts";

export interface SecretsVaultOptions {
  readonly paths: Pick<Paths, "data">;
  readonly stores: Pick<Stores, "keys" | "secrets">;
  /** The program that holds a database; without it, the one that set-up built. */
  readonly databaseProgram?: string;
  readonly signal?: AbortSignal;
  /** What the user should know of a plugin's data: one line. */
  warn(pluginId: string, text: string): void;
}

/** A database that something could not be done with, and why. */
export interface LeftDatabase {
  readonly placeId: string;
  readonly reason: HostError;
}

interface Rekeyed {
  readonly keyId: string;
  readonly settings: number;
  readonly databases: number;
  /** Databases that are still encrypted with an older key; their plugins' next use encrypts them anew. */
  readonly waiting: readonly LeftDatabase[];
  /** Keys that are kept because something is still encrypted with them. */
  readonly olderKeys: number;
  /** Files of settings that could not be read: where they were put. */
  readonly damaged: readonly string[];
}

export interface ExportedDatabases {
  readonly written: readonly { readonly placeId: string; readonly path: string }[];
  readonly left: readonly LeftDatabase[];
}

export interface SecretsVault {
  /** A new data key and a new recovery key; the ones before open nothing of what is written from then on. */
  rekey(): Promise<Rekeyed>;
  /** Protects the keys anew, for this computer and this user. Fails with `recovery_key_wrong`. */
  recover(recoveryKey: string): Promise<"keychain" | "key_file">;
  /** Opens everything for this process, and changes nothing. Fails with `recovery_key_wrong`. */
  unlock(recoveryKey: string): void;
  /** All settings and secrets, in order, as they are. */
  settings(): Promise<Everything>;
  /** Copies of all databases, not encrypted, as `<folder>/<plugin>.db`; nothing is overwritten. */
  exportDatabases(folder: string): Promise<ExportedDatabases>;
}

export function openSecretsVault(options: SecretsVaultOptions): SecretsVault {
  const { paths, stores } = options;
  const candidates = () => settingOwners(paths);
  return {
    rekey: () => rekeyAll(options),
    recover: (recoveryKey) => recoverKeys(stores.keys, recoveryKey),
    unlock: (recoveryKey) => openWithRecoveryKey(stores.keys, recoveryKey),
    settings: () => stores.secrets.everything(candidates()),
    exportDatabases: (folder) => exportDatabases(options, folder),
  };
}

async function rekeyAll(options: SecretsVaultOptions): Promise<Rekeyed> {
  const { paths, stores } = options;
  const { keys } = stores;
  const damaged: string[] = [];
  const onAside = (path: string) => void damaged.push(path);
  const key = await rekey(keys, reencryption(keys.folder, settingOwners(paths), onAside));
  const waiting: LeftDatabase[] = [];
  const stale = withDatabase(databasePlaces(paths)).filter(({ folder }) => readKeyNote(folder) !== key.id);
  for (const place of stale) {
    const reason = await tried(options, place, async () => undefined);
    if (reason !== undefined) waiting.push({ placeId: place.placeId, reason });
  }
  const olderKeys = await pruneKeys(keys, () => keyIdsOfDatabases(paths));
  const settings = (await stores.secrets.everything()).entries.length;
  return { keyId: key.id, settings, databases: stale.length - waiting.length, waiting, olderKeys, damaged };
}

async function exportDatabases(options: SecretsVaultOptions, folder: string): Promise<ExportedDatabases> {
  makeFolder(folder);
  const written: { placeId: string; path: string }[] = [];
  const left: LeftDatabase[] = [];
  for (const place of withDatabase(databasePlaces(options.paths))) {
    const path = join(folder, `${place.placeId}.db`);
    const reason = await tried(options, place, async (database) => {
      if (lstatSync(path, { throwIfNoEntry: false })) throw new HostError("output_failed", `${path} is there already`);
      await database.exportTo(path);
    });
    if (reason === undefined) written.push({ placeId: place.placeId, path });
    else left.push({ placeId: place.placeId, reason });
  }
  return { written, left };
}

/** Does something with an open database, which opening has encrypted with the current key; gives why it could not be done. */
async function tried(
  options: SecretsVaultOptions,
  { placeId, folder }: DatabasePlaceName,
  work: (database: DatabaseProcess) => Promise<void>,
): Promise<HostError | undefined> {
  const { stores, signal, warn } = options;
  let database: DatabaseProcess | undefined;
  try {
    const place = {
      placeId,
      folder,
      program: options.databaseProgram ?? builtProgram("osprey-database"),
      keys: stores.keys,
      bytesMax: DATABASE_BYTES_MAX,
      busyMs: DATABASE_VISIT_BUSY_MS_MAX,
      signal: signal ?? new AbortController().signal,
      warn: (text: string) => warn(placeId, text),
    };
    database = await openDatabase(place);
    await work(database);
    return undefined;
  } catch (error) {
    if (signal?.aborted) throw new HostError("interrupted", "interrupted");
    if (error instanceof DatabaseFailure) return new HostError("store_broken", error.message, { cause: error });
    return toHostError(error);
  } finally {
    if (database) {
      await database.close();
      removeOwnerNote(folder);
    }
  }
}
