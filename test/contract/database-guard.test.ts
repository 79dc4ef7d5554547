// The guard of plugins' databases: what a plugin's statements may do, and every way around it that we know.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import type { DatabaseProcess } from "../../src/store/database-process.ts";
import type { OpenOptions, RunResult } from "../../src/store/database-result.ts";
import { databaseProcess, exec, openedDatabase, openOptions, query, rowsOf } from "../helpers/database.ts";
import { ATTACKS, type Expected, ORDINARY } from "../helpers/sql-attacks.ts";
import { tempDir } from "../helpers/temp-dir.ts";

const BYTES_MAX = 1024 * 1024;
const PAGE_BYTES = 4096;
/** Stands in the victim's file and nowhere else. */
const VICTIM_TEXT = "words that belong to somebody else";

interface Scene {
  readonly db: DatabaseProcess;
  readonly options: OpenOptions;
  /** Not the database's folder. */
  readonly outside: string;
  readonly victimBytes: Buffer;
}

test("all that an ordinary plugin does is allowed", async () => {
  const { db } = await openedDatabase();
  for (const sql of ORDINARY) {
    expect(await query(db, sql), sql).toMatchObject({ ok: true, ignoredText: false });
  }
});

test("the page names the pragmas that are allowed, and no others", () => {
  const root = join(import.meta.dirname, "../..");
  const guard = readFileSync(join(root, "native/database/guard.c"), "utf8");
  const allowed = [...guard.matchAll(/^ {4}\{"(\w+)", [A-Z_]+\}/gm)].map(([, name]) => name);
  const page = readFileSync(join(root, "docs/storage.md"), "utf8");
  const table = page.slice(page.indexOf("| to set or ask |"), page.indexOf("So `PRAGMA journal_mode`"));
  expect([...table.matchAll(/`(\w+)`/g)].map(([, name]) => name).sort()).toEqual(allowed.sort());
  expect(allowed.length).toBeGreaterThan(20);
});

test("what the page says that may be done may be done", async () => {
  const { db } = await openedDatabase();
  for (const sql of [
    "CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, a)",
    "CREATE INDEX i ON t(a)",
    "INSERT INTO t(a) VALUES (1)",
    "UPDATE sqlite_sequence SET seq = 100",
    "ANALYZE",
    "UPDATE sqlite_stat1 SET stat = '1 1'",
    "CREATE VIRTUAL TABLE r USING rtree_i32(id, x0, x1)",
  ]) {
    expect(await exec(db, sql), sql).toMatchObject({ ok: true });
  }
  expect(await exec(db, "DELETE FROM sqlite_schema")).toMatchObject({ ok: false, code: "sql" });
});

test("the corpus is large", () => {
  expect(ATTACKS.length).toBeGreaterThan(500);
  expect(new Set(ATTACKS.map(([sql]) => sql)).size).toBeGreaterThan(500);
  expect(ORDINARY.length).toBeGreaterThan(60);
});

test("no attack gets through, and after all of them every bound still holds", async () => {
  const scene = await setScene(true);
  const gotThrough: string[] = [];
  for (const run of [query, exec]) {
    for (const [sql, expected] of ATTACKS) {
      const result = await run(scene.db, inScene(scene, sql), ["{OUT}/new.db".replace("{OUT}", scene.outside)]);
      if (!isExpected(result, expected)) gotThrough.push(`${expected}: ${sql}: ${JSON.stringify(result)}`);
      expect(result.ok ? result.json : "", sql).not.toContain(VICTIM_TEXT);
      nothingHappenedOutside(scene, sql);
    }
    await tidy(scene.db);
  }
  expect(gotThrough).toEqual([]);
  await everyBoundHolds(scene);
}, 120_000);

test("without the guard many of them do: the test above can fail", async () => {
  let succeeded = 0;
  let madeFiles = 0;
  let readVictim = 0;
  const refused = ATTACKS.filter(([, expected]) => expected === "forbidden");
  // Each on its own: one that works would change what the next one finds.
  const sample = refused.filter((_, index) => index < 120 || index % 4 === 0);
  for (const [sql] of sample) {
    const scene = await setScene(false);
    const { db, outside } = scene;
    const result = await query(db, inScene(scene, sql), [join(outside, "new.db")]).catch(() => undefined);
    if (result?.ok) succeeded++;
    const stolen = await query(db, "SELECT * FROM v.secret").catch(() => undefined);
    if (stolen?.ok && stolen.json.includes(VICTIM_TEXT)) readVictim++;
    await db.close();
    if (readdirSync(outside).includes("new.db")) madeFiles++;
  }
  expect(succeeded).toBeGreaterThan(sample.length / 2);
  expect(readVictim).toBeGreaterThan(10);
  expect(madeFiles).toBeGreaterThan(5);
}, 120_000);

