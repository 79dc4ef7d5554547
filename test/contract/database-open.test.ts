// A healthy database is never put aside, whatever its note says, wherever it comes from and whoever else is busy with it;
// and one that lost everything is told and not taken for a new one.

import {
  copyFileSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { HostError } from "../../src/protocol/errors.ts";
import { KeyRing, PLACE } from "../helpers/key-ring.ts";
import { openDatabases } from "../helpers/plugin-databases.ts";
import { tempDir } from "../helpers/temp-dir.ts";

const COUNT = "SELECT count(*) FROM t";

/** A closed database with one row, encrypted with the key "k1". */
async function makeDatabase() {
  const root = tempDir();
  const { databases, exec, folder } = openDatabases({ root });
  for (const sql of ["CREATE TABLE t (v)", "INSERT INTO t VALUES (1)"]) {
    expect((await exec(sql)).errorCode).toBeUndefined();
  }
  await databases.stop();
  return { root, folder };
}

const asides = (folder: string) => readdirSync(folder).filter((name) => name.includes(".damaged-"));
const noteOf = (folder: string) => readFileSync(join(folder, "data.db-key"), "utf8").trim();
const noteKey = (folder: string, keyId: string, more = {}) =>
  writeFileSync(join(folder, "data.db-key"), JSON.stringify({ key_id: keyId, ...more }));

/** Somebody else encrypts everything with "k2" after this one has asked for the keys, and before it opens the file. */
class OvertakenKeys extends KeyRing {
  readonly #overtake: () => Promise<void>;
  isOvertaken = false;

  constructor(overtake: () => Promise<void>) {
    super("k1");
    this.#overtake = overtake;
  }

  override async current() {
    const current = await super.current();
    if (this.isOvertaken) return current;
    this.isOvertaken = true;
    await this.#overtake();
    this.use("k2");
    return current;
  }

  override ids() {
    return this.isOvertaken ? super.ids() : ["k1"];
  }
}

/** Reads the keys once and never again. */
class HeedlessKeys extends OvertakenKeys {
  override async current() {
    await super.current();
    return await super.byId("k1");
  }

  override ids() {
    return ["k1"];
  }
}

test("a file that another process encrypted anew while this one waited for it is opened with the new key", async () => {
  for (const [Keys, isPutAside] of [
    [OvertakenKeys, false],
    [HeedlessKeys, true],
  ] as const) {
    const { root, folder } = await makeDatabase();
    const keys = new Keys(async () => {
      const others = new KeyRing("k1");
      others.use("k2");
      const other = openDatabases({ root, keys: others });
      expect(await other.rows(COUNT)).toEqual([[1]]);
      await other.databases.stop();
      // The heedless one believes its old note, too.
      if (isPutAside) noteKey(folder, "k1");
    });
    const { query, databases } = openDatabases({ root, keys });
    const { errorCode } = await query(COUNT);
    await databases.stop();
    expect(errorCode).toBe(isPutAside ? "database_broken" : undefined);
    expect(asides(folder).length > 0).toBe(isPutAside);
  }
});

test("a database that was put back from a backup is opened with whichever known key it has", async () => {
  const { root, folder } = await makeDatabase();
  const backup = join(root, "backup");
  copyFileSync(join(folder, "data.db"), backup);
  const keys = new KeyRing("k1");
  keys.use("k2");
  keys.use("k3");
  const next = openDatabases({ root, keys });
  await next.rows(COUNT);
  await next.databases.stop();
  for (const noted of ["k3", "k2", "no key of anybody's"]) {
    copyFileSync(backup, join(folder, "data.db"));
    noteKey(folder, noted);
    const again = openDatabases({ root, keys });
    expect(await again.rows(COUNT), noted).toEqual([[1]]);
    await again.databases.stop();
    expect(noteOf(folder)).toBe('{"key_id":"k3"}');
    expect(again.warnings).toEqual([]);
  }
  expect(asides(folder)).toEqual([]);
});

test("while one of the keys cannot be opened, no file counts as damaged", async () => {
  const { root, folder } = await makeDatabase();
  class ClosedKeys extends KeyRing {
    override async byId(id: string) {
      if (id === "k1") throw new HostError("keyring_failed", "the keychain is locked");
      return await super.byId(id);
    }
  }
  const keys = new ClosedKeys("k2");
  keys.add("k1");
  noteKey(folder, "k2");
  const { query, databases } = openDatabases({ root, keys });
  expect(await query(COUNT)).toMatchObject({ errorCode: "keyring_failed" });
  await databases.stop();
  expect(asides(folder)).toEqual([]);
});

test("of several that find a file damaged at once one puts it aside, and nobody the new one", async () => {
  for (let round = 0; round < 10; round++) {
    const { root, folder } = await makeDatabase();
    writeFileSync(join(folder, "data.db"), "no database at all, and long enough to be looked at".repeat(100));
    const hosts = Array.from({ length: 4 }, () => openDatabases({ root, busyMs: 2_000, idleMs: 1 }));
    await Promise.all(hosts.map(({ exec }) => exec("CREATE TABLE IF NOT EXISTS t (v)")));
    await Promise.all(hosts.map(({ databases }) => databases.stop()));
    expect(asides(folder)).toEqual([expect.stringMatching(/Z$/), expect.stringMatching(/Z-key$/)]);
    expect(existsSync(join(folder, "data.db.lock"))).toBe(false);
  }
});

test("a file that another host puts aside before this one opens it is made by nobody who did not note that first", async () => {
  const { root, folder } = await makeDatabase();
  const made: { isThere: boolean }[] = [];
  class LateKeys extends KeyRing {
    override async current() {
      if (made.length === 0) rmSync(join(folder, "data.db"), { force: true });
      return await super.current();
    }
    override async ensure() {
      made.push({ isThere: existsSync(join(folder, "data.db")) });
      return await super.ensure();
    }
  }
  const { exec, databases } = openDatabases({ root, keys: new LateKeys("k1") });
  expect((await exec("CREATE TABLE t (v)")).errorCode).toBeUndefined();
  await databases.stop();
  expect(made).toEqual([{ isThere: false }]);
  expect(asides(folder)).toEqual([]);
  expect(noteOf(folder)).toBe('{"key_id":"k1"}');
});

test("a database is never empty after it was opened once, so that an emptied one is put aside and told", async () => {
  const root = tempDir();
  const first = openDatabases({ root });
  await first.query("SELECT 1");
  await first.databases.stop();
  const { folder } = first;
  expect(statSync(join(folder, "data.db")).size).toBeGreaterThan(0);
  expect(noteOf(folder)).toBe('{"key_id":"k1"}');
  truncateSync(join(folder, "data.db"));
  // Whether its key is known does not matter: nothing is left that it could open.
  for (const ring of [new KeyRing("k1"), new KeyRing("other")]) {
    const copy = tempDir();
    cpSync(join(root, PLACE), join(copy, PLACE), { recursive: true });
    const { query, warnings, folder: inCopy } = openDatabases({ root: copy, keys: ring });
    expect(await query("SELECT 1")).toMatchObject({ errorCode: "database_broken" });
    expect(warnings).toEqual([expect.stringContaining("damaged")]);
    expect(asides(inCopy).length).toBeGreaterThan(0);
    expect((await query("SELECT 1")).errorCode).toBeUndefined();
  }
});

test("a host that was killed while it made a database leaves nothing that looks like damage", async () => {
  for (const file of [undefined, ""]) {
    const { root, folder } = await makeDatabase();
    const { databases, exec, warnings } = openDatabases({ root: join(root, "x") });
    const place = join(root, "x", PLACE, "data");
    cpSync(folder, place, { recursive: true });
    truncateSync(join(place, "data.db"));
    if (file === undefined) rmSync(join(place, "data.db"));
    noteKey(place, "k1", { new: true });
    expect((await exec("CREATE TABLE t (v)")).errorCode).toBeUndefined();
    await databases.stop();
    expect(warnings).toEqual([]);
    expect(noteOf(place)).toBe('{"key_id":"k1"}');
  }
  // The file was made, and the note not yet written again: the next one does that.
  const { root, folder } = await makeDatabase();
  noteKey(folder, "k1", { new: true });
  const { databases, rows } = openDatabases({ root });
  expect(await rows(COUNT)).toEqual([[1]]);
  await databases.stop();
  expect(noteOf(folder)).toBe('{"key_id":"k1"}');
});
