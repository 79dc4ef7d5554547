// Where a host keeps things, how large they are, and how they are protected. Nothing is opened, made or changed, and no key is
// told.

import { lstatSync, readdirSync, statfsSync } from "node:fs";
import { join } from "node:path";
import type { Paths } from "../base/paths.ts";
import { controlDbPath } from "../store/control-db.ts";
import { readKeysFile } from "../store/keys-file.ts";
import { databasePlaces } from "./database-places.ts";
import type { InstallationFinding, InstallationOptions } from "./installation-finding.ts";
import { insightsPath, secretsFolder } from "./stores.ts";

export interface StoragePart {
  readonly kind: "control" | "insights" | "plugin";
  /** Of a plugin: its id. */
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
}

export interface KeyFacts {
  /** `unknown`: what is written of them cannot be understood; the findings say why. */
  readonly protectedBy: "keychain" | "key_file" | "nothing" | "unknown";
  /** ISO 8601. */
  readonly madeAt: string | null;
  readonly hasRecoveryKey: boolean;
  /** Keys that are not the current one any more. */
  readonly older: number;
}

export interface StorageReport {
  readonly dataFolder: string;
  readonly freeBytes: number | null;
  readonly parts: readonly StoragePart[];
  readonly keys: KeyFacts;
  readonly findings: readonly InstallationFinding[];
}

export interface StorageFacts {
  report(): Promise<StorageReport>;
}

export function openStorageFacts(options: InstallationOptions): StorageFacts {
  const { paths } = options;
  return {
    async report() {
      const { examineInstallation } = await import("./installation-doctor.ts");
      return {
        dataFolder: paths.data,
        freeBytes: freeBytes(paths.data),
        parts: partsOf(paths),
        keys: keyFacts(paths),
        findings: await examineInstallation(options),
      };
    },
  };
}

function partsOf(paths: Pick<Paths, "data">): StoragePart[] {
  const control = controlDbPath(paths.data);
  const insights = insightsPath(paths);
  const plugins = databasePlaces(paths).map(({ placeId, folder }): StoragePart => {
    return { kind: "plugin", name: placeId, path: folder, bytes: folderBytes(folder) };
  });
  return [
    {
      kind: "control",
      name: "Agents, conversations, tasks and decisions",
      path: control,
      bytes: databaseBytes(control),
    },
    { kind: "insights", name: "Insights", path: insights, bytes: databaseBytes(insights) },
    ...plugins,
  ];
}

/** With the files that SQLite has beside it. */
function databaseBytes(path: string): number {
  return ["", "-wal", "-shm"].reduce((sum, end) => sum + fileBytes(`${path}${end}`), 0);
}

/** Of the files that lie in it; a plugin's data has no folders. */
function folderBytes(folder: string): number {
  try {
    return readdirSync(folder).reduce((sum, name) => sum + fileBytes(join(folder, name)), 0);
  } catch {
    return 0;
  }
}

/** Links lead elsewhere: they count for nothing. */
function fileBytes(path: string): number {
  try {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    return stat?.isFile() === true ? stat.size : 0;
  } catch {
    return 0;
  }
}

function freeBytes(folder: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return null;
  }
}

function keyFacts(paths: Pick<Paths, "data">): KeyFacts {
  const none = { madeAt: null, hasRecoveryKey: false, older: 0 };
  try {
    const file = readKeysFile(secretsFolder(paths));
    if (file === undefined) return { ...none, protectedBy: "nothing" };
    const current = file.keys.find(({ id }) => id === file.current)!;
    const has = (kind: string) => current.wraps.some(({ by }) => by === kind);
    return {
      protectedBy: has("keychain") ? "keychain" : "key_file",
      madeAt: current.created_at,
      hasRecoveryKey: has("recovery"),
      older: file.keys.length - 1,
    };
  } catch {
    return { ...none, protectedBy: "unknown" };
  }
}