test("without the guard the cap can be lifted: the probe for it can fail", async () => {
  const { db } = await setScene(false);
  await query(db, "PRAGMA max_page_count = 1000000");
  expect((await exec(db, "INSERT INTO kept VALUES (zeroblob(2000000))")).ok).toBe(true);
});

test("the cap holds whatever the file is made of", async () => {
  const ways = [
    ["CREATE TABLE b(a)", "INSERT INTO b VALUES (randomblob(60000))"],
    ["CREATE TABLE b(a PRIMARY KEY) WITHOUT ROWID", "INSERT INTO b VALUES (randomblob(900))"],
    ["CREATE TABLE b(a)", "CREATE INDEX b1 ON b(a)", "INSERT INTO b VALUES (hex(randomblob(2000)))"],
    ["CREATE VIRTUAL TABLE b USING fts5(a)", "INSERT INTO b VALUES (hex(randomblob(9000)))"],
    ["PRAGMA auto_vacuum = FULL", "VACUUM", "CREATE TABLE b(a)", "INSERT INTO b VALUES (randomblob(9000))"],
    ["CREATE TABLE b(a)", "BEGIN", "INSERT INTO b VALUES (randomblob(90000))"],
    ["CREATE TABLE b(a)", "SAVEPOINT s", "INSERT INTO b VALUES (randomblob(90000))"],
  ];
  for (const statements of ways) {
    const { db, options } = await setScene(true);
    for (const sql of statements) expect(await exec(db, sql), sql).toMatchObject({ ok: true });
    await untilFull(db, statements.at(-1)!);
    expect(fileBytes(options.path), statements.join("; ")).toBeLessThanOrEqual(BYTES_MAX);
    await db.close();
    expect(fileBytes(options.path)).toBeLessThanOrEqual(BYTES_MAX);
  }
});

test("temporary tables take memory, which is bounded, and no file", async () => {
  const { db, options } = await setScene(true);
  await exec(db, "CREATE TEMP TABLE big(a)");
  let result = await exec(db, "INSERT INTO big VALUES (zeroblob(1000000))");
  for (let rows = 0; result.ok && rows < 1000; rows++)
    result = await exec(db, "INSERT INTO big VALUES (zeroblob(1000000))");
  expect(result).toMatchObject({ ok: false, code: "sql", message: "out of memory" });
  expect(readdirSync(dirname(options.path)).sort()).toEqual(["data.db", "data.db-wal"]);
  await exec(db, "DROP TABLE temp.big");
  expect(await rowsOf(db, "SELECT a FROM kept")).toEqual([["kept"]]);
}, 60_000);

test("VACUUM works, in memory: what it copies is nowhere on the disk", async () => {
  const { db, options } = await setScene(true);
  await exec(db, "INSERT INTO kept SELECT randomblob(1000) FROM json_each('[1,2,3,4,5,6,7,8,9]')");
  await exec(db, "DELETE FROM kept WHERE typeof(a) = 'blob'");
  expect(await exec(db, "VACUUM")).toMatchObject({ ok: true });
  expect(await rowsOf(db, "SELECT a FROM kept")).toEqual([["kept"]]);
  expect(readdirSync(dirname(options.path)).sort()).toEqual(["data.db", "data.db-wal"]);
});

test("modules that SQLite brings are known, so that a new one is noticed", async () => {
  const { db } = await openedDatabase({ isGuarded: false });
  const modules = (await rowsOf(db, "SELECT name FROM pragma_module_list ORDER BY 1")).flat() as string[];
  expect(modules.filter((name) => !name.startsWith("pragma_"))).toEqual(["fts5", "fts5vocab", "rtree", "rtree_i32"]);
});

test("functions that reach outside are not there to be called", async () => {
  const { db } = await openedDatabase({ isGuarded: false });
  const names = (await rowsOf(db, "SELECT DISTINCT name FROM pragma_function_list")).flat() as string[];
  const known = /^(load_extension|readfile|writefile|edit|eval|fsdir|lsmode|getenv|system|zipfile|sqlar_)/;
  expect(names.filter((name) => known.test(name))).toEqual([]);
});

