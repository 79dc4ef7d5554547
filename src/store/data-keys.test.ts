import { execFileSync } from "node:child_process";
import { createCipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { DEFAULT_AGENT_ID } from "../protocol/agent-id.ts";
import { HostError } from "../protocol/errors.ts";
import { DATA_KEYS_BYTES_MAX, DATA_KEYS_MAX } from "../protocol/limits.ts";
import { openWithRecoveryKey, pruneKeys, recoverKeys, rekey } from "./change-data-keys.ts";
import { DataKeys } from "./data-keys.ts";
import { makeRecoveryKey } from "./recovery-key.ts";
import { SecretStore } from "./secret-store.ts";
import { reencryption } from "./secret-tree.ts";

const name = { pluginId: "p", agentId: DEFAULT_AGENT_ID, key: "token" };

/** As each process has them: nothing is remembered from before. */
function keysIn(folder: string): { keys: DataKeys; given: string[]; secrets: SecretStore } {
  const given: string[] = [];
  const keys = new DataKeys({ folder, env: {}, onRecoveryKey: (text) => given.push(text) });
  return { keys, given, secrets: new SecretStore(folder, keys) };
}

const newFolder = () => join(tempDir(), "Secrets");
const without = (folder: string) => reencryption(folder, []);
const fileOf = (folder: string) => JSON.parse(readFileSync(join(folder, "keys.json"), "utf8"));

test("asking for keys makes none", async () => {
  const folder = newFolder();
  const { keys } = keysIn(folder);
  expect(await keys.current()).toBeUndefined();
  expect(await keys.byId("0".repeat(32))).toBeUndefined();
  expect(keys.peek()).toBe("none");
  expect(existsSync(folder)).toBe(false);
});

test("a key is made once, is the same for every process, and gives other bytes for each use", async () => {
  const folder = newFolder();
  const first = keysIn(folder);
  const key = await first.keys.ensure();
  const second = keysIn(folder);
  const same = (await second.keys.current())!;
  expect(same.id).toBe(key.id);
  expect(same.derive("database a")).toEqual(key.derive("database a"));
  expect(key.derive("database a")).toHaveLength(32);
  expect(key.derive("database a")).not.toEqual(key.derive("database b"));
  expect(first.given).toHaveLength(1);
  expect(second.given).toEqual([]);
  expect(second.keys.peek()).toBe(same);
});

test("the files are private, and hold neither a data key nor the recovery key", async () => {
  const folder = newFolder();
  const { keys, given } = keysIn(folder);
  const { id } = await keys.ensure();
  const bytes = keys.bytesOf(id)!;
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(readdirSync(folder).sort()).toEqual(["key-file", "keys.json"]);
  for (const file of ["key-file", "keys.json"]) {
    expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
    const text = readFileSync(join(folder, file), "latin1");
    for (const form of [bytes.toString("latin1"), bytes.toString("hex"), bytes.toString("base64"), given[0]!]) {
      expect(text).not.toContain(form);
    }
  }
});

test("of processes that make keys at once one wins, all use its keys, and it alone gives the recovery key", async () => {
  const folder = newFolder();
  const all = Array.from({ length: 8 }, () => keysIn(folder));
  const made = await Promise.all(all.map(({ keys }) => keys.ensure()));
  expect(new Set(made.map(({ id }) => id)).size).toBe(1);
  const given = all.flatMap((one) => one.given);
  expect(given).toHaveLength(1);
  openWithRecoveryKey(keysIn(folder).keys, given[0]!);
  expect(readFileSync(join(folder, "key-file"), "utf8").trim().split("\n")).toHaveLength(1);
});

test("a lost or foreign key file is told apart, and nothing is made or overwritten", async () => {
  const folder = newFolder();
  const { secrets, given } = keysIn(folder);
  await secrets.set(name, "value");
  const path = join(folder, "key-file");
  const kept = readFileSync(path);
  for (const [change, message] of [
    [() => rmSync(path), /is gone/],
    [() => writeFileSync(path, "nonsense"), /is gone/],
    [() => writeFileSync(path, `${"0".repeat(32)} ${"0".repeat(64)}\n`), /is another one/],
    [() => writeFileSync(path, kept.toString().replace(/.{64}$/m, "0".repeat(64))), /does not fit/],
  ] as const) {
    change();
    const before = readFileSync(join(folder, "keys.json"), "utf8");
    const { keys, secrets: again } = keysIn(folder);
    for (const fails of [keys.current(), keys.ensure(), again.get(name), again.set(name, "x"), again.delete(name)]) {
      await expect(fails).rejects.toMatchObject({ code: "data_key_missing" });
      await expect(fails).rejects.toThrow(message);
    }
    await expect(again.all("p", DEFAULT_AGENT_ID)).rejects.toMatchObject({ code: "data_key_missing" });
    await expect(again.deletePlugin("p")).rejects.toMatchObject({ code: "data_key_missing" });
    expect(readFileSync(join(folder, "keys.json"), "utf8")).toBe(before);
  }
  writeFileSync(path, kept);
  expect(await keysIn(folder).secrets.get(name)).toBe("value");
  expect(given).toHaveLength(1);
});

test("the recovery key opens everything when the key file is lost, protects it anew, and stays valid", async () => {
  const folder = newFolder();
  const { secrets, given } = keysIn(folder);
  await secrets.set(name, "value");
  for (const round of [1, 2]) {
    rmSync(join(folder, "key-file"));
    const lost = keysIn(folder);
    expect(await recoverKeys(lost.keys, given[0]!), `round ${round}`).toBe("key_file");
    expect(lost.given).toEqual([]);
    expect(await lost.secrets.get(name)).toBe("value");
    expect(await keysIn(folder).secrets.get(name)).toBe("value");
    expect(statSync(join(folder, "key-file")).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(folder, "key-file"), "utf8").trim().split("\n")).toHaveLength(1);
  }
});

