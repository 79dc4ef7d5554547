// The settings and secrets of native plugins, one set for each pair of plugin and agent, encrypted on disk.
//
// Every value is a file of its own: writing one is a single rename, so that two processes never lose each other's
// entries and a kill at any moment leaves the old value or the new one. The file's name is a keyed hash of plugin,
// agent and key; its content is AES-256-GCM, bound to that name, so that files cannot be swapped. The key is random,
// made at the first write and kept beside the files with mode 0600.

import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto";
import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "../base/make-folder.ts";
import { HostError } from "../protocol/errors.ts";

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export interface SecretName {
  readonly pluginId: string;
  readonly agentId: string;
  readonly key: string;
}

interface Keys {
  readonly naming: Buffer;
  readonly sealing: Buffer;
}

export class SecretStore {
  readonly #folder: string;
  #keys: Promise<Keys> | undefined;

  /** @param folder where the files lie; made when the first value is written. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The value, or nothing. Fails with `store_broken` when there is one that cannot be read. */
  async get(name: SecretName): Promise<string | undefined> {
    const keys = await this.#existingKeys();
    if (!keys) return undefined;
    const id = fileId(keys, name);
    const sealed = await readIfThere(join(this.#folder, id));
    return sealed && open(keys, id, sealed, this.#folder);
  }

  /** Keeps the value: a crash of this process after this resolves cannot lose it. Fails with `store_broken`. */
  async set(name: SecretName, value: string): Promise<void> {
    try {
      makeFolder(this.#folder);
      const keys = (await this.#existingKeys()) ?? (await this.#makeKeys());
      const id = fileId(keys, name);
      await writeWhole(join(this.#folder, id), seal(keys, id, value));
    } catch (error) {
      throw unwritable(this.#folder, error);
    }
  }

  /** Forgets the value; nothing happens when there is none. */
  async delete(name: SecretName): Promise<void> {
    const keys = await this.#existingKeys();
    if (!keys) return;
    try {
      await rm(join(this.#folder, fileId(keys, name)), { force: true });
    } catch (error) {
      throw unwritable(this.#folder, error);
    }
  }

  async #existingKeys(): Promise<Keys | undefined> {
    if (!this.#keys) {
      const secret = await readIfThere(this.#keyFile);
      if (!secret) return undefined;
      this.#keys ??= Promise.resolve(derive(secret, this.#keyFile));
    }
    return await this.#keys;
  }

  /** Makes the key. When two processes do so at once, the first wins and both use it. */
  async #makeKeys(): Promise<Keys> {
    const temporary = `${this.#keyFile}.${randomBytes(6).toString("hex")}`;
    await writeFile(temporary, randomBytes(KEY_BYTES), { mode: 0o600, flush: true });
    try {
      await link(temporary, this.#keyFile);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    } finally {
      await rm(temporary, { force: true });
    }
    const keys = derive(await readFile(this.#keyFile), this.#keyFile);
    this.#keys = Promise.resolve(keys);
    return keys;
  }

  get #keyFile(): string {
    return join(this.#folder, "key");
  }
}

function derive(secret: Buffer, path: string): Keys {
  if (secret.length !== KEY_BYTES) {
    throw new HostError(
      "store_broken",
      `the key file ${path} is damaged: it has ${secret.length} bytes, not ${KEY_BYTES}`,
      {
        hint: "restore it from a backup; without it the stored secrets cannot be read",
      },
    );
  }
  const part = (use: string) => Buffer.from(hkdfSync("sha256", secret, "", `osprey secrets ${use}`, KEY_BYTES));
  return { naming: part("naming"), sealing: part("sealing") };
}

function fileId(keys: Keys, { pluginId, agentId, key }: SecretName): string {
  return createHmac("sha256", keys.naming)
    .update(JSON.stringify([pluginId, agentId, key]))
    .digest("hex");
}

function seal(keys: Keys, id: string, value: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", keys.sealing, nonce).setAAD(Buffer.from(id));
  const body = Buffer.concat([cipher.update(value, "utf8"), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]);
}

function open(keys: Keys, id: string, sealed: Buffer, folder: string): string {
  try {
    const nonce = sealed.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv("aes-256-gcm", keys.sealing, nonce).setAAD(Buffer.from(id));
    decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    const body = sealed.subarray(NONCE_BYTES + TAG_BYTES);
    return Buffer.concat([decipher.update(body), decipher.final()]).toString("utf8");
  } catch (error) {
    throw new HostError("store_broken", `a stored secret in ${folder} cannot be decrypted`, {
      hint: "the file was damaged or the key replaced; set the value again",
      cause: error,
    });
  }
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    throw new HostError("store_broken", `a stored setting cannot be read: ${code ?? "no code"} at ${path}`, {
      hint: "look at the folder's owner and mode",
      cause: error,
    });
  }
}

function unwritable(folder: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof HostError || code === undefined) return error;
  return new HostError("store_broken", `settings cannot be written to ${folder}: ${code}`, {
    hint: "look at the folder's owner and mode, and at the room on the disk",
    cause: error,
  });
}

/** Replaces a file in one step: readers see the old content or the new, never a part. */
async function writeWhole(path: string, content: Buffer): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    await writeFile(temporary, content, { mode: 0o600, flush: true });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
