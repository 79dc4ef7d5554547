// Which key a plugin's database is encrypted with, through changes of keys and deaths in the middle of them; and what
// becomes of a file that is damaged. No way of failing may cost data that was there.

import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  closeSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { KeyRing, PLACE } from "../helpers/key-ring.ts";
import { databasePids, openDatabases } from "../helpers/plugin-databases.ts";
import { untilGone } from "../helpers/processes.ts";
import { tempDir } from "../helpers/temp-dir.ts";

const HOLDER = join(import.meta.dirname, "../helpers/hold-database.ts");
const FILLED = [
  "CREATE TABLE t (v)",
  "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 2000) SELECT hex(randomblob(50)) || i FROM n",
];
const COUNT = "SELECT count(*), count(DISTINCT v) FROM t";

/** A closed database with rows, encrypted with the key "k1". */
async function makeDatabase() {
  const root = tempDir();
  const { databases, exec, folder } = openDatabases({ root });
  for (const sql of FILLED) expect((await exec(sql)).errorCode).toBeUndefined();
  await databases.stop();
  return { root, folder };
}

/** The same, by a host that was killed: its last changes stand beside the file only. */
async function makeUnclosed(...more: string[]) {
  const root = tempDir();
  const host = startHost(root, ...FILLED, ...more);
  expect(String((await once(host.stdout!, "data"))[0])).toBe("ready\n");
  const [pid] = databasePids(host.pid);
  host.kill("SIGKILL");
  process.kill(pid!, "SIGKILL");
  await untilGone(pid!);
  const folder = join(root, PLACE, "data");
  expect(statSync(join(folder, "data.db-wal")).size).toBeGreaterThan(0);
  return { root, folder };
}

function startHost(root: string, ...statements: string[]): ChildProcess {
  const host = spawn(process.execPath, [HOLDER, root, ...statements], { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void host.kill("SIGKILL"));
  return host;
}

/** Overwrites a part of a file. */
function scribble(path: string, from: number, bytes: number): void {
  const file = openSync(path, "r+");
  writeSync(file, Buffer.alloc(bytes, 0x5a), 0, bytes, from);
  closeSync(file);
}

const asides = (folder: string) => readdirSync(folder).filter((name) => /damaged-\w+(-\d+)?$/.test(name));
const noteOf = (folder: string) => readFileSync(join(folder, "data.db-key"), "utf8").trim();
const bytesOf = (folder: string) =>
  Object.fromEntries(
    readdirSync(folder).map((name) => [
      name,
      createHash("sha256")
        .update(readFileSync(join(folder, name)))
        .digest("hex"),
    ]),
  );

test("a new database is encrypted with the current key, and the note says so", async () => {
  const { folder } = await makeDatabase();
  expect(noteOf(folder)).toBe('{"key_id":"k1"}');
});

test("each plugin's key is another one: the files of one are worth nothing in another's place", async () => {
  const { root, folder } = await makeDatabase();
  cpSync(folder, join(root, "thief", "data"), { recursive: true });
  const { query, rows } = openDatabases({ root });
  expect(await query(COUNT, undefined, { placeId: "thief" })).toMatchObject({ errorCode: "database_broken" });
  expect(await rows(COUNT)).toEqual([[2000, 2000]]);
});

test("after a change of keys it is encrypted anew at the next opening, and the old key is of no use any more", async () => {
  for (const make of [makeDatabase, makeUnclosed]) {
    const { root, folder } = await make();
    const keys = new KeyRing("k1");
    keys.use("k2");
    const next = openDatabases({ root, keys });
    expect(await next.rows(COUNT)).toEqual([[2000, 2000]]);
    await next.databases.stop();
    expect(noteOf(folder)).toBe('{"key_id":"k2"}');
    expect(next.warnings).toEqual([]);
    keys.lose("k1");
    expect(await openDatabases({ root, keys }).rows(COUNT)).toEqual([[2000, 2000]]);
  }
});

test("a host that was killed between the new encryption and its note leaves a database that opens", async () => {
  const { root, folder } = await makeDatabase();
  const keys = new KeyRing("k1");
  keys.use("k2");
  const first = openDatabases({ root, keys });
  await first.rows(COUNT);
  await first.databases.stop();
  for (const isOldKeyKnown of [true, false]) {
    writeFileSync(join(folder, "data.db-key"), '{"key_id":"k1"}');
    if (!isOldKeyKnown) keys.lose("k1");
    const second = openDatabases({ root, keys });
    expect(await second.rows(COUNT)).toEqual([[2000, 2000]]);
    await second.databases.stop();
    expect(noteOf(folder)).toBe('{"key_id":"k2"}');
    expect(asides(folder)).toEqual([]);
  }
});

test("a process that is killed while it encrypts anew loses nothing", async () => {
  for (let round = 0; round < 16; round++) {
    const { root, folder } = await makeUnclosed();
    const keys = new KeyRing("k1");
    keys.use("k2");
    const first = openDatabases({ root, keys });
    const known = new Set(databasePids());
    const opening = first.query(COUNT);
    let pid: number | undefined;
    while (pid === undefined) {
      await new Promise((resolve) => setImmediate(resolve));
      pid = databasePids().find((one) => !known.has(one));
    }
    // Another moment of its work each round; all of it takes some milliseconds.
    const killAt = performance.now() + round / 2.5;
    while (performance.now() < killAt) await new Promise((resolve) => setImmediate(resolve));
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It was done.
    }
    await opening;
    await first.databases.stop();
    const second = openDatabases({ root, keys });
    expect(await second.rows(COUNT)).toEqual([[2000, 2000]]);
    await second.databases.stop();
    expect(asides(folder)).toEqual([]);
    expect(noteOf(folder)).toBe('{"key_id":"k2"}');
  }
});