test("the recovery key alone opens everything for one process, without a change on disk", async () => {
  const folder = newFolder();
  const { secrets, given } = keysIn(folder);
  await secrets.set(name, "value");
  rmSync(join(folder, "key-file"));
  const { keys, secrets: again } = keysIn(folder);
  openWithRecoveryKey(keys, given[0]!);
  expect(await again.get(name)).toBe("value");
  expect(existsSync(join(folder, "key-file"))).toBe(false);
});

test("a recovery key that is another one, and one with a mistake, are refused in different words", async () => {
  const folder = newFolder();
  const { keys, given, secrets } = keysIn(folder);
  await secrets.set(name, "value");
  const before = readFileSync(join(folder, "keys.json"), "utf8");
  await expect(recoverKeys(keys, makeRecoveryKey())).rejects.toMatchObject({
    code: "recovery_key_wrong",
    details: { reason: "other" },
  });
  await expect(recoverKeys(keys, given[0]!.slice(0, -1))).rejects.toMatchObject({
    code: "recovery_key_wrong",
    details: { reason: "mistyped" },
  });
  expect(readFileSync(join(folder, "keys.json"), "utf8")).toBe(before);
  await expect(recoverKeys(keysIn(newFolder()).keys, given[0]!)).rejects.toMatchObject({ code: "data_key_missing" });
});

test("a damaged keys.json is a clear error, and is left as it is", async () => {
  const folder = newFolder();
  const { secrets, given } = keysIn(folder);
  await secrets.set(name, "value");
  const path = join(folder, "keys.json");
  const good = readFileSync(path, "utf8");
  const json = JSON.parse(good);
  for (const bad of [
    "",
    "{",
    "null",
    "[]",
    "{}",
    good.slice(0, -20),
    JSON.stringify({ ...json, current: "0".repeat(32) }),
    JSON.stringify({ ...json, current: "../../etc" }),
    JSON.stringify({ ...json, keys: [] }),
    JSON.stringify({ ...json, keys: Array(DATA_KEYS_MAX + 1).fill(json.keys[0]) }),
    JSON.stringify({ ...json, version: 2 }),
    JSON.stringify({ ...json, version: "1" }),
    good.padEnd(DATA_KEYS_BYTES_MAX + 1),
  ]) {
    writeFileSync(path, bad);
    const again = keysIn(folder);
    const fails = [again.keys.current(), again.keys.ensure(), again.secrets.get(name), again.secrets.set(name, "x")];
    for (const one of [...fails, recoverKeys(again.keys, given[0]!), rekey(again.keys, without(folder))]) {
      await expect(one).rejects.toMatchObject({ code: "store_broken" });
    }
    await expect(Promise.resolve().then(() => again.secrets.all("p", "A"))).rejects.toMatchObject({
      code: "store_broken",
    });
    expect(readFileSync(path, "utf8")).toBe(bad);
  }
  writeFileSync(path, good.padEnd(DATA_KEYS_BYTES_MAX));
  expect(await keysIn(folder).secrets.get(name)).toBe("value");
});