/** A database with a row and a full-text table, and beside its folder another database. */
async function setScene(isGuarded: boolean): Promise<Scene> {
  const folder = tempDir();
  const outside = join(folder, "outside");
  mkdirSync(outside);
  mkdirSync(join(folder, "own"));
  const victim = join(outside, "victim.db");
  const { db: other } = await openedDatabase({ path: victim, isGuarded: false });
  await other.script(`CREATE TABLE secret(a); INSERT INTO secret VALUES ('${VICTIM_TEXT}');`);
  await other.close();
  const options = openOptions({ path: join(folder, "own", "data.db"), isGuarded, bytesMax: BYTES_MAX, busyMs: 100 });
  const { db } = await openedDatabase(options);
  await exec(db, "CREATE TABLE kept(a)");
  await exec(db, "INSERT INTO kept VALUES ('kept')");
  await exec(db, "CREATE VIRTUAL TABLE words USING fts5(text)");
  await exec(db, "INSERT INTO words VALUES ('some words')");
  writeFileSync(join(outside, "x.so"), "no library");
  return { db, options, outside, victimBytes: readFileSync(victim) };
}

function inScene({ outside }: Scene, sql: string): string {
  return sql.replaceAll("{VICTIM}", join(outside, "victim.db")).replaceAll("{OUT}", outside);
}

function isExpected(result: RunResult, expected: Expected): boolean {
  if (expected === "harmless") return true;
  if (result.ok) return false;
  return expected === "forbidden" ? result.code === "forbidden" : ["sql", "forbidden"].includes(result.code);
}

function nothingHappenedOutside({ options, outside, victimBytes }: Scene, sql: string): void {
  expect(readdirSync(outside).sort(), sql).toEqual(["victim.db", "x.so"]);
  expect(readFileSync(join(outside, "victim.db")).equals(victimBytes), sql).toBe(true);
  expect(readdirSync(dirname(options.path)).sort(), sql).toEqual(["data.db", "data.db-wal"]);
}

/** Takes away what harmless statements have left. */
async function tidy(db: DatabaseProcess): Promise<void> {
  await db.rollback();
  for (const [type, name] of await rowsOf(
    db,
    "SELECT type, name FROM sqlite_schema WHERE name NOT LIKE 'kept%' AND name NOT LIKE 'words%' AND name NOT LIKE 'sqlite%' UNION ALL SELECT type, 'temp.' || name FROM sqlite_temp_schema",
  )) {
    await exec(db, `DROP ${type} ${name}`);
  }
}

async function everyBoundHolds({ db, options }: Scene): Promise<void> {
  expect(await rowsOf(db, "SELECT a FROM kept")).toEqual([["kept"]]);
  expect(await rowsOf(db, "PRAGMA page_size")).toEqual([[PAGE_BYTES]]);
  expect(await rowsOf(db, "PRAGMA max_page_count")).toEqual([[BYTES_MAX / PAGE_BYTES]]);
  expect(await rowsOf(db, "PRAGMA integrity_check")).toEqual([["ok"]]);
  await expect(databaseProcess().open(options)).rejects.toMatchObject({ code: "locked" });
  await untilFull(db, "INSERT INTO kept VALUES (zeroblob(2000))");
  expect(fileBytes(options.path)).toBeLessThanOrEqual(BYTES_MAX);
  await db.close();
  expect(fileBytes(options.path)).toBeLessThanOrEqual(BYTES_MAX);
  const bytes = readFileSync(options.path);
  expect(bytes.includes("SQLite format 3") || bytes.includes("CREATE TABLE")).toBe(false);
  await expect(databaseProcess().open({ ...options, key: null })).rejects.toMatchObject({ code: "not_a_database" });
  await databaseProcess().open(options);
}

/** Repeats an insert until it is refused, and looks at what is said then. */
async function untilFull(db: DatabaseProcess, sql: string): Promise<void> {
  for (let rows = 0; rows < 5000; rows++) {
    const result = await exec(db, sql);
    if (result.ok) continue;
    expect(result).toMatchObject({ code: "full", message: expect.stringContaining("database or disk is full") });
    return;
  }
  throw new Error(`${sql} never filled the file`);
}

function fileBytes(path: string): number {
  return readFileSync(path).length;
}
