// Secrets in the keyring of the operating system (`secrets.backend = "keyring"`). A keyring cannot be asked what it holds,
// so `secrets.index.toml` lists the accounts; their values are in the keyring alone.

import { replaceFile } from "../base/replace-file.ts";
import { HostError } from "../protocol/errors.ts";
import { changeLocked } from "./change-locked.ts";
import type { ConfigScope } from "./config.ts";
import { readConfigText } from "./config-files.ts";
import { keyId, keyTrouble, scopeName } from "./key-names.ts";
import { type Found, RANK } from "./stored-entry.ts";
import { type TomlTable, tomlParser } from "./toml-document.ts";

/** The name under which a keyring keeps our secrets. */
const KEYRING_SERVICE = "osp-cli:secrets:v1";

/** One account of a keyring for each secret. Each call fails with `keyring_failed`. */
export interface KeyringStore {
  get(account: string): Promise<string | undefined>;
  set(account: string, value: string): Promise<void>;
  delete(account: string): Promise<void>;
}

export interface SecretPlace extends ConfigScope {
  readonly key: string;
}

/** The keyring of this computer. */
export async function openKeyring(): Promise<KeyringStore> {
  throw new HostError("keyring_failed", "this build cannot use the keyring of the operating system", {
    hint: `set secrets.backend to "toml" to keep secrets in a private file`,
    details: { service: KEYRING_SERVICE },
  });
}

/** The account that a secret has in the keyring. */
export function keyringAccount({ profile, terminal, key }: SecretPlace): string {
  return JSON.stringify([profile, terminal, keyId(key)]);
}

/** What the index lists; nothing when there is no index. Throws `config_*` errors for a file that is no index. */
export async function readIndex(path: string): Promise<readonly SecretPlace[]> {
  const text = readConfigText(path);
  return text === undefined ? [] : placesIn((await tomlParser())(text, path), path);
}

/**
 * The entries of all secrets that the index lists; an account that the keyring has lost is left out.
 *
 * @param open opens the keyring; not called when nothing is listed.
 */
export async function keyringEntries(path: string, open: () => Promise<KeyringStore>): Promise<Found> {
  const places = await readIndex(path);
  const entries: Found["entries"] = [];
  if (places.length === 0) return { entries, faults: [] };
  const store = await open();
  for (const place of places) {
    const value = await store.get(keyringAccount(place));
    if (value === undefined) continue;
    const { profile, terminal, key } = place;
    const rest = { source: "secrets", origin: "keyring", isSecret: true, rank: RANK.secrets } as const;
    entries.push({ key, value, scope: { profile, terminal }, ...rest });
  }
  return { entries, faults: [] };
}

/** Keeps a secret, and then lists it: what is listed is there. Fails with `keyring_failed` or a `config_*` error. */
export async function setInKeyring(
  path: string,
  store: KeyringStore,
  place: SecretPlace,
  value: string,
): Promise<void> {
  await store.set(keyringAccount(place), value);
  await changeIndex(path, (places) => [...places.filter((other) => !isSame(other, place)), place]);
}

/** Takes a secret off the list and then out of the keyring; nothing happens when it is not there. */
export async function deleteFromKeyring(path: string, store: KeyringStore, place: SecretPlace): Promise<void> {
  await changeIndex(path, (places) => places.filter((other) => !isSame(other, place)));
  await store.delete(keyringAccount(place));
}

async function changeIndex(path: string, change: (places: readonly SecretPlace[]) => SecretPlace[]): Promise<void> {
  const parse = await tomlParser();
  const { stringify } = await import("smol-toml");
  await changeLocked(path, () => {
    const text = readConfigText(path);
    const places = change(text === undefined ? [] : placesIn(parse(text, path), path));
    const entries = places.map(({ profile, terminal, key }) => ({
      ...(profile === null ? {} : { profile }),
      ...(terminal === null ? {} : { terminal }),
      key: keyId(key),
    }));
    replaceFile(path, `${stringify({ version: 1, entries })}\n`);
  });
}

function placesIn(table: TomlTable, path: string): SecretPlace[] {
  const entries = table["entries"] ?? [];
  if (table["version"] !== 1 || !Array.isArray(entries)) throw badIndex(path);
  return entries.map((entry: unknown) => {
    const { profile, terminal, key } = (typeof entry === "object" && entry !== null ? entry : {}) as TomlTable;
    if (typeof key !== "string" || keyTrouble(key) !== undefined) throw badIndex(path);
    return { key: keyId(key), profile: nameOrNull(profile, path), terminal: nameOrNull(terminal, path) };
  });
}

function nameOrNull(name: unknown, path: string): string | null {
  if (name === undefined) return null;
  const normal = typeof name === "string" ? scopeName(name) : undefined;
  if (normal === undefined) throw badIndex(path);
  return normal;
}

function isSame(a: SecretPlace, b: SecretPlace): boolean {
  return keyringAccount(a) === keyringAccount(b);
}

function badIndex(path: string): HostError {
  return new HostError("config_invalid", `${path} is no index of secrets of version 1`, {
    hint: "restore it from a backup, or remove it and set the secrets again",
    details: { file: path },
  });
}
