// The settings and secrets of native plugins, one set for each pair of plugin and agent, encrypted on disk.
//
//   <folder>/key                                   32 random bytes, made at the first write, mode 0600
//   <folder>/<plugin>/<plugin and agent>/<all>     one value; the names are keyed hashes
//
// Every value is a file of its own: writing one is a single rename, so that two processes never lose each other's
// entries and a kill at any moment leaves the old value or the new one. A file holds its key and its value, sealed with
// AES-256-GCM and bound to the file's name, so that files cannot be swapped.
//
// All values of a pair are kept in memory, because every call of a tool needs them. Another process may change them:
// each change of one gives the pair's folder a new time, which is looked at again after SECRETS_FRESH_MS.

import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto";
import { type BigIntStats, existsSync, statSync } from "node:fs";
import { link, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "../base/make-folder.ts";
import { mapLimit } from "../base/map-limit.ts";
import { HostError } from "../protocol/errors.ts";
import { SECRETS_FRESH_MS } from "../protocol/limits.ts";
import { KnownValues, NO_VALUES } from "./known-values.ts";

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const READ_PARALLEL_MAX = 16;
/** The name of a value's file; a file under way to one has a longer name. */
const VALUE_FILE = /^[0-9a-f]{64}$/;
/** The clock of a file system may be this coarse: a folder that was changed just now may change without showing it. */
const CLOCK_MS_MAX = 2_000;

export interface SecretName {
  readonly pluginId: string;
  readonly agentId: string;
  readonly key: string;
}

type Values = ReadonlyMap<string, string>;

const NONE: Values = new Map();

interface Keys {
  readonly naming: Buffer;
  readonly sealing: Buffer;
}

/** What is known of one pair. */
interface Pair {
  values: Values | undefined;
  /** Set while they are read. */
  reading: Promise<Values> | undefined;
  /** On the clock of `performance.now()`: from then on it is looked whether they changed. */
  freshUntil: number;
  /** The folder as it was when they were read; undefined when changes after that might not show. */
  seen: string | undefined;
  /** One up for each change of our own: what was read before one is not kept after it. */
  changes: number;
}

export class SecretStore {
  readonly #folder: string;
  readonly #pairs = new Map<string, Map<string, Pair>>();
  readonly #known = new Map<string, KnownValues>();
  #keys: Keys | undefined;

  /** @param folder where the files lie; made when the first value is written. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The value, or nothing. Fails with `store_broken` when there is one that cannot be read. */
  async get(name: SecretName): Promise<string | undefined> {
    const keys = await this.#existingKeys();
    const value = keys && (await this.#read(keys, placeOf(keys, name)))?.value;
    if (value !== undefined) this.#knownOf(name.pluginId).note(value);
    return value;
  }

  /**
   * Every value that this process has read or written for the plugin, of all agents; of those that are no values any more
   * the newest KNOWN_VALUES_MAX. The same list as before while there is nothing new.
   */
  knownValues(pluginId: string): readonly string[] {
    return this.#known.get(pluginId)?.list() ?? NO_VALUES;
  }

  /**
   * All values by their keys; the same map as before while nothing changed. What this store changed counts at once, what
   * others changed soon after. Fails with `store_broken` when one of them cannot be read.
   */
  all(pluginId: string, agentId: string): Values | Promise<Values> {
    const pair = this.#pair(pluginId, agentId);
    if (pair.values !== undefined && performance.now() < pair.freshUntil) return pair.values;
    return pair.reading ?? this.#refreshed(pair, pluginId, agentId);
  }

  /** Keeps the value: a crash of this process after this resolves cannot lose it. Fails with `store_broken`. */
  async set(name: SecretName, value: string): Promise<void> {
    this.#knownOf(name.pluginId).note(value);
    await this.#change(name, async () => {
      makeFolder(this.#folder);
      const keys = (await this.#existingKeys()) ?? (await this.#makeKeys());
      const place = placeOf(keys, name);
      makeFolder(join(this.#folder, place.folder));
      await writeWhole(join(this.#folder, place.path), seal(keys, place.path, { key: name.key, value }));
    });
  }

  /** Forgets the value; nothing happens when there is none. */
  async delete(name: SecretName): Promise<void> {
    await this.#change(name, async () => {
      const keys = await this.#existingKeys();
      if (keys) await rm(join(this.#folder, placeOf(keys, name).path), { force: true });
    });
  }

  /** Forgets everything of a plugin, for all agents. */
  async deletePlugin(pluginId: string): Promise<void> {
    try {
      const keys = await this.#existingKeys();
      if (keys) await rm(join(this.#folder, hashOf(keys, [pluginId])), { recursive: true, force: true });
    } catch (error) {
      throw unwritable(this.#folder, error);
    } finally {
      for (const pair of this.#pairs.get(pluginId)?.values() ?? []) forget(pair);
    }
  }

  /** What was in memory is forgotten before and after: nobody reads the old value once this has resolved. */
  async #change({ pluginId, agentId }: SecretName, work: () => Promise<void>): Promise<void> {
    const pair = this.#pair(pluginId, agentId);
    try {
      await work();
    } catch (error) {
      throw unwritable(this.#folder, error);
    } finally {
      forget(pair);
    }
  }

  #knownOf(pluginId: string): KnownValues {
    let known = this.#known.get(pluginId);
    if (known === undefined) {
      known = new KnownValues();
      this.#known.set(pluginId, known);
    }
    return known;
  }

  #pair(pluginId: string, agentId: string): Pair {
    let agents = this.#pairs.get(pluginId);
    if (agents === undefined) {
      agents = new Map();
      this.#pairs.set(pluginId, agents);
    }
    let pair = agents.get(agentId);
    if (pair === undefined) {
      pair = { values: undefined, reading: undefined, freshUntil: 0, seen: undefined, changes: 0 };
      agents.set(agentId, pair);
    }
    return pair;
  }

  #refreshed(pair: Pair, pluginId: string, agentId: string): Values | Promise<Values> {
    // As long as there is no key, nothing was ever stored.
    if (this.#keys === undefined && !existsSync(this.#keyFile)) return kept(pair, NONE, undefined);
    if (this.#keys !== undefined && pair.values !== undefined && pair.seen !== undefined) {
      const { folder } = placeOf(this.#keys, { pluginId, agentId, key: "" });
      if (stateOf(this.#stat(folder)) === pair.seen) return kept(pair, pair.values, pair.seen);
    }
    const { changes } = pair;
    const reading = this.#readAll(pluginId, agentId).then(
      ({ values, seen }) => {
        if (pair.reading === reading) pair.reading = undefined;
        this.#knownOf(pluginId).hold(agentId, values);
        return pair.changes === changes ? kept(pair, values, seen) : values;
      },
      (error: unknown) => {
        if (pair.reading === reading) pair.reading = undefined;
        throw error;
      },
    );
    pair.reading = reading;
    return reading;
  }

  async #readAll(pluginId: string, agentId: string): Promise<{ values: Values; seen: string | undefined }> {
    const keys = await this.#existingKeys();
    if (!keys) return { values: NONE, seen: undefined };
    const { folder } = placeOf(keys, { pluginId, agentId, key: "" });
    const now = Date.now();
    const stat = this.#stat(folder);
    const isSettled = stat !== undefined && now - Number(stat.mtimeMs) > CLOCK_MS_MAX;
    const files = await readdir(join(this.#folder, folder)).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw unreadable(error, folder);
    });
    const paths = files.filter((file) => VALUE_FILE.test(file)).map((file) => `${folder}/${file}`);
    const read = await mapLimit(paths, READ_PARALLEL_MAX, (path) => this.#read(keys, { path }));
    const found = read.filter((one) => one !== undefined).map(({ key, value }): [string, string] => [key, value]);
    // In an order that does not depend on the keyed names.
    const sorted = found.sort(([a], [b]) => (a < b ? -1 : 1));
    return { values: new Map(sorted), seen: stat === undefined || isSettled ? stateOf(stat) : undefined };
  }

  async #read(keys: Keys, { path }: { readonly path: string }): Promise<Sealed | undefined> {
    const sealed = await readIfThere(join(this.#folder, path));
    return sealed && open(keys, path, sealed, this.#folder);
  }

  #stat(folder: string): BigIntStats | undefined {
    return statSync(join(this.#folder, folder), { bigint: true, throwIfNoEntry: false });
  }

  async #existingKeys(): Promise<Keys | undefined> {
    if (!this.#keys) {
      const secret = await readIfThere(this.#keyFile);
      if (!secret) return undefined;
      this.#keys ??= derive(secret, this.#keyFile);
    }
    return this.#keys;
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
    this.#keys = derive(await readFile(this.#keyFile), this.#keyFile);
    return this.#keys;
  }

  get #keyFile(): string {
    return join(this.#folder, "key");
  }
}

function kept(pair: Pair, values: Values, seen: string | undefined): Values {
  pair.values = values;
  pair.seen = seen;
  pair.freshUntil = performance.now() + SECRETS_FRESH_MS;
  return values;
}

function forget(pair: Pair): void {
  pair.changes++;
  pair.values = undefined;
  pair.seen = undefined;
  pair.reading = undefined;
}

/** The same text for as long as nothing in the folder was made, replaced or removed. */
function stateOf(stat: BigIntStats | undefined): string {
  return stat === undefined ? "none" : `${stat.ino} ${stat.mtimeNs}`;
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

interface Place {
  /** Both begin at the store's folder. */
  readonly folder: string;
  readonly path: string;
}

function placeOf(keys: Keys, { pluginId, agentId, key }: SecretName): Place {
  const folder = `${hashOf(keys, [pluginId])}/${hashOf(keys, [pluginId, agentId])}`;
  return { folder, path: `${folder}/${hashOf(keys, [pluginId, agentId, key])}` };
}

function hashOf(keys: Keys, names: readonly string[]): string {
  return createHmac("sha256", keys.naming).update(JSON.stringify(names)).digest("hex");
}

interface Sealed {
  readonly key: string;
  readonly value: string;
}

function seal(keys: Keys, id: string, content: Sealed): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", keys.sealing, nonce).setAAD(Buffer.from(id));
  const body = Buffer.concat([cipher.update(JSON.stringify(content), "utf8"), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]);
}

function open(keys: Keys, id: string, sealed: Buffer, folder: string): Sealed {
  try {
    const nonce = sealed.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv("aes-256-gcm", keys.sealing, nonce).setAAD(Buffer.from(id));
    decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    const body = sealed.subarray(NONCE_BYTES + TAG_BYTES);
    // Nobody without the key can have written this, so that it is of the form in which it was sealed.
    return JSON.parse(Buffer.concat([decipher.update(body), decipher.final()]).toString("utf8")) as Sealed;
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
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw unreadable(error, path);
  }
}

function unreadable(error: unknown, path: string): HostError {
  const { code } = error as NodeJS.ErrnoException;
  return new HostError("store_broken", `a stored setting cannot be read: ${code ?? "no code"} at ${path}`, {
    hint: "look at the folder's owner and mode",
    cause: error,
  });
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
