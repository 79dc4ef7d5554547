// What changes data keys after they were made: a new one instead of the current one, a new protection after the old one
// was lost, and the end of keys that nothing is encrypted with any more. Each is one replacement of `keys.json` under the
// lock, so that a kill at any moment leaves the old state or the new one.

import { randomBytes } from "node:crypto";
import { HostError } from "../protocol/errors.ts";
import { DATA_KEYS_MAX } from "../protocol/limits.ts";
import { type DataKey, type DataKeys, dataKey, newEntry, recoveryWrap } from "./data-keys.ts";
import { GIVEN_FOR_NOTHING, keysBusy, keysLost, keysUnwritable } from "./data-keys-errors.ts";
import { KEY_BYTES, type KeyEntry, type KeysFile, newKeyId, unwrap, wrap, writeKeysFile } from "./keys-file.ts";
import { makeRecoveryKey, recoveryWrappingKey } from "./recovery-key.ts";
import { addToKeyFile, forgetInKeychain, keepInKeyFile, makeWrappingKey, type WrappingKey } from "./wrapping-keys.ts";

/** Opens all keys for this process with the recovery key. Changes nothing. Fails with `recovery_key_wrong`. */
export function openWithRecoveryKey(keys: DataKeys, recoveryKey: string): void {
  const wrappingKey = recoveryWrappingKey(recoveryKey);
  const file = keys.file();
  if (file === undefined) throw keysLost(keys.folder);
  const opened = new Set<string>();
  for (const { id, wraps } of file.keys) {
    for (const one of wraps) {
      const bytes = one.by === "recovery" ? unwrap(id, one, wrappingKey) : undefined;
      if (bytes === undefined) continue;
      keys.adopt(id, bytes);
      opened.add(id);
    }
  }
  if (opened.has(file.current)) return;
  throw new HostError(
    "recovery_key_wrong",
    "the recovery key is well formed, but it is not the one of this data folder",
    {
      hint: '"osaurus secrets rekey" makes a new one, and the ones before it then open nothing any more',
      details: { reason: "other" },
    },
  );
}

/** Wraps the keys for a keychain or key file that works here. The recovery key stays what it is. */
export async function recoverKeys(keys: DataKeys, recoveryKey: string): Promise<WrappingKey["by"]> {
  openWithRecoveryKey(keys, recoveryKey);
  const wrapping = await makeWrappingKey(keys.place);
  const before = await keys.locked((file) => {
    if (file === undefined) throw keysLost(keys.folder);
    // Another process made a new key since this one opened them.
    if (keys.bytesOf(file.current) === undefined) throw keysBusy(keys.folder);
    const rewrapped = file.keys.map((entry) => {
      const bytes = keys.bytesOf(entry.id);
      if (bytes === undefined) return entry;
      const recovery = entry.wraps.filter(({ by }) => by === "recovery");
      return { ...entry, wraps: [wrap(entry.id, bytes, wrapping.by, wrapping), ...recovery] };
    });
    replaceKeys(keys, { ...file, keys: rewrapped }, wrapping);
    return file;
  });
  await forgetUnused(keys, before);
  return wrapping.by;
}

export interface Reencryption {
  /**
   * Encrypts with `next` what was encrypted with `old`; both stay readable. Gives the key that the names are made with.
   * Runs to its end without waiting for anything, because it holds up all others that want to write.
   */
  encryptAnew(old: DataKey, next: DataKey): DataKey;
  /** Takes away what is encrypted with a key; nothing is read there any more. */
  remove(key: Pick<DataKey, "id" | "isFlat">): void;
}

/** Makes a new current key and a new recovery key. Older keys stay as long as something else needs them: see `pruneKeys`. */
export async function rekey(keys: DataKeys, settings: Reencryption): Promise<DataKey> {
  const old = await keys.current();
  if (old === undefined) return await keys.ensure(); // A new key and a new recovery key, and nothing to encrypt.
  // What cannot be opened stays wrapped as it is.
  for (const { id } of keys.file()?.keys ?? []) await keys.byId(id).catch(() => undefined);
  const wrapping = await makeWrappingKey(keys.place);
  const recoveryKey = makeRecoveryKey();
  const before = await keys.locked((file, isStillOurs) => {
    if (file?.current !== old.id) throw keysBusy(keys.folder);
    if (file.keys.length >= DATA_KEYS_MAX) throw tooManyKeys(keys.folder);
    replaceCurrent(keys, { file, old, wrapping, recoveryKey, isStillOurs }, settings);
    settings.remove(old);
    return file;
  });
  await forgetUnused(keys, before);
  return (await keys.current())!;
}

interface Replacement {
  readonly file: KeysFile;
  readonly old: DataKey;
  readonly wrapping: WrappingKey;
  readonly recoveryKey: string;
  isStillOurs(): boolean;
}

/**
 * In this order, so that whatever ends it in between, a recovery key that somebody has seen opens everything:
 *
 * 1. the new key's id is written down, so that a tree that is half encrypted is known for what it is;
 * 2. settings are encrypted anew beside the old ones;
 * 3. the recovery key is given, which may fail: the old keys then stay, and the old recovery key with them;
 * 4. the new key becomes the current one, by one replacement of the file.
 *
 * Between 3 and 4 two recovery keys have been seen, and the older one is valid. The other way round none would be.
 */