test("one changed character in a wrapped key opens nothing, and is never taken for another key", async () => {
  const folder = newFolder();
  const { secrets } = keysIn(folder);
  await secrets.set(name, "value");
  const json = fileOf(folder);
  const { sealed } = json.keys[0].wraps[0];
  for (const at of [0, 20, 60]) {
    const bytes = Buffer.from(sealed, "base64");
    bytes[at < bytes.length ? at : bytes.length - 1]! ^= 1;
    json.keys[0].wraps[0].sealed = bytes.toString("base64");
    writeFileSync(join(folder, "keys.json"), JSON.stringify(json));
    await expect(keysIn(folder).keys.current()).rejects.toMatchObject({ code: "data_key_missing" });
  }
  for (const short of ["", "AAAA"]) {
    json.keys[0].wraps[0].sealed = short;
    writeFileSync(join(folder, "keys.json"), JSON.stringify(json));
    await expect(keysIn(folder).keys.current()).rejects.toMatchObject({ code: "data_key_missing" });
  }
});

test("a wrapped key cannot be moved to another key's name", async () => {
  const folder = newFolder();
  const { keys } = keysIn(folder);
  await keys.ensure();
  const other = newFolder();
  await keysIn(other).keys.ensure();
  const json = fileOf(folder);
  json.keys[0].id = fileOf(other).current;
  json.current = json.keys[0].id;
  writeFileSync(join(folder, "keys.json"), JSON.stringify(json));
  await expect(keysIn(folder).keys.current()).rejects.toMatchObject({ code: "data_key_missing" });
});

test("when keys.json is gone nothing is taken for empty, and no new key is made", async () => {
  const folder = newFolder();
  const { secrets } = keysIn(folder);
  await secrets.set(name, "value");
  const kept = readFileSync(join(folder, "keys.json"));
  rmSync(join(folder, "keys.json"));
  const { keys, secrets: again } = keysIn(folder);
  const fails = [keys.current(), keys.ensure(), again.get(name), again.set(name, "x"), again.all("p", "A")];
  for (const one of fails) await expect(one).rejects.toMatchObject({ code: "data_key_missing" });
  expect(existsSync(join(folder, "keys.json"))).toBe(false);
  writeFileSync(join(folder, "keys.json"), kept);
  expect(await keysIn(folder).secrets.get(name)).toBe("value");
});

test("a new key encrypts all settings anew, and the old key file, recovery key and values are of no use", async () => {
  const folder = newFolder();
  const first = keysIn(folder);
  for (const key of ["a", "b", "\0\ud800"]) await first.secrets.set({ ...name, key }, `value ${key}`);
  await first.secrets.set({ pluginId: "q", agentId: "B", key: "c" }, "");
  const [old, oldFile] = [(await first.keys.current())!, readFileSync(join(folder, "key-file"), "utf8")];
  const next = await rekey(first.keys, without(folder));
  expect(next.id).not.toBe(old.id);
  expect(first.given).toHaveLength(2);
  expect(readdirSync(folder).sort()).toEqual([next.id, "key-file", "keys.json"].sort());
  for (const { secrets } of [first, keysIn(folder)]) {
    expect((await secrets.all("p", DEFAULT_AGENT_ID)).size).toBe(3);
    expect(await secrets.get({ pluginId: "q", agentId: "B", key: "c" })).toBe("");
    expect(await secrets.get({ ...name, key: "\0\ud800" })).toBe("value \0\ud800");
  }
  expect((await keysIn(folder).keys.byId(old.id))?.derive("x")).toEqual(old.derive("x"));
  const stolen = keysIn(folder).keys;
  expect(() => openWithRecoveryKey(stolen, first.given[0]!)).toThrow(
    expect.objectContaining({ details: { reason: "other" } }),
  );
  openWithRecoveryKey(stolen, first.given[1]!);
  expect(await pruneKeys(first.keys, () => new Set([old.id]))).toBe(1);
  expect(await pruneKeys(first.keys, () => undefined)).toBe(1);
  expect(await pruneKeys(first.keys, () => new Set())).toBe(0);
  expect(await keysIn(folder).keys.byId(old.id)).toBeUndefined();
  expect(await keysIn(folder).secrets.get({ ...name, key: "a" })).toBe("value a");
  writeFileSync(join(folder, "key-file"), oldFile);
  await expect(keysIn(folder).keys.current()).rejects.toMatchObject({ code: "data_key_missing" });
});

