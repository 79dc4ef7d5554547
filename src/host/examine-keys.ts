// What the doctor says of the keys that everything encrypted hangs on: how they are protected, whether they can be opened,
// and whether the recovery key would open them. Nothing is made or changed.

import { existsSync, lstatSync } from "node:fs";
import { join } from "node:path";
import { HostError } from "../protocol/errors.ts";
import { neededKeys } from "../store/change-data-keys.ts";
import { DataKeys } from "../store/data-keys.ts";
import { KEYS_FILE, type KeysFile } from "../store/keys-file.ts";
import { SecretStore } from "../store/secret-store.ts";
import { DAMAGED_FOLDER } from "../store/secret-tree.ts";
import { KEY_FILE } from "../store/wrapping-keys.ts";
import { databasesNeedingKeys, keyIdsOfDatabases } from "./database-places.ts";
import type { Finding, InstallationCode, InstallationOptions } from "./installation-finding.ts";
import { secretsFolder } from "./stores.ts";

export async function examineKeys({ paths, env }: InstallationOptions): Promise<Finding[]> {
  const folder = secretsFolder(paths);
  const keys = new DataKeys({ folder, env });
  let file: KeysFile | undefined;
  try {
    file = keys.file();
    if (file === undefined) return [noKeys(keys, databasesNeedingKeys(paths, []))];
  } catch (error) {
    return [failed("data_keys", error)];
  }
  const protection = await protectionFinding(keys, file);
  return [
    protection,
    ...databaseKeyFindings(databasesNeedingKeys(paths, keys.ids())),
    ...(protection.status === "fail" ? [] : await settingFindings(keys)),
    ...damagedSettingFindings(folder),
    recoveryFinding(file),
    ...keyFileFindings(folder),
    ...olderKeyFindings(file, keyIdsOfDatabases(paths)),
  ];
}

function noKeys(keys: DataKeys, databases: readonly string[]): Finding {
  if (databases.length > 0) {
    return {
      code: "data_keys",
      status: "fail",
      detail: `${join(keys.folder, KEYS_FILE)} is gone, and databases are encrypted with its keys: ${databases.join(", ")}`,
      hint: "restore it from a backup; to begin anew without what is encrypted, move the named files away",
    };
  }
  if (keys.peek() === "none") return { code: "data_keys", status: "ok", detail: "nothing is encrypted yet" };
  if (existsSync(join(keys.folder, "key"))) {
    const detail = "settings are encrypted with a key of an older form, which lies beside them";
    return { code: "data_keys", status: "warn", detail, hint: "the next use of a plugin's settings protects it" };
  }
  return {
    code: "data_keys",
    status: "fail",
    detail: "keys.json is gone, and settings are encrypted with its keys",
    hint: `restore it from a backup; to begin anew without what is encrypted, move ${keys.folder} away`,
  };
}

async function protectionFinding(keys: DataKeys, file: KeysFile): Promise<Finding> {
  try {
    await keys.current();
  } catch (error) {
    return failed("data_keys", error);
  }
  const wraps = file.keys.find(({ id }) => id === file.current)!.wraps;
  const isInKeychain = wraps.some(({ by }) => by === "keychain");
  const detail = isInKeychain
    ? "the keychain protects them"
    : `the key file protects them: ${join(keys.folder, KEY_FILE)}`;
  return { code: "data_keys", status: "ok", detail };
}

function databaseKeyFindings(databases: readonly string[]): Finding[] {
  if (databases.length === 0) return [];
  const detail = `keys.json does not have the keys of these databases: ${databases.join(", ")}`;
  const hint = "an older keys.json was put back? restore the newest one from a backup; the databases stay as they are";
  return [{ code: "database_keys", label: "database keys", status: "fail", detail, hint }];
}

async function settingFindings(keys: DataKeys): Promise<Finding[]> {
  const { unreadable } = await new SecretStore(keys.folder, keys).everything();
  return unreadable.map(({ message }) => ({
    code: "settings_damaged",
    label: "settings",
    status: "warn",
    detail: message,
    hint: '"osaurus secrets list PLUGIN" shows what is missing, "osaurus secrets set" sets it again; then remove the file',
  }));
}

function damagedSettingFindings(folder: string): Finding[] {
  const path = join(folder, DAMAGED_FOLDER);
  if (!existsSync(path)) return [];
  const detail = `settings that could not be read were put aside: ${path}`;
  const hint = "set them again; remove the folder when nothing of it is needed";
  return [{ code: "settings_aside", label: "settings", status: "warn", detail, hint }];
}

function recoveryFinding({ current, keys }: KeysFile): Finding {
  const code = "recovery_key";
  const label = "recovery key";
  const isThere = keys.find(({ id }) => id === current)!.wraps.some(({ by }) => by === "recovery");
  if (isThere) return { code, label, status: "ok", detail: "the one that was printed last opens everything" };
  const hint = '"osaurus secrets rekey" makes one';
  return { code, label, status: "warn", detail: "there is none", hint };
}

function keyFileFindings(folder: string): Finding[] {
  const path = join(folder, KEY_FILE);
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined || (stat.mode & 0o077) === 0) return [];
  const hint = `run: chmod 600 "${path}"`;
  return [{ code: "key_file_private", status: "fail", detail: `others may read ${path}`, hint }];
}

/** Keys that nothing needs are left over from a rekey that did not come to its end. */
function olderKeyFindings(file: KeysFile, inUse: ReadonlySet<string> | undefined): Finding[] {
  const older = file.keys.length - 1;
  if (older === 0) return [];
  const unneeded = file.keys.length - neededKeys(file, inUse).length;
  const waiting = file.keys.filter(({ id }) => id !== file.current && inUse?.has(id)).length;
  const about = { code: "older_keys", label: "older keys" } as const;
  if (unneeded === 0 && waiting === 0 && inUse !== undefined) {
    return [{ ...about, status: "ok", detail: `${older} besides the current one` }];
  }
  const which =
    inUse === undefined ? "of a database it is not known which it needs" : `databases need ${waiting} of them`;
  const detail = `${older} besides the current one; ${which}`;
  const hint = '"osaurus secrets rekey" encrypts what no other host has open, and forgets what nothing needs';
  return [{ ...about, status: "warn", detail, hint }];
}

function failed(code: InstallationCode, error: unknown): Finding {
  if (!(error instanceof HostError)) throw error;
  const { message, hint } = error;
  return { code, status: "fail", detail: message, ...(hint === undefined ? {} : { hint }) };
}
