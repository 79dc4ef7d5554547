import { execFileSync } from "node:child_process";
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { SECRETS_FRESH_MS, SETTING_FILE_BYTES_MAX } from "../protocol/limits.ts";
import { DataKeys } from "./data-keys.ts";
import { SecretStore } from "./secret-store.ts";

/** The files of all values. */
const valueFiles = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => statSync(join(folder, path)).isFile() && path.includes("/"))
    .map((path) => join(folder, path));

const name = { pluginId: "p", agentId: "A", key: "token" };

test("a value is kept over a restart, per plugin, agent and key", async () => {
  const folder = join(tempDir(), "secrets");
  await new SecretStore(folder).set(name, "s3cret");
  const again = new SecretStore(folder);
  expect(await again.get(name)).toBe("s3cret");
  for (const other of [{ pluginId: "q" }, { agentId: "B" }, { key: "tokem" }]) {
    expect(await again.get({ ...name, ...other })).toBeUndefined();
  }
});

test("an empty text is a value, and a value can be replaced and deleted", async () => {
  const store = new SecretStore(join(tempDir(), "secrets"));
  await store.set(name, "");
  expect(await store.get(name)).toBe("");
  await store.set(name, "käse \u{1f9c0}");
  expect(await store.get(name)).toBe("käse \u{1f9c0}");
  await store.delete(name);
  expect(await store.get(name)).toBeUndefined();
  await store.delete(name);
});

test("reading and deleting make no folder", async () => {
  const parent = tempDir();
  const store = new SecretStore(join(parent, "secrets"));
  expect(await store.get(name)).toBeUndefined();
  await store.delete(name);
  expect(readdirSync(parent)).toEqual([]);
});

test("neither names nor values lie on disk in the clear, and nobody else may read the files", async () => {
  const folder = join(tempDir(), "secrets");
  const store = new SecretStore(folder);
  await store.set({ pluginId: "plain-plugin", agentId: "plain-agent", key: "plain-key" }, "plain-value");
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" });
  expect(paths.map((path) => path.split("/").length).sort()).toEqual([1, 1, 1, 2, 3, 4]);
  for (const path of paths) {
    expect(path).not.toContain("plain");
    const stat = statSync(join(folder, path));
    expect(stat.mode & 0o777).toBe(stat.isFile() ? 0o600 : 0o700);
    if (stat.isFile()) expect(readFileSync(join(folder, path), "latin1")).not.toContain("plain");
  }
});

test("a damaged file is an error for whoever asks for it, not a value and not an absence", async () => {
  const folder = join(tempDir(), "secrets");
  const store = new SecretStore(folder);
  await store.set(name, "value");
  const [file] = valueFiles(folder) as [string];
  const bytes = readFileSync(file);
  for (const at of [0, 15, bytes.length - 1]) {
    const damaged = Buffer.from(bytes);
    damaged[at]! ^= 1;
    writeFileSync(file, damaged);
    await expect(store.get(name)).rejects.toMatchObject({ code: "store_broken" });
    expect(await new SecretStore(folder).all("p", "A")).toEqual(new Map());
  }
  writeFileSync(file, bytes.subarray(0, 5));
  await expect(store.get(name)).rejects.toMatchObject({ code: "store_broken" });
  writeFileSync(file, bytes);
  expect(await store.get(name)).toBe("value");
});

test("the file of one secret cannot stand in for another", async () => {
  const folder = join(tempDir(), "secrets");
  const store = new SecretStore(folder);
  await store.set(name, "mine");
  const [mine] = valueFiles(folder) as [string];
  for (const other of [{ agentId: "B" }, { key: "other" }]) {
    await store.set({ ...name, ...other }, "theirs");
    const theirs = valueFiles(folder).find((path) => path !== mine)!;
    renameSync(theirs, mine);
    await expect(store.get(name)).rejects.toMatchObject({ code: "store_broken" });
    expect(await new SecretStore(folder).all("p", "A")).toEqual(new Map());
  }
});

test("two stores that begin at the same moment agree on the key", async () => {
  const folder = join(tempDir(), "secrets");
  const stores = Array.from({ length: 8 }, () => new SecretStore(folder));
  await Promise.all(stores.map((store, index) => store.set({ ...name, key: `k${index}` }, `v${index}`)));
  const reader = new SecretStore(folder);
  for (let index = 0; index < stores.length; index++)
    expect(await reader.get({ ...name, key: `k${index}` })).toBe(`v${index}`);
});

test("all values of a pair are given, in the order of their keys, and none of anybody else", async () => {
  const store = new SecretStore(join(tempDir(), "secrets"));
  expect([...(await store.all("p", "A"))]).toEqual([]);
  for (const key of ["b", "__proto__", "", "a\0\ud800"]) await store.set({ ...name, key }, `v ${key}`);
  await store.set({ ...name, agentId: "B" }, "theirs");
  await store.set({ ...name, pluginId: "q" }, "theirs");
  expect([...(await store.all("p", "A"))]).toEqual([
    ["", "v "],
    ["__proto__", "v __proto__"],
    ["a\0\ud800", "v a\0\ud800"],
    ["b", "v b"],
  ]);
  expect([...(await store.all("p", "C"))]).toEqual([]);
});

