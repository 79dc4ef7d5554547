// Databases of plugins when everything is encrypted anew or given out: with the real program that holds them.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openSecretsVault } from "../../src/host/secrets-vault-host.ts";
import { databaseFolder, openStores, type Stores } from "../../src/host/stores.ts";
import { readKeyNote } from "../../src/store/database-files.ts";
import { tempDir } from "../helpers/temp-dir.ts";

const RUNNER = {};

interface Host {
  readonly stores: Stores;
  readonly given: string[];
  readonly warnings: string[];
  readonly vault: ReturnType<typeof openSecretsVault>;
  /** Runs one statement as a plugin would. */
  sql(placeId: string, sql: string, kind?: "exec" | "query"): Promise<string>;
}

function hostOn(data: string): Host {
  const given: string[] = [];
  const warnings: string[] = [];
  const warn = (_: string | undefined, text: string) => void warnings.push(text);
  const onRecoveryKey = (text: string) => void given.push(text);
  const stores = openStores({ paths: { data }, env: {}, recordsInsights: false, onRecoveryKey, warn });
  onTestFinished(async () => await stores.stop());
  return {
    stores,
    given,
    warnings,
    vault: openSecretsVault({ paths: { data }, stores, warn }),
    async sql(placeId, sql, kind = "exec") {
      return (await stores.databases.run({ placeId, runner: RUNNER, kind, sql, params: null })).json;
    },
  };
}

/** A data folder with one row in each plugin's database. */
async function filled(placeIds: readonly string[]): Promise<string> {
  const data = tempDir();
  const host = hostOn(data);
  for (const placeId of placeIds) {
    await host.sql(placeId, "CREATE TABLE t (v TEXT)");
    expect(await host.sql(placeId, `INSERT INTO t VALUES ('kept by ${placeId}')`)).toContain('"changes":1');
  }
  await host.stores.stop();
  return data;
}

const note = (data: string, placeId: string) => readKeyNote(databaseFolder({ data }, placeId));
const PLACES = ["org.example.a", "org.example.b", "library-0123456789abcdef0123456789abcdef"];

test("a rekey encrypts databases anew, those of libraries too, and the next one forgets the old key", async () => {
  const data = await filled(PLACES);
  const host = hostOn(data);
  const old = (await host.stores.keys.current())!;
  const done = await host.vault.rekey();
  expect(done).toMatchObject({ databases: 3, waiting: [], olderKeys: 1 });
  expect(host.warnings).toEqual([]);
  for (const placeId of PLACES) {
    expect(note(data, placeId)).toBe(done.keyId);
    expect(readdirSync(databaseFolder({ data }, placeId))).toEqual(["data.db", "data.db-key"]);
    expect(await hostOn(data).sql(placeId, "SELECT v FROM t", "query")).toContain(`kept by ${placeId}`);
  }
  expect(await hostOn(data).stores.keys.byId(old.id)).toBeDefined();
});

test("a database that another host has open waits with its key, and the next rekey has it", async () => {
  const data = await filled(PLACES);
  const busy = hostOn(data);
  await busy.sql("org.example.a", "INSERT INTO t VALUES ('more')");
  const host = hostOn(data);
  const old = (await host.stores.keys.current())!;
  const done = await host.vault.rekey();
  expect(done).toMatchObject({ databases: 2, olderKeys: 1 });
  expect(done.waiting).toMatchObject([{ placeId: "org.example.a", reason: { code: "database_in_use" } }]);
  expect(note(data, "org.example.a")).toBe(old.id);
  expect(await busy.sql("org.example.a", "SELECT count(*) FROM t", "query")).toContain("[2]");
  await busy.stores.stop();

  // Opening it is enough.
  const next = hostOn(data);
  expect(await next.sql("org.example.a", "SELECT count(*) FROM t", "query")).toContain("[2]");
  expect(note(data, "org.example.a")).toBe(done.keyId);
  await next.stores.stop();
  expect(await hostOn(data).vault.rekey()).toMatchObject({ databases: 3, waiting: [], olderKeys: 1 });
  expect(await hostOn(data).stores.keys.byId(old.id)).toBeUndefined();
  expect(await hostOn(data).sql("org.example.a", "SELECT count(*) FROM t", "query")).toContain("[2]");
});