test("while its key is not known a database stays exactly as it is, with what was not yet moved into it", async () => {
  for (const make of [makeDatabase, makeUnclosed]) {
    const { root, folder } = await make();
    rmSync(join(folder, "data.db-owner"), { force: true });
    const before = bytesOf(folder);
    const none = new KeyRing();
    for (const keys of [new KeyRing("other"), none]) {
      const { query, databases, warnings } = openDatabases({ root, keys });
      for (let i = 0; i < 2; i++) {
        expect(JSON.parse((await query(COUNT)).json)).toMatchObject({
          error: "data_key_missing",
          message: expect.stringContaining("osaurus secrets recover"),
        });
      }
      expect(warnings).toHaveLength(1);
      await databases.stop();
    }
    expect(await none.current(), "a key was made that opens nothing").toBeUndefined();
    const { "data.db-shm": _a, ...after } = bytesOf(folder);
    const { "data.db-shm": _b, ...wanted } = before;
    expect(after).toEqual(wanted);
    expect(await openDatabases({ root }).rows(COUNT)).toEqual([[2000, 2000]]);
  }
});

test("trying a wrong key first costs nothing of what a killed host had acknowledged", async () => {
  const { root, folder } = await makeUnclosed("INSERT INTO t VALUES ('the last')");
  // The note names a key that is known and is not the file's.
  writeFileSync(join(folder, "data.db-key"), '{"key_id":"k0"}');
  const keys = new KeyRing("k1");
  keys.add("k0");
  const { rows } = openDatabases({ root, keys });
  expect(await rows("SELECT count(*) FROM t WHERE v = 'the last'")).toEqual([[1]]);
});

test("a database without its note is opened with the current key, and never put aside when that does not fit", async () => {
  const { root, folder } = await makeDatabase();
  rmSync(join(folder, "data.db-key"));
  const other = openDatabases({ root, keys: new KeyRing("other") });
  expect(await other.query(COUNT)).toMatchObject({ errorCode: "data_key_missing" });
  await other.databases.stop();
  expect(asides(folder)).toEqual([]);
  const { rows } = openDatabases({ root });
  expect(await rows(COUNT)).toEqual([[2000, 2000]]);
  expect(noteOf(folder)).toBe('{"key_id":"k1"}');
});

