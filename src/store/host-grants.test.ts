import { existsSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3-multiple-ciphers";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../../test/helpers/eventually.ts";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { controlDb } from "./control-db.ts";
import { MIGRATIONS } from "./control-db-tables.ts";
import { HostGrants } from "./host-grants.ts";

/** The grants of one host; several on the same folder are like several processes. */
function openAt(folder: string): HostGrants {
  const db = controlDb(folder);
  onTestFinished(() => db.close());
  return new HostGrants(db);
}

const NAS = { pluginId: "p", host: "nas.local", port: null };

test("without a grant nothing is reached, and no database is made by asking", async () => {
  const folder = join(tempDir(), "data");
  const grants = openAt(folder);
  expect(await grants.mayReach("p", "nas.local", 80)).toBe(false);
  expect(await grants.list()).toEqual([]);
  expect(await grants.revoke(NAS)).toEqual([]);
  expect(await grants.forgetPlugin("p")).toEqual([]);
  expect(existsSync(folder)).toBe(false);
});

test("a grant is for one plugin, one host, and one port or all", async () => {
  const grants = openAt(tempDir());
  expect(await grants.allow(NAS)).toBe(true);
  expect(await grants.allow({ ...NAS, host: "[::1]", port: 8080 })).toBe(true);
  expect(await grants.allow(NAS)).toBe(false);
  expect(await grants.mayReach("p", "nas.local", 80)).toBe(true);
  expect(await grants.mayReach("p", "nas.local", 8443)).toBe(true);
  expect(await grants.mayReach("p", "[::1]", 8080)).toBe(true);
  expect(await grants.mayReach("p", "[::1]", 80)).toBe(false);
  expect(await grants.mayReach("p", "other.local", 80)).toBe(false);
  expect(await grants.mayReach("p", "sub.nas.local", 80)).toBe(false);
  expect(await grants.mayReach("q", "nas.local", 80)).toBe(false);
  expect(await grants.mayReach("library:p", "nas.local", 80)).toBe(false);
  expect(await grants.list()).toMatchObject([
    { pluginId: "p", host: "[::1]", port: 8080, createdAt: expect.stringMatching(/^\d{4}-.*Z$/) },
    { pluginId: "p", host: "nas.local", port: null },
  ]);
});

test("taking back names a port, or means all of them; it counts at once", async () => {
  const grants = openAt(tempDir());
  for (const port of [null, 80, 81]) await grants.allow({ ...NAS, port });
  expect(await grants.revoke({ ...NAS, port: 80 })).toMatchObject([{ port: 80 }]);
  expect(await grants.mayReach("p", "nas.local", 80)).toBe(true);
  expect(await grants.revoke({ ...NAS, pluginId: "q" })).toEqual([]);
  expect(await grants.revoke(NAS)).toHaveLength(2);
  expect(await grants.mayReach("p", "nas.local", 80)).toBe(false);
});

test("a plugin that goes takes its grants along, and no others", async () => {
  const grants = openAt(tempDir());
  await grants.allow(NAS);
  await grants.allow({ ...NAS, pluginId: "q" });
  expect(await grants.forgetPlugin("p")).toHaveLength(1);
  expect(await grants.mayReach("p", "nas.local", 80)).toBe(false);
  expect(await grants.mayReach("q", "nas.local", 80)).toBe(true);
});

test("what another process allows and takes back counts soon", async () => {
  const folder = tempDir();
  const [here, there] = [openAt(folder), openAt(folder)];
  expect(await here.mayReach("p", "nas.local", 80)).toBe(false);
  await there.allow(NAS);
  await eventually(async () => expect(await here.mayReach("p", "nas.local", 80)).toBe(true));
  await there.revoke(NAS);
  await eventually(async () => expect(await here.mayReach("p", "nas.local", 80)).toBe(false));
});

test("a database of the version before gets the table, and keeps what it has", async () => {
  const folder = tempDir();
  const old = new Database(join(folder, "osprey.db"), {});
  old.exec(MIGRATIONS[0]!);
  old.exec("INSERT INTO grants VALUES ('p', 't', NULL, 'deny', 'settings', '')");
  old.pragma("user_version = 1");
  old.close();
  const grants = openAt(folder);
  await grants.allow(NAS);
  expect(await grants.mayReach("p", "nas.local", 80)).toBe(true);
  const db = new Database(join(folder, "osprey.db"), {});
  onTestFinished(() => void db.close());
  expect(db.prepare("SELECT count(*) FROM grants").pluck().get()).toBe(1);
});