function replaceCurrent(keys: DataKeys, change: Replacement, settings: Reencryption): void {
  const { file, old, wrapping, recoveryKey, isStillOurs } = change;
  const [id, bytes] = [newKeyId(), randomBytes(KEY_BYTES)];
  const { pending, ...settled } = file;
  let isGiven = false;
  try {
    // What earlier rekeys left that were killed. Trees of keys that are not in the file are nobody's to take away.
    for (const one of file.keys)
      if (one.id !== old.id) settings.remove({ id: one.id, ...(one.flat && { isFlat: true }) });
    if (pending !== undefined) settings.remove({ id: pending });
    writeKeysFile(keys.folder, { ...settled, pending: id });
    const names = settings.encryptAnew(old, dataKey(id, bytes));
    if (!isStillOurs()) throw keysBusy(keys.folder);
    const entry = newEntry(id, bytes, wrapping, recoveryKey);
    const own = names.id === id ? entry : { ...entry, names_of: names.id };
    const older = file.keys.map((one) => wrappedAnew(keys, one, wrapping, recoveryKey));
    keys.giveRecoveryKey(recoveryKey, { isFirst: false });
    isGiven = true;
    if (!isStillOurs()) throw keysBusy(keys.folder); // Whoever reads what it is written to may take long.
    keys.adopt(id, bytes);
    replaceKeys(keys, { ...settled, current: id, keys: [own, ...older] }, wrapping);
  } catch (error) {
    // Never what is current: the file may have been replaced before something else went wrong.
    const isUnchanged = keys.file()?.current === old.id;
    if (isUnchanged) takeBack(keys, settled, () => settings.remove({ id }));
    throw isUnchanged && isGiven ? givenForNothing(keys, error) : error;
  }
}

/** What is left of it when that fails is taken away by the next rekey. */
function takeBack(keys: DataKeys, settled: KeysFile, removeTree: () => void): void {
  try {
    removeTree();
    writeKeysFile(keys.folder, settled);
  } catch {
    // It is written down as pending.
  }
}

function givenForNothing(keys: DataKeys, error: unknown): unknown {
  const worded = keysUnwritable(keys.folder, error);
  if (!(worded instanceof HostError)) return worded;
  const { code, message, hint, cause } = worded;
  return new HostError(code, message, { hint: [GIVEN_FOR_NOTHING, hint].filter(Boolean).join("; "), cause });
}

function wrappedAnew(keys: DataKeys, entry: KeyEntry, wrapping: WrappingKey, recoveryKey: string): KeyEntry {
  const bytes = keys.bytesOf(entry.id);
  if (bytes === undefined) return entry;
  return {
    ...entry,
    wraps: [wrap(entry.id, bytes, wrapping.by, wrapping), recoveryWrap(entry.id, bytes, recoveryKey)],
  };
}

/**
 * Forgets keys that nothing is encrypted with any more. While there are databases, the key before the current one stays
 * until the next time: another host may be about to use it for one, and may not have written that down yet.
 *
 * @param idsInUse is asked under the lock: the keys of everything but settings; undefined when that cannot be known.
 * @returns how many older keys are left.
 */
export async function pruneKeys(keys: DataKeys, idsInUse: () => ReadonlySet<string> | undefined): Promise<number> {
  if (keys.file() === undefined) return 0;
  const { before, left } = await keys.locked((file) => {
    if (file === undefined) return { before: undefined, left: 0 };
    const kept = neededKeys(file, idsInUse());
    if (kept.length < file.keys.length) writeKeysFile(keys.folder, { ...file, keys: kept });
    return { before: file, left: kept.length - 1 };
  });
  if (before !== undefined) await forgetUnused(keys, before);
  return left;
}

/** The keys that something may be encrypted with, the newest first. */
export function neededKeys({ current, keys }: KeysFile, inUse: ReadonlySet<string> | undefined): KeyEntry[] {
  if (inUse === undefined) return keys;
  const spared = inUse.size === 0 ? undefined : keys.find(({ id }) => id !== current);
  const used = keys.filter((one) => one.id === current || inUse.has(one.id) || one === spared);
  const names = used.map(({ names_of }) => names_of);
  return keys.filter((one) => used.includes(one) || names.includes(one.id));
}

/** The wrapping key is kept before anything is wrapped with it. */
function replaceKeys(keys: DataKeys, file: KeysFile, wrapping: WrappingKey): void {
  if (wrapping.by === "key_file") addToKeyFile(keys.folder, wrapping);
  writeKeysFile(keys.folder, file);
}

/** Wrapping keys with which nothing is wrapped any more. They open nothing: where that fails, the next change does it. */
async function forgetUnused(keys: DataKeys, before: KeysFile): Promise<void> {
  const forget = keys.locked((file) => {
    // Without the file nobody knows what is used.
    if (file !== undefined) keepInKeyFile(keys.folder, wrappingIds(file, "key_file"));
    return wrappingIds(file, "keychain");
  });
  const used = await forget.catch(() => undefined);
  if (used === undefined) return;
  for (const id of wrappingIds(before, "keychain")) if (!used.has(id)) await forgetInKeychain(keys.place, id);
}

function wrappingIds(file: KeysFile | undefined, by: WrappingKey["by"]): Set<string> {
  const wraps = (file?.keys ?? []).flatMap((entry) => entry.wraps);
  return new Set(wraps.filter((one) => one.by === by).map(({ key }) => key));
}

function tooManyKeys(folder: string): HostError {
  return new HostError("database_in_use", `${DATA_KEYS_MAX} data keys are in use in ${folder}`, {
    hint: "open the plugins whose databases are still encrypted with older ones, or uninstall them",
  });
}
