// The databases of plugins as a whole, with the real program and real files: what a plugin gets, when a database is open,
// and what happens when its process, its host or its runner is gone.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { SQL_BYTES_MAX, SQL_PARAMS_BYTES_MAX } from "../../src/protocol/limits.ts";
import { ALARM, alarmingProgram } from "../helpers/alarming-program.ts";
import { eventually } from "../helpers/eventually.ts";
import { PLACE } from "../helpers/key-ring.ts";
import { databasePids, openDatabases } from "../helpers/plugin-databases.ts";
import { isRunning, untilGone } from "../helpers/processes.ts";
import { tempDir } from "../helpers/temp-dir.ts";

const ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";
/** One call of a function, which nothing can interrupt. */
const DEAF = "SELECT instr(printf('%.20000000c', 'a'), printf('%.10000000c', 'a') || 'b')";
const OLD = { runner: { name: "the old runner" } };
const NEW = { runner: { name: "the new runner" } };

const asides = (folder: string) => readdirSync(folder).filter((name) => /damaged-\w+(-\d+)?$/.test(name));

/** With one table; gives the number of its process as well. */
async function openTable(changes: Parameters<typeof openDatabases>[0] = {}) {
  const side = openDatabases(changes);
  const before = new Set(databasePids());
  expect((await side.exec("CREATE TABLE t (v)")).errorCode).toBeUndefined();
  const pid = databasePids().find((one) => !before.has(one))!;
  const insert = (value: unknown, as = {}) => side.exec("INSERT INTO t VALUES (?)", [value], as);
  const values = async (as = {}) => (await side.rows("SELECT v FROM t ORDER BY rowid", undefined, as)).flat();
  return { ...side, pid, insert, values };
}

