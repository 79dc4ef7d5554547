// The keys that everything encrypted in the data folder hangs on, and what they themselves are wrapped with.
//
//   <data>/Secrets/keys.json     the data keys, each wrapped twice: with a key of the keychain or of the key file, and
//                                with the recovery key, which is given to the user once and kept nowhere
//   <data>/Secrets/key-file      the wrapping key where there is no keychain
//
// They are made when something is encrypted for the first time, under a lock: of two processes that begin at once, the
// first wins and both use its keys. What changes them later is in `change-data-keys.ts`.

import { hkdfSync, randomBytes } from "node:crypto";
import { type BigIntStats, existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { withFileLock } from "../base/file-lock.ts";
import { DATA_KEYS_LOCK_MS_MAX } from "../protocol/limits.ts";
import { keysBusy, keysLost, keysUnwritable } from "./data-keys-errors.ts";
import { hasKeyOfBefore, hasTrees, KEY_OF_BEFORE, keyOfBefore } from "./key-of-before.ts";
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
  /** Called when keys were made: the text that can open everything if all else is lost. Never given again. */
  onRecoveryKey?(text: string): void;
}

export class DataKeys {
  readonly #options: DataKeysOptions;
  readonly #bytes = new Map<string, Buffer>();
  readonly #keys = new Map<string, DataKey>();
  readonly #wrapping = new Map<string, Promise<Buffer>>();
  #file: KeysFile | undefined;
  /** The file as it was when it was read. */
  #seen: string | undefined;
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

  /** Without waiting: the current key, that there is none, or that it takes `current()` to know. */
  peek(): DataKey | "none" | "closed" {
    const file = this.file();
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
    let stat: BigIntStats | undefined;
    try {
      stat = statSync(join(this.folder, KEYS_FILE), { bigint: true, throwIfNoEntry: false });
    } catch (error) {
      throw keysUnwritable(this.folder, error);
    }
    const seen = stat && `${stat.ino} ${stat.mtimeNs} ${stat.size}`;
    if (seen === undefined || seen !== this.#seen) {
      this.#file = seen === undefined ? undefined : readKeysFile(this.folder);
      this.#seen = seen;
    }
    return this.#file;
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

  giveRecoveryKey(text: string): void {
    this.#options.onRecoveryKey?.(text);
  }

  /** Runs `work` with what is written about the keys, while no other process changes it. */
  async locked<T>(work: (file: KeysFile | undefined, isStillOurs: () => boolean) => T): Promise<T> {
    let done: { value: T } | undefined;
    try {
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
    const isOurs = await this.locked((file) => {
      if (file !== undefined) return false;
      const before = keyOfBefore(this.folder);
      if (before === undefined && hasTrees(this.folder)) throw keysLost(this.folder);
      if (wrapping.by === "key_file") addToKeyFile(this.folder, wrapping);
      const id = newKeyId();
      const bytes = before ?? randomBytes(KEY_BYTES);
      const entry = newEntry(id, bytes, wrapping, recoveryKey);
      writeKeysFile(this.folder, { version: 1, current: id, keys: [before ? { ...entry, flat: true } : entry] });
      this.giveRecoveryKey(recoveryKey);
      this.adopt(id, bytes);
      if (before !== undefined) this.#removeKeyOfBefore(id);
      return true;
    });
    if (!isOurs && wrapping.by === "keychain") await forgetInKeychain(this.place, wrapping.id);
  }

  /** A process may have been killed after it wrapped this key and before it removed the file that it lay in unwrapped. */
  #removeKeyOfBefore(id: string): void {
    const path = join(this.folder, KEY_OF_BEFORE);
    if (this.#bytes.get(id)?.equals(readFileSync(path))) rmSync(path, { force: true });
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
