// The keys that data keys are wrapped with, apart from the recovery key: in the keychain of the operating system where
// there is one that works, else in the key file.
//
//   <folder>/key-file     a line for each key: its id and the key in hexadecimal; mode 0600
//
// More than one line is there only while keys are changed: the new one is added before anything is wrapped with it, and
// the old one goes when nothing is any more.

import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { readSmallFile } from "../base/read-small-file.ts";
import { replaceFile } from "../base/replace-file.ts";
import type { KeyringStore } from "../config/keyring.ts";
import { HostError } from "../protocol/errors.ts";
import { DATA_KEYS_BYTES_MAX } from "../protocol/limits.ts";
import { KEY_BYTES, KEY_ID, newKeyId } from "./keys-file.ts";

export const KEY_FILE = "key-file";
/** The name under which a keychain keeps our keys; the account is the key's id. */
const KEYCHAIN_SERVICE = "osprey";
/** Set to `key-file`, the keychain is not used for new keys. */
const PROTECTION_VARIABLE = "OSAURUS_KEY_PROTECTION";

type Env = Readonly<Record<string, string | undefined>>;

export interface WrappingKey {
  readonly by: "keychain" | "key_file";
  readonly id: string;
  readonly key: Buffer;
}

export interface Place {
  readonly folder: string;
  readonly env: Env;
}

/** A new key. One of the keychain is kept there already; one for the key file is to be added to it under the lock. */
export async function makeWrappingKey({ env }: Place): Promise<WrappingKey> {
  const id = newKeyId();
  const key = randomBytes(KEY_BYTES);
  return { by: (await isKeptByKeychain(env, id, key)) ? "keychain" : "key_file", id, key };
}

/** The key with this id. Fails with `keyring_failed` or `data_key_missing`. */
export async function readWrappingKey(place: Place, by: WrappingKey["by"], id: string): Promise<Buffer> {
  return by === "key_file" ? keyOfFile(place.folder, id) : await keyOfKeychain(place.env, id);
}

/** Adds a line to the key file. Only under the lock of the data keys. */
export function addToKeyFile(folder: string, { id, key }: WrappingKey): void {
  writeKeyFile(folder, new Map([...readKeyFile(folder), [id, key]]));
}

/**
 * Forgets what nothing is wrapped with any more. Only under the lock of the data keys. Other lines of the key file are
 * left out; a keychain cannot be asked what it holds, so that its old key has to be named.
 */
export function keepInKeyFile(folder: string, ids: ReadonlySet<string>): void {
  const lines = readKeyFile(folder);
  const kept = new Map([...lines].filter(([id]) => ids.has(id)));
  if (kept.size === lines.size) return;
  if (kept.size === 0) rmSync(join(folder, KEY_FILE), { force: true });
  else writeKeyFile(folder, kept);
}

/** Takes a key out of the keychain. One that stays there because that fails opens nothing. */
export async function forgetInKeychain({ env }: Place, id: string): Promise<void> {
  await (await keychain(env)).delete(id).catch(() => undefined);
}

/** Whether to ask for a keychain at all: on Linux nothing is started where there is no message bus to ask. */
export function mayHaveKeychain(env: Env, platform: NodeJS.Platform = process.platform): boolean {
  if (env[PROTECTION_VARIABLE] === "key-file") return false;
  if (platform === "darwin") return env["HOME"] !== undefined;
  return platform === "linux" && (env["DBUS_SESSION_BUS_ADDRESS"] ?? "") !== "";
}

/** Writes the key and reads it again: a keychain that does not give back what it took is none. */
async function isKeptByKeychain(env: Env, id: string, key: Buffer): Promise<boolean> {
  if (!mayHaveKeychain(env)) return false;
  try {
    const store = await keychain(env);
    const [, kept] = await Promise.all([store.set(id, key.toString("hex")), store.get(id)]);
    return kept === key.toString("hex");
  } catch {
    return false;
  }
}

async function keyOfKeychain(env: Env, id: string): Promise<Buffer> {
  let text: string | undefined;
  try {
    text = await (await keychain(env)).get(id);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    throw new HostError("keyring_failed", error.message, {
      hint: 'unlock or start the keychain, or open what is encrypted with "osaurus secrets recover"',
      ...(error.details === undefined ? {} : { details: error.details }),
      cause: error,
    });
  }
  if (text === undefined || !/^[0-9a-f]{64}$/.test(text)) {
    throw dataKeyMissing("the keychain does not have the key any more that the data keys are wrapped with");
  }
  return Buffer.from(text, "hex");
}

async function keychain(env: Env): Promise<KeyringStore> {
  const { systemKeyring } = await import("../config/system-keyring.ts");
  return systemKeyring({ service: KEYCHAIN_SERVICE, env });
}

function keyOfFile(folder: string, id: string): Buffer {
  const path = join(folder, KEY_FILE);
  const keys = readKeyFile(folder);
  const key = keys.get(id);
  if (key !== undefined) return key;
  throw dataKeyMissing(keys.size === 0 ? `the key file ${path} is gone` : `the key file ${path} is another one`);
}

/** Lines that are none of ours are no keys. */
function readKeyFile(folder: string): Map<string, Buffer> {
  const path = join(folder, KEY_FILE);
  const file = readSmallFile(path, DATA_KEYS_BYTES_MAX);
  if (file !== undefined && file.text === undefined) throw dataKeyMissing(`the key file ${path}: ${file.problem}`);
  const lines = (file?.text ?? "").split("\n").map((line) => line.trim().split(" "));
  return new Map(
    lines.flatMap(([id = "", key = ""]): [string, Buffer][] =>
      KEY_ID.test(id) && /^[0-9a-f]{64}$/.test(key) ? [[id, Buffer.from(key, "hex")]] : [],
    ),
  );
}

function writeKeyFile(folder: string, keys: ReadonlyMap<string, Buffer>): void {
  const text = [...keys].map(([id, key]) => `${id} ${key.toString("hex")}\n`).join("");
  replaceFile(join(folder, KEY_FILE), text, { flush: true, followLinks: false });
}

export function dataKeyMissing(message: string): HostError {
  return new HostError("data_key_missing", message, {
    hint: 'put it back, or open what is encrypted with the recovery key: "osaurus secrets recover"',
  });
}
