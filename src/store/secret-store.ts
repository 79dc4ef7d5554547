// The settings and secrets of native plugins, one set for each pair of plugin and agent, encrypted on disk.
//
//   <folder>/<data key>/<plugin>/<plugin and agent>/<all>     one value; the names are keyed hashes
//
// Every value is a file of its own: writing one is a single rename, so that two processes never lose each other's
// entries and a kill at any moment leaves the old value or the new one. What is in a file: `sealed-value.ts`. Values of a
// data folder from before there were several data keys lie in the folder itself.
//
// All values of a pair are kept in memory, because every call of a tool needs them. Another process may change them:
// each change of one gives the pair's folder a new time, which is looked at again after SECRETS_FRESH_MS.
//
// Another process may also encrypt everything anew while this one works. Its change counts from one moment on, and what is
// encrypted with the old key is removed after that: so whoever read or wrote looks afterwards whether the key is still
// the current one, and if it is not, does it again.

import { randomBytes } from "node:crypto";
import { type BigIntStats, statSync } from "node:fs";
import { readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "../base/make-folder.ts";
import { HostError } from "../protocol/errors.ts";
import { SECRETS_FRESH_MS } from "../protocol/limits.ts";
import { type DataKey, DataKeys } from "./data-keys.ts";
import { KnownValues, NO_VALUES } from "./known-values.ts";
import {
  placeOf,
  pluginFolderOf,
  readSealed,
  type SealedValue,
  type SealingKeys,
  type SecretName,
  seal,
  sealingKeys,
  VALUE_FILE,
} from "./sealed-value.ts";
import { valuesBelow } from "./secret-tree.ts";

/** The clock of a file system may be this coarse: a folder that was changed just now may change without showing it. */
const CLOCK_MS_MAX = 2_000;

type Values = ReadonlyMap<string, string>;

const NONE: Values = new Map();

/** What is known of one pair. */
interface Pair {
  values: Values | undefined;
  /** Set while they are read. */
  reading: Promise<Values> | undefined;
  /** On the clock of `performance.now()`: from then on it is looked whether they changed. */
  freshUntil: number;
  /** Data key and folder as they were when they were read; undefined when changes after that might not show. */
  seen: string | undefined;
  /** One up for each change of our own: what was read before one is not kept after it. */
  changes: number;
}

/** A value with its owner. */
export interface SecretEntry extends SecretName {
  readonly value: string;
}

export interface Everything {
  readonly entries: readonly SecretEntry[];
  /** Of files that could not be read: which, and why. */
  readonly unreadable: readonly HostError[];
}

export interface SecretStoreOptions {
  /** What the user should know of a plugin's settings: one line. */
  warn?(pluginId: string, text: string): void;
}

export class SecretStore {
  readonly #folder: string;
  readonly #keys: DataKeys;
  readonly #pairs = new Map<string, Map<string, Pair>>();
  readonly #known = new Map<string, KnownValues>();
  readonly #options: SecretStoreOptions;
  /** What was warned of. */
  readonly #warned = new Set<string>();
  #sealing: SealingKeys | undefined;

  /**
   * @param folder where the files lie; made when the first value is written.
   * @param keys what they are encrypted with; without it, keys in the same folder that no keychain is asked for.
   */
  constructor(folder: string, keys: DataKeys = new DataKeys({ folder, env: {} }), options: SecretStoreOptions = {}) {
    this.#options = options;
    this.#folder = folder;
    this.#keys = keys;
  }

  /** The value, or nothing. Fails with `store_broken` when there is one that cannot be read, and as `DataKeys.current` does. */
  async get(name: SecretName): Promise<string | undefined> {
    const read = await this.#reading(async (keys) => await this.#read(keys, placeOf(keys, name).path));
    if (read !== undefined) this.#knownOf(name.pluginId).note(read.value);
    return read?.value;
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
   * others changed soon after. One that cannot be read is left out with a warning: the others are needed all the same.
   * Fails with `store_broken` when the folder cannot be read.
   */
  all(pluginId: string, agentId: string): Values | Promise<Values> {
    const pair = this.#pair(pluginId, agentId);
    if (pair.values !== undefined && performance.now() < pair.freshUntil) return pair.values;
    return pair.reading ?? this.#refreshed(pair, pluginId, agentId);
  }

  /**
   * Reads every value of the plugin, of all agents, so that `knownValues` has them. Never fails: what cannot be read is no
   * value that anybody could have got from here. No keychain is asked where nothing is kept.
   */
  async noteAll(pluginId: string): Promise<void> {
    try {
      if (this.#peek() === "none" || this.#isEmpty()) return;
      for (const { value } of await this.#entriesOf(pluginId)) this.#knownOf(pluginId).note(value);
    } catch {
      // Whoever needs a value hears of it.
    }
  }

  /** Somebody else changed a value of this pair: that counts at once. */
  lookAgain(pluginId: string, agentId: string): void {
    forget(this.#pair(pluginId, agentId));
  }

  /** What is kept for a plugin, in order: names, never values. */
  async list(pluginId: string): Promise<{ agentId: string; key: string }[]> {
    return (await this.#entriesOf(pluginId)).map(({ agentId, key }) => ({ agentId, key }));
  }

  /** The agents for which something is kept for a plugin, in order. */
  async agentsOf(pluginId: string): Promise<string[]> {
    return [...new Set((await this.#entriesOf(pluginId)).map(({ agentId }) => agentId))];
  }

  /**
   * Everything, in order. Of values from before the names of their owners were written down, those that belong to one of
   * the candidates and the default agent are found; the owners of the others are empty texts.
   */
  async everything(candidates: Iterable<string> = []): Promise<Everything> {
    const read = await this.#reading(async (keys) => {
      const unreadable: HostError[] = [];
      const onUnreadable = (_: string, reason: HostError) => void unreadable.push(reason);
      return { found: valuesBelow(this.#folder, keys, { candidates, onUnreadable }), unreadable };
    });
    const { found, unreadable } = read ?? { found: [], unreadable: [] };
    const entries = found.map(({ name, sealed: { key, value } }) => ({
      pluginId: "",
      agentId: "",
      ...name,
      key,
      value,
    }));
    return { entries: inOrder(entries), unreadable };
  }

  /** Keeps the value: a crash of this process after this resolves cannot lose it. Fails with `store_broken`. */
  async set(name: SecretName, value: string): Promise<void> {
    this.#knownOf(name.pluginId).note(value);
    await this.#change(name, async () => {
      await this.#writing(await this.#keys.ensure(), async (keys) => {
        const place = placeOf(keys, name);
        const content = { plugin: name.pluginId, agent: name.agentId, key: name.key, value };
        makeFolder(join(this.#folder, keys.tree, place.folder));
        await writeWhole(join(this.#folder, keys.tree, place.path), seal(keys, place.path, content));
      });
    });
  }

  /** Forgets the value; nothing happens when there is none. */
  async delete(name: SecretName): Promise<void> {
    await this.#change(name, async () => {
      await this.#writing(await this.#keys.current(), async (keys) => {
        await rm(join(this.#folder, keys.tree, placeOf(keys, name).path), { force: true });
      });
    });
  }

  /** Forgets everything of a plugin, for all agents. */
  async deletePlugin(pluginId: string): Promise<void> {
    try {
      await this.#writing(await this.#keys.current(), async (keys) => {
        const path = join(this.#folder, keys.tree, pluginFolderOf(keys.naming, pluginId));
        await rm(path, { recursive: true, force: true });
      });
    } catch (error) {
      throw unwritable(this.#folder, error);
    } finally {
      for (const pair of this.#pairs.get(pluginId)?.values() ?? []) forget(pair);
    }
  }

  /** Writes with the current key; once more when another one became the current one meanwhile. */
  async #writing(current: DataKey | undefined, write: (keys: SealingKeys) => Promise<void>): Promise<void> {
    let key = current;
    while (key !== undefined) {
      try {
        await write(this.#sealingKeys(key));
      } catch (error) {
        // Its folder may have been removed in the middle.
        if (await this.#keys.isStillCurrent(key)) throw error;
      }
      if (await this.#keys.isStillCurrent(key)) return;
      key = await this.#keys.current();
    }
  }

  /** Reads with the current key; once more when another one became the current one meanwhile. */
  async #reading<T>(read: (keys: SealingKeys) => Promise<T>): Promise<T | undefined> {
    for (;;) {
      const key = await this.#keys.current();
      if (key === undefined) return undefined;
      const isStillCurrent = () => this.#keys.file()?.current === key.id;
      try {
        const value = await read(this.#sealingKeys(key));
        if (isStillCurrent()) return value;
      } catch (error) {
        if (isStillCurrent()) throw error instanceof HostError ? error : unreadable(error, this.#folder);
      }
    }
  }

  async #entriesOf(pluginId: string): Promise<SecretEntry[]> {
    const found = await this.#reading(async (keys) =>
      valuesBelow(this.#folder, keys, {
        within: pluginFolderOf(keys.naming, pluginId),
        candidates: [pluginId],
        onUnreadable: (path, reason) => this.#warnOnce(pluginId, path, reason),
      }),
    );
    return inOrder((found ?? []).flatMap(({ name, sealed }) => (name ? [{ ...name, value: sealed.value }] : [])));
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

  #warnOnce(pluginId: string, path: string, { message }: HostError): void {
    if (this.#warned.has(path)) return;
    this.#warned.add(path);
    this.#options.warn?.(pluginId, `${message}; the plugin works without it until it is set again`);
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
    const key = this.#peek();
    // As long as there is no key, nothing was ever stored.
    if (key === "none" || (key === "closed" && this.#isEmpty())) return kept(pair, NONE, undefined);
    if (typeof key !== "string" && pair.values !== undefined && pair.seen !== undefined) {
      const keys = this.#sealingKeys(key);
      if (this.#stateOf(keys, placeOf(keys, { pluginId, agentId, key: "" }).folder) === pair.seen)
        return kept(pair, pair.values, pair.seen);
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
    const read = await this.#reading(async (keys) => {
      const { folder } = placeOf(keys, { pluginId, agentId, key: "" });
      const seen = this.#stateOf(keys, folder, Date.now());
      const files = await readdir(join(this.#folder, keys.tree, folder)).catch((error: unknown) => {
        if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
        throw unreadable(error, folder);
      });
      const paths = files.filter((file) => VALUE_FILE.test(file)).map((file) => `${folder}/${file}`);
      const found = paths.flatMap((path) => this.#readOrWarn(keys, path, pluginId) ?? []);
      return { found, seen };
    });
    if (read === undefined) return { values: NONE, seen: undefined };
    // In an order that does not depend on the keyed names.
    const sorted = read.found.sort((a, b) => (a.key < b.key ? -1 : 1));
    return { values: new Map(sorted.map(({ key, value }) => [key, value])), seen: read.seen };
  }

  #readOrWarn(keys: SealingKeys, path: string, pluginId: string): SealedValue | undefined {
    try {
      return this.#read(keys, path);
    } catch (error) {
      // Of a key that is not the current one any more, everything is read again.
      if (!(error instanceof HostError) || this.#keys.file()?.current !== keys.id) throw error;
      this.#warnOnce(pluginId, path, error);
      return undefined;
    }
  }

  #read(keys: SealingKeys, path: string): SealedValue | undefined {
    return readSealed(keys, path, join(this.#folder, keys.tree));
  }

  /**
   * The same text for as long as the key is the same and nothing in the folder was made, replaced or removed.
   *
   * @param now nothing is given for a folder that was changed so shortly before that more changes might not show.
   */
  #stateOf(keys: SealingKeys, folder: string, now?: number): string | undefined {
    const path = join(this.#folder, keys.tree, folder);
    const stat: BigIntStats | undefined = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (stat === undefined) return `${keys.id} none`;
    if (now !== undefined && now - Number(stat.mtimeMs) <= CLOCK_MS_MAX) return undefined;
    return `${keys.id} ${stat.ino} ${stat.mtimeNs}`;
  }

  /** As `DataKeys.peek`; what is wrong with the keys is told by those who wait for them. */
  #peek(): DataKey | "none" | "closed" {
    try {
      return this.#keys.peek();
    } catch {
      return "closed";
    }
  }

  /** Whether nothing is stored, as far as that shows without opening the keys, for which a keychain may have to be asked. */
  #isEmpty(): boolean {
    try {
      const file = this.#keys.file();
      const current = file?.keys.find(({ id }) => id === file.current);
      if (current === undefined || current.flat || this.#keys.isTooOld) return false;
      return statSync(join(this.#folder, current.id), { throwIfNoEntry: false }) === undefined;
    } catch {
      return false;
    }
  }

  #sealingKeys(key: DataKey): SealingKeys {
    if (this.#sealing?.id !== key.id) this.#sealing = sealingKeys(key);
    return this.#sealing;
  }
}

function inOrder(entries: SecretEntry[]): SecretEntry[] {
  const text = ({ pluginId, agentId, key }: SecretEntry) => JSON.stringify([pluginId, agentId, key]);
  return entries
    .map((entry) => ({ entry, order: text(entry) }))
    .sort((a, b) => (a.order < b.order ? -1 : 1))
    .map(({ entry }) => entry);
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

function unreadable(error: unknown, path: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) return error;
  return new HostError("store_broken", `a stored setting cannot be read: ${code} at ${path}`, {
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