test("a damaged value is put aside and named when everything is encrypted anew, and the others follow", async () => {
  const folder = newFolder();
  const { keys, secrets } = keysIn(folder);
  await secrets.set({ ...name, key: "bad" }, "v");
  const old = (await keys.current())!.id;
  const inTree = readdirSync(join(folder, old), { recursive: true, encoding: "utf8" });
  const damaged = inTree.find((path) => statSync(join(folder, old, path)).isFile())!;
  writeFileSync(join(folder, old, damaged), "damaged");
  for (const key of ["a", "b"]) await secrets.set({ ...name, key }, "v");
  const aside: string[] = [];
  await rekey(
    keys,
    reencryption(folder, [], (path) => aside.push(path)),
  );
  expect(aside).toEqual([join(folder, "damaged", old, damaged)]);
  expect(readFileSync(aside[0]!, "utf8")).toBe("damaged");
  expect([...(await keysIn(folder).secrets.all("p", DEFAULT_AGENT_ID)).keys()]).toEqual(["a", "b"]);
  await rekey(keys, without(folder));
  expect(existsSync(aside[0]!), "the next one leaves it").toBe(true);
});

test("settings whose key is not in keys.json are told by everybody, and survive all that is tried", async () => {
  const folder = newFolder();
  const { keys, secrets, given } = keysIn(folder);
  await secrets.set(name, "old");
  const path = join(folder, "keys.json");
  const [oldFile, oldKeyFile] = [readFileSync(path), readFileSync(join(folder, "key-file"))];
  const { id } = await rekey(keys, without(folder));
  await secrets.set(name, "new");
  const [newFile, newKeyFile] = [readFileSync(path), readFileSync(join(folder, "key-file"))];
  // Put back from a backup, under a process that runs and for a new one.
  writeFileSync(path, oldFile);
  writeFileSync(join(folder, "key-file"), oldKeyFile);
  for (const again of [{ keys, secrets }, keysIn(folder)]) {
    const tries = [
      () => again.keys.current(),
      () => again.keys.ensure(),
      () => again.secrets.get(name),
      () => again.secrets.set(name, "x"),
      () => again.secrets.list("p"),
      () => again.secrets.everything(),
      () => again.secrets.deletePlugin("p"),
      () => rekey(again.keys, without(folder)),
    ];
    for (const one of tries) {
      await expect(one()).rejects.toMatchObject({ code: "data_key_missing", message: expect.stringContaining(id) });
    }
    await expect((async () => await again.secrets.all("p", "B"))()).rejects.toMatchObject({ code: "data_key_missing" });
  }
  await recoverKeys(keysIn(folder).keys, given[0]!);
  expect(existsSync(join(folder, id))).toBe(true);
  writeFileSync(path, newFile);
  writeFileSync(join(folder, "key-file"), newKeyFile);
  expect(await keysIn(folder).secrets.get(name)).toBe("new");
});

