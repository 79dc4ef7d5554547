// What lies in the folder of the data keys beside `keys.json`: the key of hosts from before there were several, and what
// is encrypted. Told by names alone.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { HostError } from "../protocol/errors.ts";
import { keysUnwritable } from "./data-keys-errors.ts";
import { KEY_BYTES, KEY_ID } from "./keys-file.ts";

/** The one key of data folders from before there were several; 32 bytes. */
export const KEY_OF_BEFORE = "key";
const TREE = /^([0-9a-f]{32}|[0-9a-f]{64})$/;

export function hasKeyOfBefore(folder: string): boolean {
  return existsSync(join(folder, KEY_OF_BEFORE));
}

export function keyOfBefore(folder: string): Buffer | undefined {
  if (!hasKeyOfBefore(folder)) return undefined;
  const path = join(folder, KEY_OF_BEFORE);
  const bytes = readFileSync(path);
  if (bytes.length === KEY_BYTES) return bytes;
  throw new HostError(
    "store_broken",
    `the key file ${path} is damaged: it has ${bytes.length} bytes, not ${KEY_BYTES}`,
    { hint: "restore it from a backup; without it the stored secrets cannot be read" },
  );
}

/** Whether settings are there that some data key encrypts. */
export function hasTrees(folder: string): boolean {
  try {
    return readdirSync(folder).some((name) => TREE.test(name) && readdirSync(join(folder, name)).length > 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw keysUnwritable(folder, error);
  }
}

export function isTreeName(name: string): boolean {
  return KEY_ID.test(name);
}
