// The keys that everything encrypted in the data folder hangs on, and what they themselves are wrapped with.
//
//   <data>/Secrets/keys.json     the data keys, each wrapped twice: with a key of the keychain or of the key file, and
//                                with the recovery key, which is given to the user once and kept nowhere
//   <data>/Secrets/key-file      the wrapping key where there is no keychain
//
// They are made when something is encrypted for the first time, under a lock: of two processes that begin at once, the
// first wins and both use its keys. What changes them later is in `change-data-keys.ts`.

import { hkdfSync, randomBytes } from "node:crypto";
import { type BigIntStats, existsSync, lstatSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { withFileLock } from "../base/file-lock.ts";
import { readSmallBytes } from "../base/read-small-file.ts";
import { DATA_KEYS_LOCK_MS_MAX } from "../protocol/limits.ts";
import { keysBusy, keysLost, keysTooOld, keysUnwritable, lockIsNoFile } from "./data-keys-errors.ts";
import { hasKeyOfBefore, hasTrees, KEY_OF_BEFORE, keyOfBefore, treesWithoutKey } from "./key-of-before.ts";
import {
  KEY_BYTES,
  KEYS_FILE,
  type KeyEntry,
  type KeysFile,
  newKeyId,
  readKeysFile,
  unwrap,
  type Wrap,
  wrap,
  writeKeysFile,
} from "./keys-file.ts";
import { makeRecoveryKey, recoveryWrappingKey } from "./recovery-key.ts";
import {
  addToKeyFile,
  dataKeyMissing,
  forgetInKeychain,
  makeWrappingKey,
  type Place,
  readWrappingKey,
  type WrappingKey,
} from "./wrapping-keys.ts";

/** One data key. New data is encrypted with the current one. */
export interface DataKey {
  readonly id: string;
  /** 32 bytes for one use; another use has others. */
  derive(use: string): Buffer;
  /** Settings that are encrypted with it lie in the folder itself; of the others, in a folder named after the key. */
  readonly isFlat?: boolean;
  /** The key that the names of its settings are made with, when that is another one. */
  readonly names?: DataKey;
}

export interface DataKeysOptions {
  /** `<data>/Secrets`. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /**
   * Called before new keys count: with the text that can open everything if all else is lost. Never given again. When it
   * throws, because the text could not be shown, nothing is changed.
   *
   * @param isFirst there was none before.
   */
  onRecoveryKey?(text: string, isFirst: boolean): void;
}

export class DataKeys {
  readonly #options: DataKeysOptions;
  readonly #bytes = new Map<string, Buffer>();
  readonly #keys = new Map<string, DataKey>();
  readonly #wrapping = new Map<string, Promise<Buffer>>();
  #file: KeysFile | undefined;
  /** The file as it was when it was read. */
  #seen: string | undefined;
  /** Folders of settings that no key in the file encrypts. */
  #treesWithoutKey: readonly string[] = [];
  #making: Promise<void> | undefined;

  constructor(options: DataKeysOptions) {
    this.#options = options;
  }

  /** The current key; nothing when there is none yet. Fails with `data_key_missing`, `keyring_failed` or `store_broken`. */
  async current(): Promise<DataKey | undefined> {
    let file = this.file();
    if (file === undefined) {
      if (!hasKeyOfBefore(this.folder)) {
        if (hasTrees(this.folder)) throw keysLost(this.folder);
        return undefined;
      }
      await this.#make();
      file = this.file()!;
    }
    if (this.#treesWithoutKey.length > 0) throw keysTooOld(this.folder, this.#treesWithoutKey);
    return await this.#keyOf(file, file.current);
  }

  /** The current key, made when there is none. */
  async ensure(): Promise<DataKey> {
    const current = await this.current();
    if (current !== undefined) {
      if (current.isFlat && hasKeyOfBefore(this.folder)) this.#removeKeyOfBefore(current.id);
      return current;
    }
    await this.#make();
    return (await this.current())!;
  }

  /** A key by its id, also one that is not the current one any more; nothing when it is not known. */
  async byId(id: string): Promise<DataKey | undefined> {
    const file = this.file() ?? ((await this.current()) && this.file());
    return file && (await this.#keyOf(file, id));
  }

  /** The ids of all keys, also of those that cannot be opened now. */
  ids(): string[] {
    return (this.file()?.keys ?? []).map(({ id }) => id);
  }

  /** Without waiting: the current key, that there is none, or that it takes `current()` to know. */
  peek(): DataKey | "none" | "closed" {
    const file = this.file();
    if (file !== undefined && this.#treesWithoutKey.length > 0) return "closed";
    if (file !== undefined) return this.#keys.get(file.current) ?? "closed";
    return hasKeyOfBefore(this.folder) || hasTrees(this.folder) ? "closed" : "none";
  }

  /**
   * Whether new data is still to be encrypted with this key, asked after data was written: when not, it has to be written
   * again with the current one. Waits for whoever is changing the keys.
   */
  async isStillCurrent(key: DataKey): Promise<boolean> {
    if (existsSync(this.#lockPath)) await this.locked(() => undefined);
    return this.file()?.current === key.id;
  }

  /** What is written about the keys; read again when another process replaced it. Throws `store_broken`. */
  file(): KeysFile | undefined {
    while (this.#readIfChanged()) {
      this.#treesWithoutKey = this.#file === undefined ? [] : treesWithoutKey(this.folder, this.#file);
      // A key is written down before anything is encrypted with it: then the file has changed in between.
      if (this.#treesWithoutKey.length === 0) break;
    }
    return this.#file;
  }

  /** Whether settings are there that no known key encrypts. */
  get isTooOld(): boolean {
    return this.file() !== undefined && this.#treesWithoutKey.length > 0;
  }

  #readIfChanged(): boolean {
    let stat: BigIntStats | undefined;
    try {
      stat = statSync(join(this.folder, KEYS_FILE), { bigint: true, throwIfNoEntry: false });
    } catch (error) {
      throw keysUnwritable(this.folder, error);
    }
    const seen = stat && `${stat.ino} ${stat.mtimeNs} ${stat.size}`;
    if (seen !== undefined && seen === this.#seen && this.#file !== undefined) return false;
    if (seen === undefined && this.#seen === undefined && this.#file === undefined) return false;
    this.#file = seen === undefined ? undefined : readKeysFile(this.folder);
    this.#seen = seen;
    return true;
  }

  get folder(): string {
    return this.#options.folder;
  }

  get place(): Place {
    return this.#options;
  }

  /** The bytes of a key that was opened; for wrapping it anew. */
  bytesOf(id: string): Buffer | undefined {
    return this.#bytes.get(id);
  }

  /** A key that was opened in another way than through its wrap. */
  adopt(id: string, bytes: Buffer): void {
    this.#bytes.set(id, bytes);
  }

  /** Throws when it could not be given: then the key must not come to count. */
  giveRecoveryKey(text: string, { isFirst }: { isFirst: boolean }): void {
    this.#options.onRecoveryKey?.(text, isFirst);
  }

  /** Runs `work` with what is written about the keys, while no other process changes it. */
  async locked<T>(work: (file: KeysFile | undefined, isStillOurs: () => boolean) => T): Promise<T> {
    let done: { value: T } | undefined;
    try {
      const isNoFile = lstatSync(this.#lockPath, { throwIfNoEntry: false })?.isFile() === false;
      if (isNoFile) throw lockIsNoFile(this.#lockPath); // Nobody gives that back: waiting is in vain.
      done = await withFileLock(this.#lockPath, DATA_KEYS_LOCK_MS_MAX, (isStillOurs) => work(this.file(), isStillOurs));
    } catch (error) {
      throw keysUnwritable(this.folder, error);
    }
    if (done === undefined) throw keysBusy(this.folder);
    return done.value;
  }

  get #lockPath(): string {
    return join(this.folder, `${KEYS_FILE}.lock`);
  }

  async #keyOf(file: KeysFile, id: string): Promise<DataKey | undefined> {
    const known = this.#keys.get(id);
    if (known !== undefined) return known;
    const entry = file.keys.find((one) => one.id === id);
    if (entry === undefined) return undefined;
    const bytes = this.#bytes.get(id) ?? (await this.#open(entry));
    this.#bytes.set(id, bytes);
    const names = entry.names_of === undefined ? undefined : await this.#keyOf(file, entry.names_of);
    const key = dataKey(id, bytes, { ...(entry.flat && { isFlat: true }), ...(names && { names }) });
    this.#keys.set(id, key);
    return key;
  }

  async #open(entry: KeyEntry): Promise<Buffer> {
    let failure: unknown = dataKeyMissing("nothing but the recovery key opens what is encrypted");
    for (const one of entry.wraps) {
      if (one.by === "recovery") continue;
      try {
        const bytes = unwrap(entry.id, one, await this.#wrappingKey(one.by, one.key));
        if (bytes !== undefined) return bytes;
        failure = dataKeyMissing(`${join(this.folder, KEYS_FILE)} does not fit the key that it is to be opened with`);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  #wrappingKey(by: WrappingKey["by"], id: string): Promise<Buffer> {
    let reading = this.#wrapping.get(id);
    if (reading === undefined) {
      reading = readWrappingKey(this.place, by, id);
      this.#wrapping.set(id, reading);
      reading.catch(() => this.#wrapping.delete(id)); // It may be there the next time.
    }
    return reading;
  }

  #make(): Promise<void> {
    this.#making ??= this.#makeOnce().finally(() => {
      this.#making = undefined;
    });
    return this.#making;
  }

  /** The first keys; the key of a data folder from before becomes the first one, and stays readable at any moment. */
  async #makeOnce(): Promise<void> {
    const wrapping = await makeWrappingKey(this.place);
    const recoveryKey = makeRecoveryKey();
    const isOurs = await this.locked((file, isStillOurs) => {
      if (file !== undefined) return false;
      const before = keyOfBefore(this.folder);
      if (before === undefined && hasTrees(this.folder)) throw keysLost(this.folder);
      if (wrapping.by === "key_file") addToKeyFile(this.folder, wrapping);
      const id = newKeyId();
      const bytes = before ?? randomBytes(KEY_BYTES);
      const entry = newEntry(id, bytes, wrapping, recoveryKey);
      // Given first: keys whose recovery key nobody has seen must not come to count. Who is killed here has a recovery
      // key of nothing, and nothing is encrypted yet.
      this.giveRecoveryKey(recoveryKey, { isFirst: true });
      if (!isStillOurs()) throw keysBusy(this.folder);
      writeKeysFile(this.folder, { version: 1, current: id, keys: [before ? { ...entry, flat: true } : entry] });
      this.adopt(id, bytes);
      if (before !== undefined) this.#removeKeyOfBefore(id);
      return true;
    });
    if (!isOurs && wrapping.by === "keychain") await forgetInKeychain(this.place, wrapping.id);
  }

  /** A process may have been killed after it wrapped this key and before it removed the file that it lay in unwrapped. */
  #removeKeyOfBefore(id: string): void {
    const { bytes } = readSmallBytes(join(this.folder, KEY_OF_BEFORE), KEY_BYTES) ?? {};
    if (bytes && this.#bytes.get(id)?.equals(bytes)) rmSync(join(this.folder, KEY_OF_BEFORE), { force: true });
  }
}

/** A key as others use it. */
export function dataKey(id: string, bytes: Buffer, more: Pick<DataKey, "isFlat" | "names"> = {}): DataKey {
  return { id, derive: (use) => Buffer.from(hkdfSync("sha256", bytes, "", `osprey ${use}`, KEY_BYTES)), ...more };
}

export function newEntry(id: string, bytes: Buffer, wrapping: WrappingKey, recoveryKey: string): KeyEntry {
  const wraps = [wrap(id, bytes, wrapping.by, wrapping), recoveryWrap(id, bytes, recoveryKey)];
  return { id, created_at: new Date().toISOString(), wraps };
}

export function recoveryWrap(id: string, bytes: Buffer, recoveryKey: string): Wrap {
  return wrap(id, bytes, "recovery", { id: newKeyId(), key: recoveryWrappingKey(recoveryKey) });
}