test("the same map is given at once while nothing changed, and an own change counts at once", async () => {
  const store = new SecretStore(join(tempDir(), "secrets"));
  await store.set(name, "1");
  const first = await store.all("p", "A");
  expect(store.all("p", "A")).toBe(first);
  await store.set({ ...name, agentId: "B" }, "2");
  expect(store.all("p", "A")).toBe(first);
  await store.set(name, "2");
  expect(await store.all("p", "A")).toEqual(new Map([["token", "2"]]));
  await store.delete(name);
  expect(await store.all("p", "A")).toEqual(new Map());
});

test("what was being read when a value changed is not kept", async () => {
  const store = new SecretStore(join(tempDir(), "secrets"));
  await store.set(name, "1");
  const early = [store.all("p", "A"), store.set(name, "2"), store.all("p", "A")];
  await Promise.all(early);
  expect(await store.all("p", "A")).toEqual(new Map([["token", "2"]]));
});

/** Until the values are looked at again. */
const untilStale = () => delay(SECRETS_FRESH_MS + 5);

test("what another process changes is seen soon: the first value, a new one, a changed one, the last one's end", async () => {
  const folder = join(tempDir(), "secrets");
  const [ours, theirs] = [new SecretStore(folder), new SecretStore(folder)];
  expect(await ours.all("p", "A")).toEqual(new Map());
  for (const value of ["1", "2", "3", "4"]) {
    await theirs.set(name, value);
    await untilStale();
    expect(await ours.all("p", "A")).toEqual(new Map([["token", value]]));
  }
  await theirs.delete(name);
  await untilStale();
  expect(await ours.all("p", "A")).toEqual(new Map());
});

test("a folder that was left alone is not read again, and a change in it is noticed by its time", async () => {
  const folder = join(tempDir(), "secrets");
  const store = new SecretStore(folder);
  await store.set(name, "1");
  const pairFolder = dirname(valueFiles(folder)[0]!);
  const longAgo = new Date(Date.now() - 60_000);
  utimesSync(pairFolder, longAgo, longAgo);
  const first = await store.all("p", "A");
  await untilStale();
  expect(store.all("p", "A")).toBe(first);
  await new SecretStore(folder).set(name, "2");
  await untilStale();
  expect(await store.all("p", "A")).toEqual(new Map([["token", "2"]]));
});

test("all values of a plugin can be forgotten, for every agent, and only its", async () => {
  const store = new SecretStore(join(tempDir(), "secrets"));
  await store.deletePlugin("p");
  for (const other of [{}, { agentId: "B" }, { pluginId: "q" }]) await store.set({ ...name, ...other }, "v");
  await store.all("p", "A");
  await store.deletePlugin("p");
  expect(await store.all("p", "A")).toEqual(new Map());
  expect(await store.get({ ...name, agentId: "B" })).toBeUndefined();
  expect(await store.get({ ...name, pluginId: "q" })).toBe("v");
  await store.set(name, "again");
  expect(await store.get(name)).toBe("again");
});

test("writers in several stores at once lose nothing of each other's", async () => {
  const folder = join(tempDir(), "secrets");
  const stores = Array.from({ length: 4 }, () => new SecretStore(folder));
  await Promise.all(
    stores.flatMap((store, who) =>
      Array.from({ length: 10 }, (_, index) => store.set({ ...name, key: `${who} ${index}` }, "v")),
    ),
  );
  expect((await new SecretStore(folder).all("p", "A")).size).toBe(40);
});

test("what was read, written or handed out for a plugin is known, for all its agents and for no other plugin", async () => {
  const folder = join(tempDir(), "secrets");
  const before = new SecretStore(folder);
  await before.set(name, "of A");
  await before.set({ ...name, agentId: "B" }, "of B");
  await before.set({ ...name, agentId: "C" }, "of C");

  const store = new SecretStore(folder);
  expect(store.knownValues("p")).toEqual([]);
  await store.all("p", "A");
  await store.get({ ...name, agentId: "B" });
  await store.set({ ...name, key: "other" }, "new");
  expect([...store.knownValues("p")].sort()).toEqual(["new", "of A", "of B"]);
  expect(store.knownValues("q")).toEqual([]);
});

test("a value stays known after it was replaced or deleted", async () => {
  const store = new SecretStore(join(tempDir(), "secrets"));
  await store.set(name, "first");
  await store.set(name, "second");
  await store.delete(name);
  await store.all("p", "A");
  expect([...store.knownValues("p")].sort()).toEqual(["first", "second"]);
});