test("an old key stays while a damaged database that was put aside, or one without a note, may need it", async () => {
  const data = await filled(["org.example.a"]);
  const folder = databaseFolder({ data }, "org.example.a");
  const old = note(data, "org.example.a");
  writeFileSync(join(folder, "data.db.damaged-20260102T030405Z"), "damaged");
  writeFileSync(join(folder, "data.db.damaged-20260102T030405Z-key"), JSON.stringify({ key_id: old }));
  for (const olderKeys of [1, 2]) {
    expect(await hostOn(data).vault.rekey()).toMatchObject({ databases: 1, olderKeys });
    expect(await hostOn(data).stores.keys.byId(old!)).toBeDefined();
  }
  rmSync(join(folder, "data.db.damaged-20260102T030405Z-key"));
  expect(await hostOn(data).vault.rekey()).toMatchObject({ databases: 1, olderKeys: 3 });
  rmSync(join(folder, "data.db.damaged-20260102T030405Z"));
  expect(await hostOn(data).vault.rekey()).toMatchObject({ databases: 1, olderKeys: 1 });
  expect(await hostOn(data).stores.keys.byId(old!)).toBeUndefined();
});

test("copies of databases are ordinary SQLite files that nobody else may read, and overwrite nothing", async () => {
  const data = await filled(PLACES);
  const { given, stores } = hostOn(data);
  expect(given).toEqual([]);
  await stores.secrets.set({ pluginId: "org.example.a", agentId: "A", key: "k" }, "v");
  const folder = join(tempDir(), "copies");
  const { vault } = hostOn(data);
  const { written, left } = await vault.exportDatabases(folder);
  expect(left).toEqual([]);
  expect(written.map(({ placeId }) => placeId)).toEqual(PLACES);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  for (const { placeId, path } of written) {
    const bytes = readFileSync(path);
    expect(bytes.subarray(0, 15).toString()).toBe("SQLite format 3");
    expect(bytes.includes(`kept by ${placeId}`)).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(databaseFolder({ data }, placeId), "data.db")).includes("kept by")).toBe(false);
  }
  const before = readFileSync(written[0]!.path);
  const again = await vault.exportDatabases(folder);
  expect(again.written).toEqual([]);
  expect(again.left).toMatchObject(PLACES.map((placeId) => ({ placeId, reason: { code: "output_failed" } })));
  expect(readFileSync(written[0]!.path)).toEqual(before);
});

test("with the key file lost, the recovery key alone gives out databases and settings", async () => {
  const data = tempDir();
  const host = hostOn(data);
  await host.sql("org.example.a", "CREATE TABLE t (v TEXT)");
  await host.sql("org.example.a", "INSERT INTO t VALUES ('kept')");
  await host.stores.secrets.set({ pluginId: "org.example.a", agentId: "A", key: "k" }, "v");
  await host.stores.stop();
  rmSync(join(data, "Secrets/key-file"));
  const { vault } = hostOn(data);
  await expect(vault.settings()).rejects.toMatchObject({ code: "data_key_missing" });
  vault.unlock(host.given[0]!);
  const entries = [{ pluginId: "org.example.a", agentId: "A", key: "k", value: "v" }];
  expect(await vault.settings()).toEqual({ entries, unreadable: [] });
  const folder = join(tempDir(), "copies");
  const { written } = await vault.exportDatabases(folder);
  expect(readFileSync(written[0]!.path).includes("kept")).toBe(true);
  expect(existsSync(join(data, "Secrets/key-file"))).toBe(false);
});

test("folders that are none, and broken databases, do not keep the others from being encrypted anew", async () => {
  const data = await filled(["org.example.a", "org.example.b"]);
  const broken = databaseFolder({ data }, "org.example.b");
  writeFileSync(join(broken, "data.db"), "no database at all, and long enough to be looked at".repeat(100));
  writeFileSync(join(data, "Tools/a-file"), "x");
  mkdirSync(join(data, "Tools/org.example.c/data/data.db"), { recursive: true });
  const host = hostOn(data);
  const done = await host.vault.rekey();
  expect(done.databases).toBe(1);
  expect(done.waiting.map(({ placeId }) => placeId)).toEqual(["org.example.b", "org.example.c"]);
  expect(await hostOn(data).sql("org.example.a", "SELECT v FROM t", "query")).toContain("kept by");
});
