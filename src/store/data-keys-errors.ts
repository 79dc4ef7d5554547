// What can be wrong with the file of data keys as a whole, in words.

import { join } from "node:path";
import { HostError } from "../protocol/errors.ts";
import { KEYS_FILE } from "./keys-file.ts";

export function keysLost(folder: string): HostError {
  return new HostError(
    "data_key_missing",
    `${join(folder, KEYS_FILE)} is gone, and settings are encrypted with its keys`,
    {
      hint: `restore it from a backup; to begin anew without what is encrypted, move ${folder} away`,
    },
  );
}

/** @param trees folders in which settings lie that no known key encrypts. */
export function keysTooOld(folder: string, trees: readonly string[]): HostError {
  const which = trees.map((name) => join(folder, name)).join(", ");
  return new HostError(
    "data_key_missing",
    `${join(folder, KEYS_FILE)} does not have the key of settings that are there: ${which}`,
    {
      hint: "an older keys.json was put back? restore the newest one from a backup; to do without these settings, move the named folders away",
    },
  );
}

export function lockIsNoFile(path: string): HostError {
  return new HostError("store_broken", `the data keys cannot be changed: ${path} is no file`, {
    hint: "move it away: nothing of Osprey's is kept there",
  });
}

/** What is said with an error when a recovery key was given and did not become valid. */
export const GIVEN_FOR_NOTHING = "the recovery key that was printed is not valid; the one before it still is";

export function keysBusy(folder: string): HostError {
  return new HostError("store_broken", `another process is changing the data keys in ${folder}`, { hint: "try again" });
}

export function keysUnwritable(folder: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof HostError || code === undefined) return error;
  return new HostError("store_broken", `the data keys in ${folder} cannot be read or written: ${code}`, {
    hint: "look at the folder's owner and mode, and at the room on the disk",
    cause: error,
  });
}
