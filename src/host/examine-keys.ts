// What the doctor says of the keys that everything encrypted hangs on: how they are protected, whether they can be opened,
// and whether the recovery key would open them. Nothing is made or changed.

import { existsSync, lstatSync } from "node:fs";
import { join } from "node:path";
import { HostError } from "../protocol/errors.ts";
import { neededKeys } from "../store/change-data-keys.ts";
import { DataKeys } from "../store/data-keys.ts";
import type { KeysFile } from "../store/keys-file.ts";
import { KEY_FILE } from "../store/wrapping-keys.ts";
import { keyIdsOfDatabases } from "./database-places.ts";
import type { Finding, InstallationOptions } from "./installation-finding.ts";
import { secretsFolder } from "./stores.ts";

export async function examineKeys({ paths, env }: InstallationOptions): Promise<Finding[]> {
  const folder = secretsFolder(paths);
  const keys = new DataKeys({ folder, env });
  let file: KeysFile | undefined;
  try {
    file = keys.file();
    if (file === undefined) return [noKeys(keys)];
  } catch (error) {
    return [failed("data_keys", error)];
  }
  return [
    await protectionFinding(keys, file),
    recoveryFinding(file),
    ...keyFileFindings(folder),
    ...olderKeyFindings(file, keyIdsOfDatabases(paths)),
  ];
}

function noKeys(keys: DataKeys): Finding {
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
    await keys.byId(file.current);
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
  const about = { code: "older_keys", label: "older keys" };
  if (unneeded === 0 && waiting === 0 && inUse !== undefined) {
    return [{ ...about, status: "ok", detail: `${older} besides the current one` }];
  }
  const which =
    inUse === undefined ? "of a database it is not known which it needs" : `databases need ${waiting} of them`;
  const detail = `${older} besides the current one; ${which}`;
  const hint = '"osaurus secrets rekey" encrypts what no other host has open, and forgets what nothing needs';
  return [{ ...about, status: "warn", detail, hint }];
}

function failed(code: string, error: unknown): Finding {
  if (!(error instanceof HostError)) throw error;
  const { message, hint } = error;
  return { code, status: "fail", detail: message, ...(hint === undefined ? {} : { hint }) };
}
