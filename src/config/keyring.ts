// Secrets in the keyring of the operating system (`secrets.backend = "keyring"`). A keyring cannot be asked what it holds,
// so `secrets.index.toml` lists the accounts; their values are in the keyring alone. Even when a command is killed in the
// middle, what the keyring holds is listed. What is listed and not there counts as nothing.

import { keyId } from "./key-names.ts";
import { changeIndex, readIndex, type SecretPlace } from "./secrets-index.ts";
import { type Found, RANK } from "./stored-entry.ts";

/** The name under which a keyring keeps our secrets. */
const KEYRING_SERVICE = "osp-cli:secrets:v1";

/** One account of a keyring for each secret. Each call fails with `keyring_failed`. */
export interface KeyringStore {
  get(account: string): Promise<string | undefined>;
  set(account: string, value: string): Promise<void>;
  /** Nothing happens when it is not there. */
  delete(account: string): Promise<void>;
}

/** The keyring of this computer. Whether it works shows when it is used. */
export async function openKeyring(): Promise<KeyringStore> {
  const { systemKeyring } = await import("./system-keyring.ts");
  return systemKeyring({ service: KEYRING_SERVICE });
}

/** The account that a secret has in the keyring. */
export function keyringAccount({ profile, terminal, key }: SecretPlace): string {
  return JSON.stringify([profile, terminal, keyId(key)]);
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
  // All at once: the system's keyring then answers them together.
  const values = await Promise.all(places.map((place) => store.get(keyringAccount(place))));
  for (const [index, { profile, terminal, key }] of places.entries()) {
    const value = values[index];
    if (value === undefined) continue;
    const rest = { source: "secrets", origin: "keyring", isSecret: true, rank: RANK.secrets } as const;
    entries.push({ key, value, scope: { profile, terminal }, ...rest });
  }
  return { entries, faults: [] };
}

/** Lists a secret, and then keeps it. Fails with `keyring_failed` or a `config_*` error. */
export async function setInKeyring(
  path: string,
  store: KeyringStore,
  place: SecretPlace,
  value: string,
): Promise<void> {
  await changeIndex(path, (places) => [...places.filter((other) => !isSame(other, place)), place]);
  await store.set(keyringAccount(place), value);
}

/** Takes a secret out of the keyring and then off the list; nothing happens when it is not there. */
export async function deleteFromKeyring(path: string, store: KeyringStore, place: SecretPlace): Promise<void> {
  await store.delete(keyringAccount(place));
  await changeIndex(path, (places) => places.filter((other) => !isSame(other, place)));
}

function isSame(a: SecretPlace, b: SecretPlace): boolean {
  return keyringAccount(a) === keyringAccount(b);
}