test("a result is what SQLite gave, an error is an envelope with the members in the order of their names", async () => {
  const { exec, query } = openDatabases();
  expect(await exec("CREATE TABLE t (v)")).toEqual({ json: '{"changes":0,"last_insert_rowid":0}' });
  expect(await exec("INSERT INTO t VALUES (?), (?)", [1, "x"])).toEqual({
    json: '{"changes":2,"last_insert_rowid":2}',
  });
  expect(await query("SELECT v AS a, NULL AS b FROM t")).toEqual({
    json: '{"columns":["a","b"],"rows":[[1,null],["x",null]]}',
  });
  const text = "no such table: absent";
  expect(await query("SELECT * FROM absent")).toEqual({
    json: `{"code":"sql_error","error":"${text}","message":"${text}"}`,
    errorCode: "sql_error",
  });
  const refused = await exec("ATTACH ':memory:' AS other");
  expect(refused.errorCode).toBe("forbidden");
  expect(refused.json).toMatch(/^\{"code":"forbidden","error":"Forbidden SQL statement","message":"/);
});

test("what was ignored of a statement is told, whether it succeeds or not", async () => {
  const { exec } = openDatabases();
  expect(await exec("CREATE TABLE t (v); DROP TABLE t")).toMatchObject({ ignoredText: true });
  expect(await exec("INSERT INTO t VALUES (?)", "{")).toMatchObject({ ignoredParams: true });
  expect(await exec("INSERT INTO absent VALUES (1); SELECT 1")).toMatchObject({ errorCode: "sql_error" });
});

test("the largest statement and the largest parameters are taken, one byte more is refused", async () => {
  const { query } = openDatabases();
  const sql = "SELECT 1 --".padEnd(SQL_BYTES_MAX, "x");
  expect((await query(sql)).errorCode).toBeUndefined();
  expect(await query(`${sql}x`)).toMatchObject({ errorCode: "request_too_large" });
  const params = `["${"x".repeat(SQL_PARAMS_BYTES_MAX - 4)}"]`;
  const length = await query("SELECT length(?)", params);
  expect(JSON.parse(length.json)).toMatchObject({ rows: [[SQL_PARAMS_BYTES_MAX - 4]] });
  expect(await query("SELECT length(?)", `${params} `)).toMatchObject({ errorCode: "request_too_large" });
});

test("nothing is made before the first statement, and first ones at the same time share one process", async () => {
  const before = databasePids().length;
  const { exec, rows, root } = openDatabases();
  expect(readdirSync(root)).toEqual([]);
  await Promise.all([
    exec("CREATE TABLE t (v)"),
    ...Array.from({ length: 20 }, (_, i) => exec(`INSERT INTO t VALUES (${i})`)),
  ]);
  expect((await rows("SELECT v FROM t")).flat()).toEqual(Array.from({ length: 20 }, (_, i) => i));
  expect(databasePids()).toHaveLength(before + 1);
});

test("two plugins have two files and two processes, and cannot see each other", async () => {
  const { exec, query, root } = openDatabases();
  for (const placeId of ["a", "b"]) {
    await exec("CREATE TABLE t (v)", undefined, { placeId });
    await exec("INSERT INTO t VALUES (?)", [placeId], { placeId });
  }
  for (const placeId of ["a", "b"]) {
    expect((await query("SELECT v FROM t", undefined, { placeId })).json).toBe(
      `{"columns":["v"],"rows":[["${placeId}"]]}`,
    );
    expect(existsSync(join(root, placeId, "data/data.db"))).toBe(true);
  }
});

test("the files are readable by nobody else, and nothing of what was stored can be read in them", async () => {
  const { insert, folder, databases } = await openTable();
  await insert("a remarkable value");
  const look = () => {
    for (const name of readdirSync(folder)) {
      expect(statSync(join(folder, name)).mode & 0o077, name).toBe(0);
      const bytes = readFileSync(join(folder, name));
      for (const text of ["remarkable", "CREATE TABLE", "SQLite format"])
        expect(bytes.includes(text), name).toBe(false);
    }
  };
  expect(readdirSync(folder)).toContain("data.db-wal");
  look();
  await databases.close(PLACE);
  look();
});

test("a database that nobody uses is closed, and opened again when it is needed", async () => {
  const { insert, values, pid, folder } = await openTable({ idleMs: 20 });
  await insert(1);
  await untilGone(pid);
  await eventually(() => expect(readdirSync(folder).sort()).toEqual(["data.db", "data.db-key"]));
  expect(await values()).toEqual([1]);
});

test("it stays open while there is a transaction, or a temporary table", async () => {
  const { exec, query, insert, values, pid } = await openTable({ idleMs: 20 });
  /** Another one is opened later, and its time is up: this one's is, too. */
  const restNow = async () => {
    const before = new Set(databasePids());
    await query("SELECT 1", undefined, { placeId: "other" });
    for (const other of databasePids()) if (!before.has(other)) await untilGone(other);
  };
  await exec("BEGIN");
  await insert(1);
  await restNow();
  expect(await values()).toEqual([1]);
  await exec("ROLLBACK");
  await exec("CREATE TEMP TABLE short (v)");
  await restNow();
  expect((await exec("INSERT INTO short VALUES (1)")).errorCode).toBeUndefined();
  expect(isRunning(pid)).toBe(true);
  await exec("DROP TABLE short");
  await untilGone(pid);
  expect(await values()).toEqual([]);
});

test("it stays open while something is set that would be gone with it", async () => {
  const { exec, query, rows, pid } = await openTable({ idleMs: 20 });
  await exec("PRAGMA foreign_keys = OFF");
  const before = new Set(databasePids());
  await query("SELECT 1", undefined, { placeId: "other" });
  for (const other of databasePids()) if (!before.has(other)) await untilGone(other);
  expect(await rows("PRAGMA foreign_keys")).toEqual([[0]]);
  expect(isRunning(pid)).toBe(true);
});

test("what a runner left open is rolled back when it is gone, and what it had committed is not", async () => {
  const { databases, exec, insert, values } = await openTable();
  await insert(1, OLD);
  await exec("BEGIN", undefined, OLD);
  await insert(2, OLD);
  await databases.runnerGone(PLACE, OLD.runner);
  expect(await values(NEW)).toEqual([1]);
  expect(JSON.parse((await insert(3, OLD)).json)).toMatchObject({ error: "database_stopped" });
  expect(await values(NEW)).toEqual([1]);
});

test("a runner that ends in the middle of a BEGIN leaves no transaction either", async () => {
  const { databases, exec, values, insert } = await openTable();
  const begun = exec("BEGIN", undefined, OLD);
  const inserted = insert(1, OLD);
  await databases.runnerGone(PLACE, OLD.runner);
  expect([(await begun).errorCode, (await inserted).errorCode]).toEqual([undefined, undefined]);
  expect((await exec("BEGIN IMMEDIATE", undefined, NEW)).errorCode).toBeUndefined();
  await exec("ROLLBACK", undefined, NEW);
  expect(await values(NEW)).toEqual([]);
});

test("another runner's statement waits for the end of a transaction, and is no part of it", async () => {
  const { exec, insert, values } = await openTable();
  await exec("BEGIN", undefined, OLD);
  await insert("old", OLD);
  const waiting = insert("new", NEW);
  await exec("ROLLBACK", undefined, OLD);
  expect((await waiting).errorCode).toBeUndefined();
  expect(await values(OLD)).toEqual(["new"]);
});

test("it does not wait for ever for one that goes on", async () => {
  const { exec, query, insert, values } = await openTable({ busyMs: 20, statementMs: 500 });
  await exec("BEGIN", undefined, OLD);
  const waiting = insert("new", NEW);
  const goesOn = query(ENDLESS, undefined, OLD);
  expect(JSON.parse((await waiting).json)).toMatchObject({ code: "sql_error", error: "database is locked" });
  expect(await goesOn).toMatchObject({ errorCode: "statement_timeout" });
  await exec("COMMIT", undefined, OLD);
  expect(await values(NEW)).toEqual([]);
});

test("one that its runner has left lying is rolled back when another has waited for it, and its runner is told", async () => {
  const { exec, insert, values } = await openTable({ busyMs: 20 });
  await exec("BEGIN", undefined, OLD);
  await insert("old", OLD);
  expect((await insert("new", NEW)).errorCode).toBeUndefined();
  expect(await insert("more", OLD)).toMatchObject({ errorCode: "database_stopped" });
  expect((await insert("again", OLD)).errorCode).toBeUndefined();
  expect(await values(NEW)).toEqual(["new", "again"]);
});

test("when the process is killed, statements in flight are told, and the next one finds all that was acknowledged", async () => {
  const { query, insert, values, pid } = await openTable();
  await insert(1);
  const inFlight = query(ENDLESS);
  const behind = insert(2);
  process.kill(pid, "SIGKILL");
  for (const result of [await inFlight, await behind]) {
    expect(JSON.parse(result.json)).toMatchObject({ error: "database_stopped", message: expect.any(String) });
  }
  expect(await values()).toEqual([1]);
});

test("a transaction that ended with the process is not continued unnoticed: its runner is told once", async () => {
  const { exec, insert, values, pid, warnings } = await openTable();
  await exec("BEGIN", undefined, OLD);
  await insert(1, OLD);
  process.kill(pid, "SIGKILL");
  await eventually(() => expect(warnings).toHaveLength(1));
  expect(await insert(2, OLD)).toMatchObject({ errorCode: "database_stopped" });
  expect(await values(OLD)).toEqual([]);
  expect((await insert(3, OLD)).errorCode).toBeUndefined();
  expect(await values(NEW)).toEqual([3]);
});

test("nobody is forgotten of several runners that lost a transaction", async () => {
  const { exec, insert, values, pid, warnings } = await openTable({ busyMs: 20 });
  await exec("BEGIN", undefined, OLD);
  await insert("old", OLD);
  expect((await exec("BEGIN", undefined, NEW)).errorCode).toBeUndefined();
  process.kill(pid, "SIGKILL");
  await eventually(() => expect(warnings).toHaveLength(1));
  expect(await insert("more", OLD)).toMatchObject({ errorCode: "database_stopped" });
  expect(await insert("more", NEW)).toMatchObject({ errorCode: "database_stopped" });
  expect(await values(OLD)).toEqual([]);
});

test("a transaction does not go on after a statement in it ran for too long, and its runner is told so", async () => {
  const { exec, query, insert, values } = await openTable({ statementMs: 100 });
  await exec("BEGIN");
  await insert(1);
  const message = "the statement was ended after 100 ms; the transaction was rolled back";
  expect(JSON.parse((await query(ENDLESS)).json)).toEqual({ code: "statement_timeout", error: message, message });
  expect(JSON.parse((await exec("COMMIT")).json)).toMatchObject({ error: expect.stringContaining("no transaction") });
  expect(await values()).toEqual([]);
});

test("a statement whose runner is gone is ended with the process; another runner's is run after it", async () => {
  const { databases, query, insert, values, pid } = await openTable();
  await insert(1);
  const endless = query(ENDLESS, undefined, OLD);
  const waiting = insert(2, NEW);
  await databases.runnerGone(PLACE, OLD.runner);
  expect(await endless).toMatchObject({ errorCode: "database_stopped" });
  expect((await waiting).errorCode).toBeUndefined();
  expect(isRunning(pid)).toBe(false);
  expect(await values(NEW)).toEqual([1, 2]);
});

test("when stopping has resolved, whoever waited for a statement has heard of its end, and all has followed from it", async () => {
  const { databases, query } = await openTable();
  const heard: unknown[] = [];
  const hears = async () => {
    const { errorCode } = await query(ENDLESS);
    for (let i = 0; i < 100; i++) await null; // Many functions that hand it on.
    heard.push(errorCode);
  };
  void hears();
  await databases.stop();
  expect(heard).toEqual(["database_stopped"]);
});

test("SQLite is not brought to take a sound file for a damaged one by a LIKE in the schema", async () => {
  const { exec, insert, values, folder, warnings } = await openTable();
  await exec("CREATE INDEX i ON t(v) WHERE v LIKE 'draft%'");
  await insert("kept");
  expect(await exec("PRAGMA case_sensitive_like = ON")).toMatchObject({ errorCode: "forbidden" });
  for (const sql of ["BEGIN", "CREATE TABLE u (x)", "ROLLBACK"]) await exec(sql);
  expect(await values()).toEqual(["kept"]);
  expect([asides(folder), warnings]).toEqual([[], []]);
});

test("a file stays where it is when a process that saw none of the plugin's statements finds it sound", async () => {
  const { program, started } = alarmingProgram(1);
  const { exec, query, insert, values, folder, warnings } = await openTable({ program });
  await insert("kept");
  await exec("BEGIN");
  await insert("lost");
  expect(await query(`SELECT v ${ALARM} FROM t`)).toMatchObject({ errorCode: "sql_error" });
  expect(started()).toBe(2);
  expect(await exec("COMMIT")).toMatchObject({ errorCode: "database_stopped" });
  expect(await values()).toEqual(["kept"]);
  expect([asides(folder), warnings]).toEqual([[], []]);
});

test("it is put aside when that one finds it damaged as well: the test above can fail", async () => {
  const { program } = alarmingProgram(2);
  const { query, insert, folder, warnings } = await openTable({ program });
  await insert("kept");
  expect(await query(`SELECT v ${ALARM} FROM t`)).toMatchObject({ errorCode: "database_broken" });
  expect(asides(folder)).toHaveLength(1);
  expect(warnings).toEqual([expect.stringContaining("damaged")]);
});

test("a statement that runs for too long is ended, and its transaction with the process that has to be killed", async () => {
  const { query, insert, values, pid } = await openTable({ statementMs: 100 });
  await insert(1);
  const ended = JSON.parse((await query(ENDLESS)).json) as Record<string, string>;
  expect(Object.keys(ended)).toEqual(["code", "error", "message"]);
  expect(ended).toMatchObject({ code: "statement_timeout", error: expect.stringContaining("100 ms") });
  expect(isRunning(pid)).toBe(true);
  const deaf = query(DEAF);
  const behind = insert(2);
  expect(await deaf).toMatchObject({ errorCode: "statement_timeout" });
  expect(await behind).toMatchObject({ errorCode: "database_stopped" });
  expect(isRunning(pid)).toBe(false);
  expect(await values()).toEqual([1]);
});

test("closing finishes what was sent, refuses what was not, and leaves nothing of the process; the next statement opens it again", async () => {
  const { databases, exec, insert, values, pid, folder } = await openTable();
  const sent = insert(1);
  await exec("BEGIN", undefined, OLD);
  const waiting = insert(2, NEW);
  await databases.close(PLACE);
  expect((await sent).errorCode).toBeUndefined();
  expect(await waiting).toMatchObject({ errorCode: "database_stopped" });
  expect(isRunning(pid)).toBe(false);
  expect(readdirSync(folder).sort()).toEqual(["data.db", "data.db-key"]);
  expect(await values(NEW)).toEqual([1]);
});

test("closing while it is being opened makes nothing", async () => {
  const { databases, exec, folder } = openDatabases();
  const first = exec("CREATE TABLE t (v)");
  await databases.close(PLACE);
  expect(await first).toMatchObject({ errorCode: "database_stopped" });
  expect(existsSync(folder)).toBe(false);
});

test("closing does not wait for a statement without end, nor for another host", async () => {
  const { databases, query, pid, root } = await openTable();
  const endless = query(ENDLESS);
  const second = openDatabases({ root, busyMs: 60_000 });
  const waiting = second.query("SELECT 1");
  await eventually(() => expect(databasePids().length).toBeGreaterThanOrEqual(2));
  await second.databases.stop();
  expect(await waiting).toMatchObject({ errorCode: "database_stopped" });
  await databases.stop();
  expect(await endless).toMatchObject({ errorCode: "database_stopped" });
  expect(isRunning(pid)).toBe(false);
});

test("its folder can be removed once it is closed, and what is made after that is another database", async () => {
  const { databases, insert, query, exec, folder } = await openTable();
  await insert(1);
  await databases.close(PLACE);
  rmSync(folder, { recursive: true });
  expect(await query("SELECT v FROM t")).toMatchObject({ errorCode: "sql_error" });
  expect((await exec("CREATE TABLE t (v)")).errorCode).toBeUndefined();
});

test("when the host stops, no process is left and nothing is opened any more", async () => {
  const { databases, exec, insert } = await openTable();
  await exec("CREATE TABLE t (v)", undefined, { placeId: "other" });
  const before = databasePids();
  expect(before.length).toBeGreaterThanOrEqual(2);
  await databases.stop();
  await databases.stop();
  for (const pid of before) expect(isRunning(pid)).toBe(false);
  expect(await insert(1)).toMatchObject({ errorCode: "database_stopped" });
});

test("of two hosts on one folder the second is refused, and told which process it is", async () => {
  const root = tempDir();
  const helper = join(import.meta.dirname, "../helpers/hold-database.ts");
  const args = [helper, root, "CREATE TABLE t (v)", "INSERT INTO t VALUES (1)"];
  const other = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void other.kill("SIGKILL"));
  expect(String((await once(other.stdout, "data"))[0])).toBe("ready\n");
  const { query, rows, warnings } = openDatabases({ root, busyMs: 20 });
  for (let i = 0; i < 2; i++) {
    expect(JSON.parse((await query("SELECT v FROM t")).json)).toEqual({
      error: "database_in_use",
      message: expect.stringContaining(`process ${other.pid} has the database open`),
    });
  }
  expect(warnings).toEqual([expect.stringContaining(`${PLACE}: process ${other.pid} has`)]);
  other.stdin.end();
  await once(other, "exit");
  expect(await rows("SELECT v FROM t")).toEqual([[1]]);
});

test("without the program every statement says so, and the log is told once", async () => {
  const { exec, warnings } = openDatabases({ program: "/nowhere/osprey-database" });
  for (let i = 0; i < 2; i++) {
    expect(JSON.parse((await exec("SELECT 1")).json)).toMatchObject({
      error: "database_program_missing",
      message: expect.stringContaining("make setup"),
    });
  }
  expect(warnings).toHaveLength(1);
});

test("a folder that cannot be made is a failure in words", async () => {
  const root = tempDir();
  writeFileSync(join(root, PLACE), "a file is in the way");
  const { exec } = openDatabases({ root });
  expect(JSON.parse((await exec("SELECT 1")).json)).toMatchObject({
    error: "store_broken",
    message: expect.stringContaining("ENOTDIR"),
  });
});

test("the database is full at its limit, in SQLite's own words, and stays usable", async () => {
  const { exec, insert, rows, folder } = await openTable({ bytesMax: 256 * 1024 });
  let result = await insert("x".repeat(10_000));
  for (let i = 0; i < 100 && result.errorCode === undefined; i++) result = await insert("x".repeat(10_000));
  const text = expect.stringContaining("database or disk is full");
  expect(JSON.parse(result.json)).toMatchObject({ code: "sql_error", error: text, message: text });
  await exec("PRAGMA wal_checkpoint(TRUNCATE)");
  expect(statSync(join(folder, "data.db")).size).toBeLessThanOrEqual(256 * 1024);
  expect((await exec("DELETE FROM t")).errorCode).toBeUndefined();
  expect((await insert(1)).errorCode).toBeUndefined();
  expect(await rows("SELECT count(*) FROM t")).toEqual([[1]]);
});
