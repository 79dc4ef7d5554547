// `keys.json`: the data keys, each wrapped, and which of them is the current one. Nothing in it is of use to who has none
// of the keys that they are wrapped with: the keychain's, that of the key file, or the recovery key.

import { randomBytes } from "node:crypto";
import { join } from "node:path";
import * as z from "zod/mini";
import { readSmallFile } from "../base/read-small-file.ts";
import { replaceFile } from "../base/replace-file.ts";
import { HostError } from "../protocol/errors.ts";
import { DATA_KEYS_BYTES_MAX, DATA_KEYS_MAX } from "../protocol/limits.ts";
import { parseWith } from "../protocol/parse-with.ts";
import { openSealed, SEAL_BYTES, sealBytes } from "./seal-bytes.ts";

export const KEYS_FILE = "keys.json";
export const KEY_BYTES = 32;
const KEY_ID_BYTES = 16;
const VERSION = 1;

/** Of a data key, and of a key that wraps data keys. */
export const KEY_ID = /^[0-9a-f]{32}$/;

const KeyId = z.string().check(z.regex(KEY_ID));
const Wrap = z.object({
  by: z.enum(["keychain", "key_file", "recovery"]),
  /** The id of the key that it is wrapped with; for the recovery key, a new one for each. */
  key: KeyId,
  /** Base64 of nonce, tag and the encrypted key. */
  sealed: z.string().check(z.maxLength(200)),
});
const Entry = z.object({
  id: KeyId,
  created_at: z.string().check(z.maxLength(40)),
  wraps: z.array(Wrap).check(z.maxLength(8)),
  /** Its values lie where they were kept before there were several keys: not in a folder of their own. */
  flat: z.optional(z.literal(true)),
  /** The names of its values are made with that other key. */
  names_of: z.optional(KeyId),
});
const KeysFile = z
  .object({
    version: z.literal(VERSION),
    current: KeyId,
    /** Being made by a rekey: what is encrypted with it is a part at most, and nobody's but that rekey's. */
    pending: z.optional(KeyId),
    keys: z.array(Entry).check(z.minLength(1), z.maxLength(DATA_KEYS_MAX)),
  })
  .check(
    z.refine(({ current, keys }) => keys.some(({ id }) => id === current), "the current key is not among the keys"),
  );

export type Wrap = z.infer<typeof Wrap>;
export type KeyEntry = z.infer<typeof Entry>;
export type KeysFile = z.infer<typeof KeysFile>;

export function newKeyId(): string {
  return randomBytes(KEY_ID_BYTES).toString("hex");
}

/** The file's content; nothing when there is none. Throws `store_broken`. */
export function readKeysFile(folder: string): KeysFile | undefined {
  const path = join(folder, KEYS_FILE);
  const file = readSmallFile(path, DATA_KEYS_BYTES_MAX);
  if (file === undefined) return undefined;
  if (file.text === undefined) throw damaged(path, file.problem);
  let json: unknown;
  try {
    json = JSON.parse(file.text);
  } catch {
    throw damaged(path, "it is not JSON");
  }
  const { version } = (json ?? {}) as { version?: unknown };
  if (typeof version === "number" && version > VERSION) {
    throw new HostError("store_broken", `${path} was written by a newer Osprey (format ${version})`, {
      hint: "use that version or a newer one",
    });
  }
  const parsed = parseWith(KeysFile, json);
  if ("problem" in parsed) throw damaged(path, parsed.problem);
  return parsed.data;
}

/** Replaces the file; it is on the disk when this returns. */
export function writeKeysFile(folder: string, content: KeysFile): void {
  replaceFile(join(folder, KEYS_FILE), `${JSON.stringify(content, null, 2)}\n`, { flush: true, followLinks: false });
}

/** A data key, encrypted with another key and bound to both of their names. */
export function wrap(dataKeyId: string, dataKey: Buffer, by: Wrap["by"], wrapping: { id: string; key: Buffer }): Wrap {
  const sealed = sealBytes(wrapping.key, boundTo(dataKeyId, by, wrapping.id), dataKey).toString("base64");
  return { by, key: wrapping.id, sealed };
}

/** The data key; nothing when the wrapping key is another one, or the wrap was changed. */
export function unwrap(dataKeyId: string, { by, key, sealed }: Wrap, wrappingKey: Buffer): Buffer | undefined {
  const bytes = Buffer.from(sealed, "base64");
  if (bytes.length !== SEAL_BYTES + KEY_BYTES) return undefined;
  try {
    return openSealed(wrappingKey, boundTo(dataKeyId, by, key), bytes);
  } catch {
    return undefined;
  }
}

function boundTo(dataKeyId: string, by: string, wrappingId: string): string {
  return `osprey data key ${dataKeyId} ${by} ${wrappingId}`;
}

function damaged(path: string, problem: string): HostError {
  return new HostError("store_broken", `${path} is damaged: ${problem}`, {
    hint: "restore it from a backup; it was left as it is, and without it nothing that is encrypted can be read",
  });
}
