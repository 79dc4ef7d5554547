// What lies in the folder of the data keys beside `keys.json`: the key of hosts from before there were several, and what
// is encrypted. Told by names alone.

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { readSmallBytes } from "../base/read-small-file.ts";
import { HostError } from "../protocol/errors.ts";
import { keysUnwritable } from "./data-keys-errors.ts";
import { KEY_BYTES, KEY_ID, type KeysFile } from "./keys-file.ts";

/** The one key of data folders from before there were several; 32 bytes. */
export const KEY_OF_BEFORE = "key";
/** The folder of a plugin's settings that the key of before encrypts. */
const FLAT_TREE = /^[0-9a-f]{64}$/;

export function hasKeyOfBefore(folder: string): boolean {
  return existsSync(join(folder, KEY_OF_BEFORE));
}

export function keyOfBefore(folder: string): Buffer | undefined {
  const path = join(folder, KEY_OF_BEFORE);
  const file = readSmallBytes(path, KEY_BYTES);
  if (file === undefined) return undefined;
  if (file.bytes?.length === KEY_BYTES) return file.bytes;
  const problem = file.problem ?? `it has ${file.bytes.length} bytes, not ${KEY_BYTES}`;
  throw new HostError("store_broken", `the key file ${path} is damaged: ${problem}`, {
    hint: "restore it from a backup; without it the stored secrets cannot be read",
  });
}

/** Whether settings are there that some data key encrypts. */
export function hasTrees(folder: string): boolean {
  return treesIn(folder).length > 0;
}

/**
 * Folders of settings that no key in `keys.json` encrypts: when an older `keys.json` was put back, for one. Only the keys
 * that are missing there can open them, so that nobody may take them for empty, or away.
 */
export function treesWithoutKey(folder: string, { pending, keys }: KeysFile): string[] {
  const hasFlatKey = keys.some(({ flat }) => flat);
  return treesIn(folder).filter((name) =>
    FLAT_TREE.test(name) ? !hasFlatKey : name !== pending && !keys.some(({ id, flat }) => id === name && !flat),
  );
}

function treesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && (isTreeName(entry.name) || FLAT_TREE.test(entry.name)))
      .map(({ name }) => name)
      .filter((name) => readdirSync(join(folder, name)).length > 0)
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw keysUnwritable(folder, error);
  }
}

function isTreeName(name: string): boolean {
  return KEY_ID.test(name);
}
