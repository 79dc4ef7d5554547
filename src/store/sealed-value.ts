// One setting of a plugin as it lies on disk: where, and in which form. The names of files are keyed hashes; the content
// is sealed with AES-256-GCM and bound to its place, so that files cannot be swapped.

import { createHmac } from "node:crypto";
import { join } from "node:path";
import { readSmallBytes } from "../base/read-small-file.ts";
import { HostError } from "../protocol/errors.ts";
import { SETTING_FILE_BYTES_MAX } from "../protocol/limits.ts";
import type { DataKey } from "./data-keys.ts";
import { openSealed, sealBytes } from "./seal-bytes.ts";

/** The name of a value's file; a file under way to one has a longer name. */
export const VALUE_FILE = /^[0-9a-f]{64}$/;

export interface SecretName {
  readonly pluginId: string;
  readonly agentId: string;
  readonly key: string;
}

/** What a data key means for settings. */
export interface SealingKeys {
  readonly id: string;
  readonly naming: Buffer;
  readonly sealing: Buffer;
  /** The folder of its values, below the store's; ends in a slash, or is empty. */
  readonly tree: string;
}

export interface ValuePlace {
  /** Both begin at the folder of the key's values. */
  readonly folder: string;
  readonly path: string;
}

export interface SealedValue {
  /** Not there in values that were kept by hosts from before these were written down. */
  readonly plugin?: string;
  readonly agent?: string;
  readonly key: string;
  readonly value: string;
}

export function sealingKeys(key: DataKey): SealingKeys {
  return {
    id: key.id,
    naming: (key.names ?? key).derive("secrets naming"),
    sealing: key.derive("secrets sealing"),
    tree: treeOf(key),
  };
}

export function treeOf({ id, isFlat }: Pick<DataKey, "id" | "isFlat">): string {
  return isFlat ? "" : `${id}/`;
}

export function placeOf({ naming }: SealingKeys, { pluginId, agentId, key }: SecretName): ValuePlace {
  const folder = `${pluginFolderOf(naming, pluginId)}/${hashOf(naming, [pluginId, agentId])}`;
  return { folder, path: `${folder}/${hashOf(naming, [pluginId, agentId, key])}` };
}

/** Below it lie the values of all its agents. */
export function pluginFolderOf(naming: Buffer, pluginId: string): string {
  return hashOf(naming, [pluginId]);
}

/** The content of a value's file. */
export function seal({ sealing }: SealingKeys, path: string, content: SealedValue): Buffer {
  return sealBytes(sealing, path, Buffer.from(JSON.stringify(content)));
}

/** What is in the file at `path` below the folder of the key's values; nothing when there is none. Throws `store_broken`. */
export function readSealed(keys: SealingKeys, path: string, root: string): SealedValue | undefined {
  const where = join(root, path);
  const file = readSmallBytes(where, SETTING_FILE_BYTES_MAX);
  if (file === undefined) return undefined;
  if (file.bytes !== undefined) return unseal(keys, path, file.bytes, where);
  throw new HostError("store_broken", `a stored setting cannot be read: ${where}: ${file.problem}`, {
    hint: "look at the file's owner and mode, or set the value again",
  });
}

/**
 * What is in it. Throws `store_broken`.
 *
 * @param where for that error.
 */
function unseal({ sealing }: SealingKeys, path: string, sealed: Buffer, where: string): SealedValue {
  try {
    // Nobody without the key can have written this, so that it is of the form in which it was sealed.
    return JSON.parse(openSealed(sealing, path, sealed).toString("utf8")) as SealedValue;
  } catch (error) {
    throw new HostError("store_broken", `a stored setting cannot be decrypted: ${where}`, {
      hint: "the file was damaged or the key replaced; set the value again",
      cause: error,
    });
  }
}

function hashOf(naming: Buffer, names: readonly string[]): string {
  return createHmac("sha256", naming).update(JSON.stringify(names)).digest("hex");
}
