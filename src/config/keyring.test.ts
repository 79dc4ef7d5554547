import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { HostError } from "../protocol/errors.ts";
import { changeSecrets } from "./change-secrets.ts";
import { deleteFromKeyring, type KeyringStore, keyringEntries, setInKeyring } from "./keyring.ts";
import { loadConfig } from "./load-config.ts";
import { readIndex } from "./secrets-index.ts";

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
  const open = () => expect.unreachable("nobody should ask for the keyring");
  expect(await keyringEntries(index, open)).toEqual({ entries: [], faults: [] });
});

test("a file that is no index is refused with the place of the mistake, and not overwritten", async () => {
  const index = join(tempDir(), "secrets.index.toml");
  const head = "version = 1\n[[entries]]\nkey = 'a'\n";
  const mistakes: [string, number, number][] = [
    ["", 1, 1],
    ["\n  version = 2", 2, 3],
    ["version = 1\nentries = 5", 2, 1],
    ["version = 1\nentries = [5]", 2, 12],
    ['version = 1\nentries = [{ key = "a" }, { key = "" }]', 2, 29],
    [`${head}[[entries]]\nprofile = 'lab'`, 4, 1],
    [`${head}[[entries]]\nkey = 'b'\nprofile = ''`, 6, 1],
    [`${head}terminal = 1`, 4, 1],
    [`${head}[[entries]]\nkey = "\\u0007"`, 5, 1],
    [`${head}[[entries]]\n__proto__ = { key = "a" }`, 4, 1],
    [`${head}key = 'b'`, 4, 1],
    ["version = 1\nentries = [\n", 3, 1],
  ];
  for (const [text, line, column] of mistakes) {
    writeFileSync(index, text);
    const error = { code: "config_invalid", details: { file: index, line, column } };
    await expect(readIndex(index), text).rejects.toMatchObject(error);
    const store = memoryKeyring();
    const place = { profile: null, terminal: null, key: "extensions.pin" };
    await expect(setInKeyring(index, store, place, "1")).rejects.toMatchObject(error);
    expect(readFileSync(index, "utf8")).toBe(text);
    expect(store.held.size, "a secret that nothing lists").toBe(0);
  }
});

test("a secret that the keyring refuses to give up stays listed", async () => {
  const index = join(tempDir(), "secrets.index.toml");
  const store = memoryKeyring();
  const pin = { profile: null, terminal: null, key: "extensions.pin" };
  await setInKeyring(index, store, pin, "1234");
  const stubborn = { ...store, delete: () => Promise.reject(new HostError("keyring_failed", "locked")) };
  await expect(deleteFromKeyring(index, stubborn, pin)).rejects.toMatchObject({ code: "keyring_failed" });
  expect(await readIndex(index)).toEqual([pin]);
});

test("secrets are changed where the backend is", async () => {
  const folder = tempDir();
  const keyring = memoryKeyring();
  const paths = { config: folder, cache: folder, data: folder, state: folder };
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
});