test("a file that is no database is put aside whole, its owner is told where, and the next one begins empty", async () => {
  const { root, folder } = await makeUnclosed();
  // Both copies of its first page.
  scribble(join(folder, "data.db"), 0, 4096);
  scribble(join(folder, "data.db-wal"), 0, 2 * 4096);
  const before = bytesOf(folder);
  const { query, exec, rows, warnings } = openDatabases({ root });
  const told = JSON.parse((await query(COUNT)).json) as { error: string; message: string };
  expect(told.error).toBe("database_broken");
  const [aside = ""] = asides(folder);
  expect(told.message).toContain(join(folder, aside));
  expect(warnings).toEqual([expect.stringContaining(join(folder, aside))]);
  const after = bytesOf(folder);
  for (const end of ["", "-wal", "-key"]) expect(after[`${aside}${end}`], end).toBe(before[`data.db${end}`]);
  expect(await query(COUNT)).toMatchObject({ errorCode: "sql_error" });
  await exec("CREATE TABLE t (v)");
  expect(await rows(COUNT)).toEqual([[0, 0]]);
});

test("damage that shows only in a statement is noticed, too; a second one does not overwrite the first", async () => {
  const { root, folder } = await makeDatabase();
  const copy = join(root, "copy");
  copyFileSync(join(folder, "data.db"), copy);
  for (const count of [1, 2]) {
    copyFileSync(copy, join(folder, "data.db"));
    scribble(join(folder, "data.db"), 8 * 4096, 16 * 4096);
    const side = openDatabases({ root });
    const results = await Promise.all([side.query(COUNT), side.query(COUNT)]);
    for (const { errorCode } of results) expect(errorCode).toMatch(/^database_(broken|stopped)$|^sql_error$/);
    expect(results[0]).toMatchObject({ errorCode: "database_broken" });
    expect(side.warnings).toEqual([expect.stringContaining("damaged")]);
    await side.databases.stop();
    expect(asides(folder)).toHaveLength(count);
  }
});

test("a file that was cut off is put aside as well", async () => {
  const { root, folder } = await makeDatabase();
  truncateSync(join(folder, "data.db"), 3 * 4096);
  const { query } = openDatabases({ root });
  expect(await query(COUNT)).toMatchObject({ errorCode: "database_broken" });
  expect(asides(folder)).toHaveLength(1);
});

test("an index for full text that its plugin left behind is no damage", async () => {
  const { exec, query, folder, warnings } = openDatabases();
  await exec("CREATE TABLE t (v)");
  await exec("CREATE VIRTUAL TABLE f USING fts5(v, content=t)");
  await exec("INSERT INTO f (rowid, v) VALUES (1, 'gone')");
  const looked = await exec("INSERT INTO f (f, rank) VALUES ('integrity-check', 1)");
  expect(looked).toMatchObject({ errorCode: "sql_error", json: expect.stringContaining("malformed") });
  expect(await query("SELECT count(*) FROM t")).toEqual({ json: '{"columns":["count(*)"],"rows":[[0]]}' });
  expect(asides(folder)).toEqual([]);
  expect(warnings).toEqual([]);
});

test("an empty file, as a full disk leaves it, is a new database", async () => {
  const root = tempDir();
  mkdirSync(join(root, PLACE, "data"), { recursive: true });
  writeFileSync(join(root, PLACE, "data/data.db"), "");
  writeFileSync(join(root, PLACE, "data/data.db-key"), '{"key_id":"long gone","new":true}');
  const { exec, folder } = openDatabases({ root });
  expect((await exec("CREATE TABLE t (v)")).errorCode).toBeUndefined();
  expect(noteOf(folder)).toBe('{"key_id":"k1"}');
});
