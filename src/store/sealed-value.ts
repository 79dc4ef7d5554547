// One setting of a plugin as it lies on disk: where, and in which form. The names of files are keyed hashes; the content
// is sealed with AES-256-GCM and bound to its place, so that files cannot be swapped.

import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto";
import { HostError } from "../protocol/errors.ts";
import type { DataKey } from "./data-keys.ts";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
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
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", sealing, nonce).setAAD(Buffer.from(path));
  const body = Buffer.concat([cipher.update(JSON.stringify(content), "utf8"), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]);
}

/**
 * What is in it. Throws `store_broken`.
 *
 * @param where for that error.
 */
export function unseal({ sealing }: SealingKeys, path: string, sealed: Buffer, where: string): SealedValue {
  try {
    const nonce = sealed.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv("aes-256-gcm", sealing, nonce).setAAD(Buffer.from(path));
    decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    const body = sealed.subarray(NONCE_BYTES + TAG_BYTES);
    // Nobody without the key can have written this, so that it is of the form in which it was sealed.
    return JSON.parse(Buffer.concat([decipher.update(body), decipher.final()]).toString("utf8")) as SealedValue;
  } catch (error) {
    throw new HostError("store_broken", `a stored secret in ${where} cannot be decrypted`, {
      hint: "the file was damaged or the key replaced; set the value again",
      cause: error,
    });
  }
}

function hashOf(naming: Buffer, names: readonly string[]): string {
  return createHmac("sha256", naming).update(JSON.stringify(names)).digest("hex");
}