test("what a rekey left that was killed is no loss: it is known for what it is, and goes with the next one", async () => {
  const folder = newFolder();
  const { secrets } = keysIn(folder);
  await secrets.set(name, "v");
  const leftover = "a".repeat(32);
  const plain = readFileSync(join(folder, "keys.json"), "utf8");
  for (const [isNoted, code] of [
    [true, undefined],
    [false, "data_key_missing"],
  ] as const) {
    mkdirSync(join(folder, leftover, "b".repeat(64)), { recursive: true });
    writeFileSync(
      join(folder, "keys.json"),
      JSON.stringify({ ...JSON.parse(plain), ...(isNoted && { pending: leftover }) }),
    );
    const { keys, secrets: again } = keysIn(folder);
    if (code !== undefined) {
      await expect(again.get(name)).rejects.toMatchObject({ code });
      rmSync(join(folder, leftover), { recursive: true });
      continue;
    }
    expect(await again.get(name)).toBe("v");
    const copy = join(tempDir(), "copy");
    cpSync(folder, copy, { recursive: true });
    await rekey(keysIn(copy).keys, without(copy));
    expect(existsSync(join(copy, leftover))).toBe(false);
    expect(fileOf(copy).pending).toBeUndefined();
    expect(keys.ids()).toHaveLength(1);
  }
});

test("keys whose recovery key could not be shown do not come to count: the old ones stay, and so do none", async () => {
  const folder = newFolder();
  const deaf = () => {
    throw new HostError("output_failed", "nobody sees it");
  };
  const unseen = new DataKeys({ folder, env: {}, onRecoveryKey: deaf });
  await expect(unseen.ensure()).rejects.toMatchObject({ code: "output_failed" });
  expect(existsSync(join(folder, "keys.json"))).toBe(false);
  const { secrets, given } = keysIn(folder);
  await secrets.set(name, "v");
  const before = fileOf(folder);
  await expect(rekey(unseen, without(folder))).rejects.toMatchObject({ code: "output_failed" });
  expect(fileOf(folder)).toEqual(before);
  expect(readdirSync(folder).filter((entry) => entry.length === 32)).toEqual([before.current]);
  rmSync(join(folder, "key-file"));
  const { keys, secrets: again } = keysIn(folder);
  openWithRecoveryKey(keys, given[0]!);
  expect(await again.get(name)).toBe("v");
});

test("whoever is given a recovery key is told whether it is the first one, before it counts", async () => {
  const folder = newFolder();
  const calls: [isFirst: boolean, keysWritten: number][] = [];
  const written = () => (existsSync(join(folder, "keys.json")) ? fileOf(folder).keys.length : 0);
  const onRecoveryKey = (_: string, isFirst: boolean) => void calls.push([isFirst, written()]);
  const keys = new DataKeys({ folder, env: {}, onRecoveryKey });
  await keys.ensure();
  await rekey(keys, without(folder));
  expect(calls).toEqual([
    [true, 0],
    [false, 1],
  ]);
});

test("a pipe or a folder where a file is meant is named at once, and not waited for", async () => {
  for (const make of [(path: string) => execFileSync("mkfifo", [path]), (path: string) => mkdirSync(path)]) {
    const folder = newFolder();
    mkdirSync(folder, { mode: 0o700 });
    make(join(folder, "key"));
    await expect(keysIn(folder).keys.current()).rejects.toMatchObject({ code: "store_broken" });
    rmSync(join(folder, "key"), { recursive: true });
    const { keys, secrets } = keysIn(folder);
    await secrets.set(name, "v");
    make(join(folder, "key"));
    await secrets.set({ ...name, pluginId: "q" }, "v");
    make(join(folder, "keys.json.lock"));
    await expect(rekey(keys, without(folder))).rejects.toMatchObject({
      code: "store_broken",
      message: expect.stringContaining("keys.json.lock"),
    });
    for (const file of ["keys.json", "key-file"]) {
      const kept = readFileSync(join(folder, file));
      rmSync(join(folder, file));
      make(join(folder, file));
      const code = file === "keys.json" ? "store_broken" : "data_key_missing";
      await expect(keysIn(folder).keys.current()).rejects.toMatchObject({ code });
      rmSync(join(folder, file), { recursive: true });
      writeFileSync(join(folder, file), kept, { mode: 0o600 });
    }
  }
});

