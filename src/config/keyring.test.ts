import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { changeSecrets } from "./change-secrets.ts";
import {
  deleteFromKeyring,
  type KeyringStore,
  keyringEntries,
  openKeyring,
  readIndex,
  setInKeyring,
} from "./keyring.ts";
import { loadConfig } from "./load-config.ts";

/** A keyring that lives in memory, as a computer without one has it for the tests. */
function memoryKeyring(): KeyringStore & { readonly held: Map<string, string> } {
  const held = new Map<string, string>();
  return {
    held,
    get: async (account) => held.get(account),
    set: async (account, value) => void held.set(account, value),
    delete: async (account) => void held.delete(account),
  };
}

test("a secret is kept in the keyring, listed in the index, and gone from both when it is deleted", async () => {
  const index = join(tempDir(), "new", "secrets.index.toml");
  const store = memoryKeyring();
  const pin = { profile: null, terminal: null, key: "Extensions.Pin" };
  const other = { profile: "lab", terminal: "repl", key: 'extensions."odd"' };
  await setInKeyring(index, store, pin, "1234");
  await setInKeyring(index, store, pin, "5678");
  await setInKeyring(index, store, other, "x");
  expect([...store.held]).toEqual([
    ['[null,null,"extensions.pin"]', "5678"],
    ['["lab","repl","extensions.\\"odd\\""]', "x"],
  ]);
  expect(readFileSync(index, "utf8")).toMatch(/^version = 1\n/);
  expect(readFileSync(index, "utf8")).not.toContain("5678");
  expect(await readIndex(index)).toEqual([{ ...pin, key: "extensions.pin" }, other]);
  const { entries } = await keyringEntries(index, async () => store);
  expect(entries.map(({ key, value }) => [key, value])).toEqual([
    ["extensions.pin", "5678"],
    ['extensions."odd"', "x"],
  ]);
  await deleteFromKeyring(index, store, pin);
  await deleteFromKeyring(index, store, pin);
  expect(store.held.size).toBe(1);
  expect(await readIndex(index)).toEqual([other]);
});

test("a keyring is not opened when nothing is listed", async () => {
  const index = join(tempDir(), "secrets.index.toml");
  expect(await keyringEntries(index, openKeyring)).toEqual({ entries: [], faults: [] });
});

test("a file that is no index is refused, and not overwritten", async () => {
  const index = join(tempDir(), "secrets.index.toml");
  for (const text of [
    "version = 2",
    "",
    "version = 1\nentries = 5",
    'version = 1\nentries = [{ key = "" }]',
    "version = 1\n[[entries]]\nkey = 'a'\nprofile = ''",
  ]) {
    writeFileSync(index, text);
    await expect(readIndex(index)).rejects.toMatchObject({ code: "config_invalid" });
    const place = { profile: null, terminal: null, key: "extensions.pin" };
    await expect(setInKeyring(index, memoryKeyring(), place, "1")).rejects.toMatchObject({ code: "config_invalid" });
    expect(readFileSync(index, "utf8")).toBe(text);
  }
});

test("secrets are changed where the backend is", async () => {
  const folder = tempDir();
  const keyring = memoryKeyring();
  const paths = { config: folder, cache: folder, data: folder };
  const load = async (backend: string) => {
    const env = { OSP__SECRETS__BACKEND: backend };
    const input = { paths, env, terminal: "cli", useEnv: true, useFile: true, defaultsOnly: false, keyring } as const;
    return await loadConfig(input);
  };
  const edits = [{ scope: { profile: null, terminal: null }, key: "extensions.pin", value: "1" }];
  const gone = edits.map((edit) => ({ ...edit, value: undefined }));

  await changeSecrets(await load("toml"), { edits, dryRun: false });
  expect(readFileSync(join(folder, "secrets.toml"), "utf8")).toBe('[default]\nextensions.pin = "1"\n');

  const held = await load("keyring");
  expect(await changeSecrets(held, { edits, dryRun: true, keyring })).toMatchObject({ changed: true });
  expect(keyring.held.size).toBe(0);
  await changeSecrets(held, { edits, dryRun: false, keyring });
  expect(keyring.held.size).toBe(1);
  expect((await load("keyring")).find("extensions.pin")).toMatchObject({ resolved: "1", origin: "keyring" });
  expect(await changeSecrets(held, { edits: gone, dryRun: false, keyring })).toMatchObject({
    changed: true,
    previous: ["1"],
  });
  expect(await changeSecrets(held, { edits: gone, dryRun: false, keyring })).toMatchObject({ changed: false });
  expect((await load("keyring")).find("extensions.pin")).toBeUndefined();
  await expect(changeSecrets(held, { edits, dryRun: false })).rejects.toMatchObject({ code: "keyring_failed" });
});
