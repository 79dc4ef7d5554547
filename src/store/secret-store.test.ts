import { chmodSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { SecretStore } from "./secret-store.ts";

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
  for (const file of readdirSync(folder)) {
    expect(file).not.toContain("plain");
    expect(readFileSync(join(folder, file), "latin1")).not.toContain("plain");
    expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
  }
});

test("a damaged file is an error, not a value and not an absence", async () => {
  const folder = join(tempDir(), "secrets");
  const store = new SecretStore(folder);
  await store.set(name, "value");
  const file = join(folder, readdirSync(folder).find((entry) => entry !== "key")!);
  const bytes = readFileSync(file);
  for (const at of [0, 15, bytes.length - 1]) {
    const damaged = Buffer.from(bytes);
    damaged[at]! ^= 1;
    writeFileSync(file, damaged);
    await expect(store.get(name)).rejects.toMatchObject({ code: "store_broken" });
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
  const mine = readdirSync(folder).find((entry) => entry !== "key")!;
  await store.set({ ...name, agentId: "B" }, "theirs");
  const theirs = readdirSync(folder).find((entry) => entry !== "key" && entry !== mine)!;
  renameSync(join(folder, theirs), join(folder, mine));
  await expect(store.get(name)).rejects.toMatchObject({ code: "store_broken" });
});

test("two stores that begin at the same moment agree on the key", async () => {
  const folder = join(tempDir(), "secrets");
  const stores = Array.from({ length: 8 }, () => new SecretStore(folder));
  await Promise.all(stores.map((store, index) => store.set({ ...name, key: `k${index}` }, `v${index}`)));
  const reader = new SecretStore(folder);
  for (let index = 0; index < stores.length; index++)
    expect(await reader.get({ ...name, key: `k${index}` })).toBe(`v${index}`);
});

test("a key file of the wrong size is named in the error, and left alone", async () => {
  const folder = join(tempDir(), "secrets");
  await new SecretStore(folder).set(name, "value");
  chmodSync(join(folder, "key"), 0o600);
  writeFileSync(join(folder, "key"), "short");
  await expect(new SecretStore(folder).get(name)).rejects.toThrow(/key file .* is damaged/);
  expect(readFileSync(join(folder, "key"), "utf8")).toBe("short");
});