test("it can be listed what is kept: of a plugin, for which agents, and everything, in order and also after a restart", async () => {
  const folder = join(tempDir(), "secrets");
  const store = new SecretStore(folder);
  expect([await store.list("p"), await store.agentsOf("p"), (await store.everything()).entries]).toEqual([[], [], []]);
  for (const other of [{ key: "b" }, { key: "a" }, { agentId: "B", key: "" }, { pluginId: "o", key: "\ud800" }]) {
    await store.set({ ...name, ...other }, `v ${other.key}`);
  }
  for (const one of [store, new SecretStore(folder)]) {
    expect(await one.list("p")).toEqual([
      { agentId: "A", key: "a" },
      { agentId: "A", key: "b" },
      { agentId: "B", key: "" },
    ]);
    expect(await one.agentsOf("p")).toEqual(["A", "B"]);
    expect(await one.list("q")).toEqual([]);
    expect((await one.everything()).entries).toEqual([
      { pluginId: "o", agentId: "A", key: "\ud800", value: "v \ud800" },
      { pluginId: "p", agentId: "A", key: "a", value: "v a" },
      { pluginId: "p", agentId: "A", key: "b", value: "v b" },
      { pluginId: "p", agentId: "B", key: "", value: "v " },
    ]);
  }
});

test("what cannot be read keeps nothing else back, and is warned of once, by its name", async () => {
  const folder = join(tempDir(), "secrets");
  const first = new SecretStore(folder);
  await first.set(name, "damaged");
  const [bad] = valueFiles(folder) as [string];
  await first.set({ ...name, key: "good" }, "v");
  const place = dirname(bad);
  const ways: [string, () => void][] = [
    ["cut off", () => writeFileSync(bad, readFileSync(bad).subarray(0, 20))],
    ["empty", () => writeFileSync(bad, "")],
    ["over the limit", () => writeFileSync(bad, Buffer.alloc(SETTING_FILE_BYTES_MAX + 1))],
    ["a pipe, which nobody may wait for", () => [rmSync(bad), execFileSync("mkfifo", [bad])]],
  ];
  for (const [way, make] of ways) {
    make();
    const warnings: string[] = [];
    const warn = (pluginId: string, text: string) => void warnings.push(`${pluginId}: ${text}`);
    const store = new SecretStore(folder, new DataKeys({ folder, env: {} }), { warn });
    for (let round = 0; round < 2; round++) {
      expect(await store.all("p", "A"), way).toEqual(new Map([["good", "v"]]));
      expect(await store.list("p")).toEqual([{ agentId: "A", key: "good" }]);
      store.lookAgain("p", "A");
    }
    expect(warnings, way).toEqual([expect.stringContaining(bad)]);
    await expect(store.get(name)).rejects.toMatchObject({ code: "store_broken" });
  }
  writeFileSync(join(place, "../0".padEnd(67, "0")), "a stray file");
  writeFileSync(join(folder, "0".repeat(64)), "");
  writeFileSync(join(folder, "0".repeat(32)), "");
  expect(await new SecretStore(folder).all("p", "A")).toEqual(new Map([["good", "v"]]));
  rmSync(bad);
  expect(await new SecretStore(folder).everything()).toMatchObject({ entries: [{ key: "good" }], unreadable: [] });
});

test("a file of a setting may be as large as the limit", async () => {
  const folder = join(tempDir(), "secrets");
  const store = new SecretStore(folder);
  await store.set(name, "");
  const [file] = valueFiles(folder) as [string];
  await store.set(name, "v".repeat(SETTING_FILE_BYTES_MAX - readFileSync(file).length));
  expect(statSync(file).size).toBe(SETTING_FILE_BYTES_MAX);
  expect((await new SecretStore(folder).get(name))?.length).toBeGreaterThan(SETTING_FILE_BYTES_MAX - 1000);
  await store.set(name, `${"v".repeat(SETTING_FILE_BYTES_MAX - 100)}${"w".repeat(100)}`);
  await expect(new SecretStore(folder).get(name)).rejects.toMatchObject({ code: "store_broken" });
});

test("all values of a plugin can be noted, of all agents, whatever is wrong with some of them, and none of another's", async () => {
  const folder = join(tempDir(), "secrets");
  const before = new SecretStore(folder);
  await before.set({ ...name, key: "damaged" }, "x");
  const [bad] = valueFiles(folder) as [string];
  for (const agentId of ["A", "B"]) await before.set({ ...name, agentId }, `of ${agentId}`);
  await before.set({ ...name, pluginId: "q" }, "theirs");
  writeFileSync(bad, "");
  const store = new SecretStore(folder);
  await store.noteAll("p");
  expect([...store.knownValues("p")].sort()).toEqual(["of A", "of B"]);
  expect(store.knownValues("q")).toEqual([]);
  rmSync(join(folder, "key-file"));
  const closed = new SecretStore(folder);
  await closed.noteAll("p");
  expect(closed.knownValues("p")).toEqual([]);
  writeFileSync(join(folder, "keys.json"), "{");
  await new SecretStore(folder).noteAll("p");
  const nothing = join(tempDir(), "secrets");
  await new SecretStore(nothing).noteAll("p");
  expect(existsSync(nothing)).toBe(false);
});