test("as many data keys as are allowed are kept, and one more is refused before anything changes", async () => {
  const folder = newFolder();
  const { keys, secrets, given } = keysIn(folder);
  await secrets.set(name, "value");
  for (let count = 1; count < DATA_KEYS_MAX; count++) await rekey(keys, without(folder));
  expect(fileOf(folder).keys).toHaveLength(DATA_KEYS_MAX);
  await expect(rekey(keys, without(folder))).rejects.toMatchObject({ code: "database_in_use" });
  expect(given).toHaveLength(DATA_KEYS_MAX);
  const again = keysIn(folder);
  expect(await again.secrets.get(name)).toBe("value");
  expect(readdirSync(folder).filter((entry) => entry.length === 32)).toHaveLength(1);
});

test("values that others write and remove while everything is encrypted anew are never lost and never come back", async () => {
  const folder = newFolder();
  const writers = Array.from({ length: 3 }, () => keysIn(folder).secrets);
  const changer = keysIn(folder);
  await changer.secrets.set({ ...name, key: "gone" }, "x");
  await Promise.all([
    (async () => {
      for (let round = 0; round < 6; round++) await rekey(changer.keys, without(folder));
    })(),
    ...writers.map(async (store, who) => {
      for (let count = 0; count < 12; count++) {
        await store.set({ ...name, key: `${who} ${count}` }, `${who} ${count}`);
        expect(await store.get({ ...name, key: `${who} ${count}` })).toBe(`${who} ${count}`);
        if (count % 3 === 2) await store.delete({ ...name, key: `${who} ${count}` });
        await store.delete({ ...name, key: "gone" });
      }
    }),
  ]);
  const left = await keysIn(folder).secrets.all("p", DEFAULT_AGENT_ID);
  expect(left.size).toBe(3 * 8);
  for (const [key, value] of left) expect(value).toBe(key);
});

/** Another process encrypts everything anew just after this one has asked for the key and before it writes. */
class OvertakenKeys extends DataKeys {
  isOvertaken = false;

  override async ensure() {
    const key = await super.ensure();
    if (!this.isOvertaken) await rekey(new DataKeys({ folder: this.folder, env: {} }), reencryption(this.folder, []));
    this.isOvertaken = true;
    return key;
  }
}

/** Would not notice. */
class HeedlessKeys extends OvertakenKeys {
  override async isStillCurrent() {
    return true;
  }
}

test("a value that was written with a key that just ceased to be the current one is written again", async () => {
  for (const [Keys, found] of [
    [OvertakenKeys, "value"],
    [HeedlessKeys, undefined],
  ] as const) {
    const folder = newFolder();
    await new SecretStore(folder, new Keys({ folder, env: {} })).set(name, "value");
    expect(await keysIn(folder).secrets.get(name)).toBe(found);
  }
});

test("whoever reads while everything is encrypted anew gets all values, never a part of them", async () => {
  const folder = newFolder();
  const changer = keysIn(folder);
  const size = 20;
  for (let count = 0; count < size; count++) await changer.secrets.set({ ...name, key: `k${count}` }, "v");
  let isOver = false;
  const reader = async () => {
    let reads = 0;
    while (!isOver) {
      const { secrets } = keysIn(folder);
      expect((await secrets.all("p", DEFAULT_AGENT_ID)).size).toBe(size);
      expect(await secrets.list("p")).toHaveLength(size);
      reads++;
    }
    return reads;
  };
  const reading = [reader(), reader()];
  for (let round = 0; round < 8; round++) await rekey(changer.keys, without(folder));
  isOver = true;
  for (const reads of await Promise.all(reading)) expect(reads).toBeGreaterThan(0);
});

/** Writes as a host did that knew one key only. */
function writeAsBefore(folder: string, secret: Buffer, of: typeof name, value: string): void {
  const part = (use: string) => Buffer.from(hkdfSync("sha256", secret, "", `osprey secrets ${use}`, 32));
  const hash = (names: string[]) => createHmac("sha256", part("naming")).update(JSON.stringify(names)).digest("hex");
  const pair = `${hash([of.pluginId])}/${hash([of.pluginId, of.agentId])}`;
  const path = `${pair}/${hash([of.pluginId, of.agentId, of.key])}`;
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", part("sealing"), nonce).setAAD(Buffer.from(path));
  const body = Buffer.concat([cipher.update(JSON.stringify({ key: of.key, value })), cipher.final()]);
  mkdirSync(join(folder, pair), { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, path), Buffer.concat([nonce, cipher.getAuthTag(), body]), { mode: 0o600 });
  writeFileSync(join(folder, "key"), secret, { mode: 0o600 });
}

test("a data folder of before is taken over: everything is readable, and its key lies nowhere unwrapped", async () => {
  const folder = newFolder();
  const secret = randomBytes(32);
  writeAsBefore(folder, secret, name, "old value");
  const stranger = { pluginId: "stranger", agentId: "B", key: "k" };
  writeAsBefore(folder, secret, stranger, "of a stranger");
  const { keys, secrets, given } = keysIn(folder);
  expect(keys.peek()).toBe("closed");
  expect(await secrets.all("p", DEFAULT_AGENT_ID)).toEqual(new Map([["token", "old value"]]));
  expect(given).toHaveLength(1);
  expect(existsSync(join(folder, "key"))).toBe(false);
  await secrets.set({ ...name, key: "new" }, "new value");
  const again = keysIn(folder);
  expect((await again.secrets.all("p", DEFAULT_AGENT_ID)).size).toBe(2);
  expect(await again.secrets.list("p")).toEqual([
    { agentId: DEFAULT_AGENT_ID, key: "new" },
    { agentId: DEFAULT_AGENT_ID, key: "token" },
  ]);
  expect((await again.secrets.everything(["p"])).entries).toMatchObject([
    { pluginId: "", agentId: "", key: "k", value: "of a stranger" },
    { pluginId: "p", key: "new" },
    { pluginId: "p", key: "token" },
  ]);
  for (const candidates of [[], ["p"], ["p"]]) {
    await rekey(again.keys, reencryption(folder, candidates));
    for (const store of [again.secrets, keysIn(folder).secrets]) {
      expect(await store.get(name)).toBe("old value");
      expect(await store.get({ ...name, key: "new" })).toBe("new value");
      expect(await store.get(stranger)).toBe("of a stranger");
    }
    await pruneKeys(again.keys, () => new Set());
  }
  await again.secrets.deletePlugin("stranger");
  await rekey(again.keys, without(folder));
  expect(await pruneKeys(again.keys, () => new Set())).toBe(0);
  expect(await keysIn(folder).secrets.get(name)).toBe("old value");
  expect(await keysIn(folder).secrets.get(stranger)).toBeUndefined();
});

test("of processes that take over a data folder of before at once, one does, and all read everything", async () => {
  const folder = newFolder();
  writeAsBefore(folder, randomBytes(32), name, "old value");
  const all = Array.from({ length: 8 }, () => keysIn(folder));
  const read = await Promise.all(all.map(({ secrets }) => secrets.get(name)));
  expect(read).toEqual(Array(8).fill("old value"));
  expect(all.flatMap(({ given }) => given)).toHaveLength(1);
});

test("a take-over that was killed before it removed the key of before is finished", async () => {
  const folder = newFolder();
  const secret = randomBytes(32);
  writeAsBefore(folder, secret, name, "old value");
  await keysIn(folder).keys.current();
  writeFileSync(join(folder, "key"), secret, { mode: 0o600 });
  const { secrets } = keysIn(folder);
  await secrets.set({ ...name, key: "new" }, "x");
  expect(existsSync(join(folder, "key"))).toBe(false);
  writeFileSync(join(folder, "key"), randomBytes(32), { mode: 0o600 });
  await keysIn(folder).secrets.set({ ...name, key: "new" }, "y");
  expect(existsSync(join(folder, "key")), "one that is not wrapped").toBe(true);
});

test("a key of before that has the wrong size is named in the error, and left alone", async () => {
  const folder = newFolder();
  writeAsBefore(folder, randomBytes(32), name, "value");
  chmodSync(join(folder, "key"), 0o600);
  writeFileSync(join(folder, "key"), "short");
  await expect(keysIn(folder).secrets.get(name)).rejects.toThrow(/key file .* is damaged/);
  expect(readFileSync(join(folder, "key"), "utf8")).toBe("short");
  expect(existsSync(join(folder, "keys.json"))).toBe(false);
});
