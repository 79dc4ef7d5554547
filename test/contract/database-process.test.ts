// What the program that holds a database promises: values come back as they went in, what was acknowledged is kept, and
// nothing a statement does lasts longer than it may.

import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  FRAME_BYTES_MAX,
  SQL_PATTERN_BYTES_MAX,
  SQL_VALUE_BYTES_MAX,
  STATEMENT_KILL_GRACE_MS,
} from "../../src/protocol/limits.ts";
import { DatabaseProcess } from "../../src/store/database-process.ts";
import type { OpenOptions } from "../../src/store/database-result.ts";
import {
  DATABASE_PROGRAM,
  databaseProcess,
  exec,
  jsonOf,
  openedDatabase,
  openOptions,
  query,
  RUN,
  rowsOf,
  TEST_KEY,
} from "../helpers/database.ts";
import { isRunning, untilGone } from "../helpers/processes.ts";
import { tempDir } from "../helpers/temp-dir.ts";

const OTHER_KEY: Uint8Array = new Uint8Array(32).fill(9);
const ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n";
/** One call of a function that works for minutes, in which SQLite looks at no clock. */
const ENDLESS_FUNCTION =
  "SELECT instr(CAST(replace(hex(zeroblob(8000000)), '00', 'a') AS TEXT), CAST(replace(hex(zeroblob(4000000)), '00', 'a') || 'b' AS TEXT))";

/** Only root may mount a small one. */
const onRealDisk = test.runIf(process.platform === "linux" && process.getuid?.() === 0);
/** What others may see of a process is a matter of Linux, and of root: the process keeps it from everybody else. */
const inProc = onRealDisk;

describe("values", () => {
  /** What SQL makes, and how it looks in the answer. */
  test.each([
    ["NULL", "null"],
    ["0", "0"],
    ["-1", "-1"],
    ["9007199254740993", "9007199254740993"],
    ["9223372036854775807", "9223372036854775807"],
    ["-9223372036854775808", "-9223372036854775808"],
    ["9223372036854775808", "9.223372036854776e+18"],
    ["1.0", "1.0"],
    ["100.0", "100.0"],
    ["999999999999999.0", "999999999999999.0"],
    ["1e15", "1e+15"],
    ["0.1", "0.1"],
    ["1.0/3", "0.3333333333333333"],
    ["0.1 + 0.2", "0.30000000000000004"],
    ["1e308", "1e+308"],
    ["1.7976931348623157e308", "1.7976931348623157e+308"],
    ["2.2250738585072014e-308", "2.2250738585072014e-308"],
    ["-0.0", "-0.0"],
    ["9e999", "null"],
    ["-9e999", "null"],
    ["'text'", '"text"'],
    ["''", '""'],
    [`'a"b\\c'`, '"a\\"b\\\\c"'],
    ["char(8, 9, 10, 12, 13, 27, 127)", '"\\b\\t\\n\\f\\r\\u001b\x7f"'],
    ["'a' || char(0) || 'b'", '"a\\u0000b"'],
    ["char(0x1F600)", '"😀"'],
    ["char(0x2028)", '"\u2028"'],
    ["CAST(x'ff41' AS TEXT)", '"\uFFFDA"'],
    ["CAST(x'c080' AS TEXT)", '"\uFFFD\uFFFD"'],
    ["CAST(x'eda080' AS TEXT)", '"\uFFFD\uFFFD\uFFFD"'],
    ["CAST(x'f4908080' AS TEXT)", '"\uFFFD\uFFFD\uFFFD\uFFFD"'],
    ["CAST(x'e282' AS TEXT)", '"\uFFFD\uFFFD"'],
    ["x''", '""'],
    ["x'00'", '"AA=="'],
    ["x'00ff'", '"AP8="'],
    ["x'00ff10'", '"AP8Q"'],
    ["x'fbff'", '"+/8="'],
    ["x'00112233'", '"ABEiMw=="'],
  ])("%s comes out as %s", async (sql, json) => {
    const { db } = await openedDatabase();
    const answer = jsonOf(await query(db, `SELECT ${sql} AS v`));
    expect(answer).toBe(`{"columns":["v"],"rows":[[${json}]]}`);
    JSON.parse(answer);
  });

  test("a real number is read back as the same one, however many digits that takes", async () => {
    const { db } = await openedDatabase();
    const view = new DataView(new ArrayBuffer(8));
    const numbers = Array.from({ length: 2000 }, () => {
      view.setBigUint64(0, randomBytes(8).readBigUInt64LE());
      return view.getFloat64(0);
    }).filter((number) => Number.isFinite(number) && !Number.isInteger(number));
    expect((await rowsOf(db, "SELECT value FROM json_each(?1)", [numbers])).flat()).toEqual(numbers);
  });

  /** A JSON parameter, the type it has in SQLite, and how it comes back. */
  test.each([
    ["null", "null", "null"],
    ["true", "integer", "1"],
    ["false", "integer", "0"],
    ["9223372036854775807", "integer", "9223372036854775807"],
    ["-9223372036854775808", "integer", "-9223372036854775808"],
    ["9223372036854775808", "real", "9.223372036854776e+18"],
    ["1.0", "real", "1.0"],
    ["-0.0", "real", "-0.0"],
    ["1e2", "real", "100.0"],
    ["-0.5", "real", "-0.5"],
    ['""', "text", '""'],
    ['"a\\u0000b"', "text", '"a\\u0000b"'],
    ['"\\ud83d\\ude00 \\u00e9 é \\/"', "text", '"😀 é é /"'],
    ['"\\"\\\\\\n"', "text", '"\\"\\\\\\n"'],
    ['"123"', "text", '"123"'],
    ['[1, "a" , {"b":null}]', "text", '"[1,\\"a\\",{\\"b\\":null}]"'],
    ['{"a": [ ]}', "text", '"{\\"a\\":[]}"'],
  ])("the parameter %s is bound as %s", async (param, type, json) => {
    const { db } = await openedDatabase();
    const result = await db.run("query", "SELECT typeof(?1), ?1, typeof(:1)", `[${param}]`, RUN);
    expect(jsonOf(result)).toContain(`"rows":[["${type}",${json},`);
    expect(result.ignoredParams).toBe(false);
    const named = await db.run("query", "SELECT typeof(:v), :v", `{"v":${param}}`, RUN);
    expect(jsonOf(named)).toContain(`"rows":[["${type}",${json}]]`);
  });

  test("half a surrogate pair is bound, and the answer is JSON all the same", async () => {
    const { db } = await openedDatabase();
    const [[value]] = JSON.parse(jsonOf(await db.run("query", "SELECT ?1", '["\\ud800x"]', RUN))).rows;
    expect(value).toMatch(/^\uFFFD+x$/);
  });
});

describe("parameters", () => {
  test.each([
    ["?, ?", "[1,2]", [1, 2]],
    ["?2, ?1", "[1,2]", [2, 1]],
    ["?1, ?1", "[1]", [1, 1]],
    ["?1", "[1,2,3]", [1]],
    ["?, ?", "[1]", [1, null]],
    ["?, ?", "[]", [null, null]],
    ["?3", "[1,2,3]", [3]],
    [":a, @b, $c", '{"a":1,"b":2,"c":3}', [1, 2, 3]],
    [":a, @b, $c", '{":a":1,"@b":2,"$c":3}', [1, 2, 3]],
    [":a, @a, $a", '{"a":1}', [1, 1, 1]],
    [":a, @a", '{":a":1}', [1, null]],
    [":a", '{"b":1,"a":2,"c":3}', [2]],
    [":a", '{"a":1,"a":2}', [2]],
    ["?, :a", '{"a":1}', [null, 1]],
    [":a, :b", "[1,2]", [1, 2]],
    [":a", "{}", [null]],
    [":ä", '{"ä":1}', [1]],
    [":a, @a", '{":a\\u0000b":1,"a\\u0000b":2}', [null, null]],
    ["$a", '{"$a\\u0000":1,"\\u0000a":2}', [null]],
    ["?1", "null", [null]],
    ["?1", "", [null]],
    ["1", "[1,2,3]", [1]],
  ])("SELECT %s with %s", async (placeholders, params, expected) => {
    const { db } = await openedDatabase();
    const result = await db.run("query", `SELECT ${placeholders}`, params, RUN);
    expect(JSON.parse(jsonOf(result)).rows).toEqual([expected]);
    expect(result.ignoredParams).toBe(false);
  });

  test.each([
    "{a:1}",
    "[1,]",
    "['a']",
    "[1",
    "nope",
    "[0x10]",
    "5",
    '"text"',
    "true",
    "[1] [2]",
    "[+1]",
    "[01]",
    "[NaN]",
  ])("%s is neither array nor object: it is ignored, and placeholders stay NULL", async (params) => {
    const { db } = await openedDatabase();
    const result = await db.run("query", "SELECT ?1, :a", params, RUN);
    expect(JSON.parse(jsonOf(result)).rows).toEqual([[null, null]]);
    expect(result.ignoredParams).toBe(true);
  });

  test("JSON that is nested too deeply is ignored and hurts nobody", async () => {
    const { db } = await openedDatabase();
    const deep = "[".repeat(500_000) + "]".repeat(500_000);
    expect((await db.run("query", "SELECT ?1", deep, RUN)).ignoredParams).toBe(true);
    expect(await rowsOf(db, "SELECT 1")).toEqual([[1]]);
  });

  test("parameters are not searched with functions that a statement could have changed", async () => {
    const { db } = await openedDatabase();
    jsonOf(await exec(db, "CREATE TABLE json_each(key, value)"));
    jsonOf(await exec(db, "CREATE TEMP VIEW json_valid AS SELECT 0"));
    expect(await rowsOf(db, "SELECT ?1", ["x"])).toEqual([["x"]]);
  });
});

describe("statements", () => {
  test.each([
    ["SELECT 1; SELECT 2", true],
    ["SELECT 1;", false],
    ["SELECT 1 ; ; \n\t\f ;", false],
    ["SELECT 1; -- the end", false],
    ["SELECT 1; /* the end */ ;", false],
    ["SELECT 1; /* never closed", false],
    ["SELECT 1; /**/-", true],
    ["SELECT 1; rubbish (", true],
    ["-- first\nSELECT 1", false],
    ["/* SELECT 2; */ ; ;; \n SELECT 1", false],
    ["\uFEFFSELECT 1", false],
  ])("of %j the first statement is run", async (sql, ignoredText) => {
    const { db } = await openedDatabase();
    const result = await query(db, sql);
    expect(jsonOf(result)).toBe('{"columns":["1"],"rows":[[1]]}');
    expect(result.ignoredText).toBe(ignoredText);
  });

  test.each(["", " ", ";", "-- nothing", "/* nothing", ";;/**/;\n"])("%j is no statement", async (sql) => {
    const { db } = await openedDatabase();
    expect(await exec(db, sql)).toMatchObject({ ok: false, code: "sql" });
  });

  test("what changed is counted for this statement alone", async () => {
    const { db } = await openedDatabase();
    const changes = async (sql: string) => JSON.parse(jsonOf(await exec(db, sql)));
    expect(await changes("CREATE TABLE t(a INTEGER PRIMARY KEY, b)")).toEqual({ changes: 0, last_insert_rowid: 0 });
    expect(await changes("INSERT INTO t(b) VALUES (1), (2), (3)")).toEqual({ changes: 3, last_insert_rowid: 3 });
    expect(await changes("SELECT * FROM t")).toEqual({ changes: 0, last_insert_rowid: 3 });
    expect(await changes("CREATE INDEX i ON t(b)")).toEqual({ changes: 0, last_insert_rowid: 3 });
    expect(await changes("BEGIN")).toEqual({ changes: 0, last_insert_rowid: 3 });
    expect(await changes("UPDATE t SET b = 0 WHERE a > 1")).toEqual({ changes: 2, last_insert_rowid: 3 });
    expect(await changes("UPDATE t SET b = 0 WHERE a > 9")).toEqual({ changes: 0, last_insert_rowid: 3 });
    expect(await changes("COMMIT")).toEqual({ changes: 0, last_insert_rowid: 3 });
    expect(await changes("INSERT INTO t(b) VALUES (4) RETURNING a, b")).toEqual({ changes: 1, last_insert_rowid: 4 });
    expect(await changes("CREATE TABLE copy AS SELECT * FROM t")).toMatchObject({ changes: 0 });
    expect(await changes("DELETE FROM t")).toEqual({ changes: 4, last_insert_rowid: 4 });
    expect(await changes("DROP TABLE t")).toMatchObject({ changes: 0 });
    expect(await changes("VACUUM")).toMatchObject({ changes: 0 });
    expect(await changes("CREATE VIRTUAL TABLE f USING fts5(a)")).toMatchObject({ changes: 0 });
    expect(await changes("INSERT INTO f VALUES ('one'), ('two')")).toMatchObject({ changes: 2 });
  });

  test("all rows of INSERT ... RETURNING are stored, in exec and in query", async () => {
    const { db } = await openedDatabase();
    await exec(db, "CREATE TABLE t(a)");
    await exec(db, "INSERT INTO t VALUES (1), (2), (3) RETURNING a");
    expect(await rowsOf(db, "INSERT INTO t VALUES (4), (5) RETURNING a")).toEqual([[4], [5]]);
    expect(await rowsOf(db, "SELECT count(*) FROM t")).toEqual([[5]]);
  });

  test("a query without rows has columns, and one that gives nothing has neither", async () => {
    const { db } = await openedDatabase();
    expect(jsonOf(await query(db, "CREATE TABLE t(a, b)"))).toBe('{"columns":[],"rows":[]}');
    expect(jsonOf(await query(db, 'SELECT a, b AS "x""y" FROM t'))).toBe('{"columns":["a","x\\"y"],"rows":[]}');
  });

  test("an error says what SQLite says", async () => {
    const { db } = await openedDatabase();
    expect(await query(db, "SELECT * FROM nowhere")).toMatchObject({ code: "sql", message: "no such table: nowhere" });
    expect(await exec(db, "SELEC")).toMatchObject({ code: "sql", message: 'near "SELEC": syntax error' });
    await exec(db, "CREATE TABLE t(a UNIQUE)");
    await exec(db, "INSERT INTO t VALUES (1)");
    const again = await exec(db, "INSERT INTO t VALUES (1)");
    expect(again).toMatchObject({ code: "sql", message: "UNIQUE constraint failed: t.a", sqliteCode: 2067 });
  });

  test("every answer says whether a transaction is open, and it can be rolled back", async () => {
    const { db } = await openedDatabase();
    expect((await exec(db, "CREATE TABLE t(a)")).inTransaction).toBe(false);
    expect((await exec(db, "BEGIN")).inTransaction).toBe(true);
    expect((await exec(db, "INSERT INTO t VALUES (1)")).inTransaction).toBe(true);
    expect((await exec(db, "rubbish")).inTransaction).toBe(true);
    await db.rollback();
    await db.rollback();
    expect((await exec(db, "SELECT 1")).inTransaction).toBe(false);
    expect(await rowsOf(db, "SELECT * FROM t")).toEqual([]);
  });

  test("requests that are sent together are answered in order", async () => {
    const { db } = await openedDatabase();
    const all = Array.from({ length: 500 }, (_, index) => rowsOf(db, "SELECT ?1", [index]));
    expect((await Promise.all(all)).flat(2)).toEqual(all.map((_, index) => index));
  });

  test("a statement with NUL is an error, and one that fits into no frame as well", async () => {
    const { db } = await openedDatabase();
    expect(await query(db, "SELECT 1\0; SELECT 2")).toMatchObject({ ok: false, code: "sql" });
    expect(await query(db, `SELECT '${"x".repeat(65 * 1024 * 1024)}'`)).toMatchObject({ ok: false, code: "too_large" });
    expect(await rowsOf(db, "SELECT 1")).toEqual([[1]]);
  });
});

describe("limits", () => {
  test("a statement that takes too long is interrupted, and the next one works", async () => {
    const { db } = await openedDatabase();
    const result = await db.run("query", ENDLESS, null, { ...RUN, deadlineMs: 50 });
    expect(result).toMatchObject({ ok: false, code: "interrupted" });
    expect(await rowsOf(db, "SELECT 1")).toEqual([[1]]);
  });

  test("what an interrupted statement has changed is taken back", async () => {
    const { db } = await openedDatabase();
    await exec(db, "CREATE TABLE t(a)");
    const insert = "INSERT INTO t WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n";
    expect(await db.run("exec", insert, null, { ...RUN, deadlineMs: 50 })).toMatchObject({ code: "interrupted" });
    expect(await rowsOf(db, "SELECT count(*) FROM t")).toEqual([[0]]);
  });

  test.each([
    ["reads", ENDLESS],
    ["writes", "INSERT INTO t WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n"],
    ["gives rows without end", "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT '' FROM n"],
  ])("the transaction of a statement that took too long is rolled back, also when the statement %s", async (_, sql) => {
    const { db } = await openedDatabase();
    await exec(db, "CREATE TABLE t(a)");
    await exec(db, "BEGIN");
    await exec(db, "INSERT INTO t VALUES (1)");
    const result = await db.run("query", sql, null, { deadlineMs: 50, answerBytesMax: FRAME_BYTES_MAX });
    expect(result).toMatchObject({ code: "interrupted", inTransaction: false, rolledBack: true });
    expect(await rowsOf(db, "SELECT count(*) FROM t")).toEqual([[0]]);
  });

  test(
    "one function that never ends is ended with the process; what waits behind it fails, what was committed stays",
    async () => {
      const options = openOptions();
      const { db } = await openedDatabase(options);
      await exec(db, "CREATE TABLE t(a)");
      await exec(db, "INSERT INTO t VALUES (1)");
      const stuck = db.run("query", ENDLESS_FUNCTION, null, { ...RUN, deadlineMs: 10 });
      const behind = query(db, "SELECT 1");
      await expect(stuck).rejects.toMatchObject({ code: "stopped" });
      await expect(behind).rejects.toMatchObject({ code: "stopped" });
      await expect(query(db, "SELECT 1")).rejects.toMatchObject({ code: "stopped" });
      expect(await db.end).toEqual({ code: null, signal: "SIGKILL" });
      const { db: again } = await openedDatabase(options);
      expect(await rowsOf(again, "SELECT a FROM t")).toEqual([[1]]);
    },
    STATEMENT_KILL_GRACE_MS + 30_000,
  );

  test("an answer may be as large as was said, and not a byte larger", async () => {
    const { db } = await openedDatabase();
    const sql = "SELECT hex(zeroblob(1000)) AS v";
    const bytes = jsonOf(await query(db, sql)).length;
    expect((await db.run("query", sql, null, { ...RUN, answerBytesMax: bytes })).ok).toBe(true);
    const result = await db.run("query", sql, null, { ...RUN, answerBytesMax: bytes - 1 });
    expect(result).toMatchObject({ code: "too_large", message: `the answer is larger than ${bytes - 1} bytes` });
  });

  test("what a statement changed is taken back when its answer is too large", async () => {
    const { db } = await openedDatabase();
    await exec(db, "CREATE TABLE t(a)");
    const insert = "INSERT INTO t VALUES (zeroblob(1000)), (zeroblob(1000)) RETURNING a";
    expect(await db.run("query", insert, null, { ...RUN, answerBytesMax: 2000 })).toMatchObject({ code: "too_large" });
    expect(await rowsOf(db, "SELECT count(*) FROM t")).toEqual([[0]]);
  });

  test("in a transaction, only the statement whose answer is too large is taken back", async () => {
    const { db } = await openedDatabase();
    await exec(db, "CREATE TABLE t(a)");
    await exec(db, "BEGIN");
    await exec(db, "INSERT INTO t VALUES ('before')");
    const insert = "INSERT INTO t VALUES (zeroblob(1000)), (zeroblob(1000)) RETURNING a";
    const result = await db.run("query", insert, null, { ...RUN, answerBytesMax: 2000 });
    expect(result).toMatchObject({ code: "too_large", inTransaction: true, rolledBack: false });
    expect(await rowsOf(db, "INSERT INTO t VALUES ('after') RETURNING a")).toEqual([["after"]]);
    await exec(db, "COMMIT");
    expect(await rowsOf(db, "SELECT a FROM t")).toEqual([["before"], ["after"]]);
  });

  test("an error of a statement that gives rows leaves its transaction as it was", async () => {
    const { db } = await openedDatabase();
    await exec(db, "CREATE TABLE t(a UNIQUE)");
    await exec(db, "BEGIN");
    await exec(db, "INSERT INTO t VALUES (1)");
    const again = await query(db, "INSERT INTO t VALUES (2), (1) RETURNING a");
    expect(again).toMatchObject({ code: "sql", inTransaction: true, rolledBack: false });
    expect(await query(db, "INSERT OR ROLLBACK INTO t VALUES (1) RETURNING a")).toMatchObject({
      code: "sql",
      inTransaction: false,
      rolledBack: true,
    });
    expect(await rowsOf(db, "SELECT a FROM t")).toEqual([]);
  });

  test("a value and a pattern may be as large as was said, and not a byte larger", async () => {
    const { db } = await openedDatabase({ memoryBytesMax: 1024 * 1024 * 1024 });
    const ok = async (sql: string) => (await query(db, sql)).ok;
    expect(await rowsOf(db, `SELECT length(zeroblob(${SQL_VALUE_BYTES_MAX}))`)).toEqual([[SQL_VALUE_BYTES_MAX]]);
    const blob = await query(db, `SELECT length(zeroblob(${SQL_VALUE_BYTES_MAX + 1}))`);
    expect(blob).toMatchObject({ code: "sql", message: "string or blob too big" });
    const like = (bytes: number) => `SELECT 'a' LIKE printf('%.*c', ${bytes}, 'a')`;
    expect([await ok(like(SQL_PATTERN_BYTES_MAX)), await ok(like(SQL_PATTERN_BYTES_MAX + 1))]).toEqual([true, false]);
  });

  test("memory is bounded: a statement that wants more is an error, and the next one works", async () => {
    const { db } = await openedDatabase({ memoryBytesMax: 16 * 1024 * 1024 });
    for (const sql of [
      "SELECT zeroblob(30000000)",
      "SELECT length(group_concat(x)) FROM (WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 5000000) SELECT x FROM n)",
      "CREATE TEMP TABLE t AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n",
      "SELECT * FROM (WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n) ORDER BY x DESC",
    ]) {
      expect(await query(db, sql), sql).toMatchObject({ ok: false, code: "sql", message: "out of memory" });
      expect(await rowsOf(db, "SELECT 1")).toEqual([[1]]);
    }
  });

  test("the file grows to its limit and not a page further", async () => {
    const bytesMax = 256 * 1024;
    const { db, path } = await openedDatabase({ bytesMax });
    await exec(db, "CREATE TABLE t(a)");
    await untilFull(db);
    expect(await rowsOf(db, "PRAGMA page_count")).toEqual([[bytesMax / 4096]]);
    await exec(db, "DELETE FROM t");
    expect(jsonOf(await exec(db, "INSERT INTO t VALUES (1)"))).toContain('"changes":1');
    await db.close();
    expect(statSync(path).size).toBe(bytesMax);
  });

  test("without a limit the file grows beyond where another one ends", async () => {
    const { db } = await openedDatabase({ bytesMax: 0 });
    await exec(db, "CREATE TABLE t(a)");
    expect((await exec(db, "INSERT INTO t VALUES (zeroblob(1000000))")).ok).toBe(true);
  });

  test("the WAL of one large transaction stays within twice the limit, and is small again afterwards", async () => {
    const bytesMax = 8 * 1024 * 1024;
    const { db, path } = await openedDatabase({ bytesMax });
    await exec(db, "CREATE TABLE t(a INTEGER PRIMARY KEY, b)");
    await exec(db, "INSERT INTO t SELECT value, zeroblob(3000) FROM json_each('[1,2,3,4,5,6,7,8]')");
    for (let i = 0; i < 7; i++) await exec(db, "INSERT INTO t(b) SELECT zeroblob(3000) FROM t");
    await exec(db, "BEGIN");
    for (let i = 0; i < 5; i++) await exec(db, "UPDATE t SET b = randomblob(3000)");
    expect(statSync(`${path}-wal`).size).toBeLessThan(2 * bytesMax);
    await exec(db, "COMMIT");
    await exec(db, "PRAGMA wal_checkpoint");
    await exec(db, "UPDATE t SET b = 0 WHERE a = 1");
    expect(statSync(`${path}-wal`).size).toBeLessThan(5 * 1024 * 1024);
  });
});

describe("the file", () => {
  test("is encrypted: nothing that was stored can be read in any file of its folder", async () => {
    const { db, path } = await openedDatabase();
    const secret = "a text that stands nowhere else";
    await exec(db, "CREATE TABLE name_of_the_table(a)");
    await exec(db, "INSERT INTO name_of_the_table VALUES (?1)", [secret]);
    const look = () => {
      const names = readdirSync(dirname(path));
      for (const name of names) {
        const bytes = readFileSync(join(dirname(path), name));
        for (const text of [secret, "name_of_the_table", "SQLite format 3", Buffer.from(TEST_KEY)])
          expect(bytes.includes(text), `${text} in ${name}`).toBe(false);
      }
      return names;
    };
    expect(look()).toContain("data.db-wal");
    await exec(db, "PRAGMA wal_checkpoint");
    look();
    await db.close();
    expect(look()).toEqual(["data.db"]);
  });

  test("would be readable without a key, so that the look above can fail", async () => {
    const { db, path } = await openedDatabase({ key: null });
    await exec(db, "CREATE TABLE name_of_the_table(a)");
    await db.close();
    expect(readFileSync(path).includes("name_of_the_table")).toBe(true);
  });

  test("only its owner may read it", async () => {
    const { path } = await openedDatabase();
    for (const name of readdirSync(dirname(path))) {
      expect(statSync(join(dirname(path), name)).mode & 0o777, name).toBe(0o600);
    }
  });

  test("opens with its own key alone, and that shows at once", async () => {
    const options = openOptions();
    const { db } = await openedDatabase(options);
    await db.close();
    for (const key of [OTHER_KEY, null]) {
      await expect(databaseProcess().open({ ...options, key })).rejects.toMatchObject({ code: "not_a_database" });
    }
    await databaseProcess().open(options);
  });

  test.each([
    ["text", Buffer.from("not a database at all, but long enough to look like one".repeat(100))],
    ["random bytes", randomBytes(8192)],
    ["zeros", Buffer.alloc(8192)],
  ])("with %s in it is no database", async (_, bytes) => {
    const options = openOptions();
    writeFileSync(options.path, bytes);
    await expect(databaseProcess().open(options)).rejects.toMatchObject({ code: "not_a_database" });
    expect(readFileSync(options.path).equals(bytes)).toBe(true);
  });

  test("that is empty becomes a database", async () => {
    const options = openOptions();
    writeFileSync(options.path, "");
    const { db } = await openedDatabase(options);
    expect((await exec(db, "CREATE TABLE t(a)")).ok).toBe(true);
  });

  test("that was changed behind its back is corrupt, and the check finds it", async () => {
    const options = openOptions();
    const { db } = await openedDatabase(options);
    await exec(db, "CREATE TABLE t(a)");
    await exec(db, "INSERT INTO t SELECT hex(randomblob(2000)) FROM json_each('[1,2,3,4,5,6,7,8]')");
    await db.check();
    await db.close();
    const bytes = readFileSync(options.path);
    bytes[3 * 4096 + 100]! ^= 1;
    writeFileSync(options.path, bytes);
    const { db: again } = await openedDatabase(options);
    expect(await rowsOf(again, "SELECT 1")).toEqual([[1]]);
    expect(await query(again, "SELECT a FROM t")).toMatchObject({ ok: false, code: "corrupt" });
    await expect(again.check()).rejects.toMatchObject({ code: "corrupt" });
  });

  test("whose rows do not fit its schema is not damaged", async () => {
    const { db } = await openedDatabase();
    jsonOf(await exec(db, "CREATE TABLE t(a CHECK (a > abs(random()) % 2))"));
    for (let i = 0; i < 200; i++) await exec(db, "INSERT INTO t VALUES (1)");
    jsonOf(await exec(db, "CREATE VIRTUAL TABLE f USING fts5(a, content='')"));
    const findings = await rowsOf(db, "PRAGMA quick_check");
    expect(findings.flat()).toContain("CHECK constraint failed in t");
    await db.check();
  });

  test("in a folder that is not there, behind a link, or a folder itself cannot be opened", async () => {
    const folder = tempDir();
    writeFileSync(join(folder, "elsewhere"), "");
    symlinkSync(join(folder, "elsewhere"), join(folder, "link.db"));
    mkdirSync(join(folder, "folder.db"));
    for (const name of ["none/data.db", "link.db", "folder.db"]) {
      const failure = expect(databaseProcess().open(openOptions({ path: join(folder, name) }))).rejects;
      await failure.toMatchObject({ code: "cannot_open" });
    }
    expect(readFileSync(join(folder, "elsewhere"), "utf8")).toBe("");
  });

  test("is held by one process alone: a second one waits, and is told so", async () => {
    const options = openOptions({ busyMs: 200 });
    const { db } = await openedDatabase(options);
    await expect(databaseProcess().open(options)).rejects.toMatchObject({ code: "locked" });
    await db.close();
    await databaseProcess().open(options);
  });

  test("is handed over to who waits when the first one closes it", async () => {
    const options = openOptions({ busyMs: 20_000 });
    const { db } = await openedDatabase(options);
    const next = databaseProcess().open(options);
    await db.close();
    await next;
  });

  test("that many processes want to make at the same moment is made by one of them, and then by the next", async () => {
    const options = openOptions({ busyMs: 20_000 });
    const all = Array.from({ length: 5 }, async (_, index) => {
      const db = databaseProcess();
      await db.open(options);
      jsonOf(await exec(db, "CREATE TABLE IF NOT EXISTS t(a)"));
      jsonOf(await exec(db, "INSERT INTO t VALUES (?1)", [index]));
      await db.close();
    });
    await Promise.all(all);
    const { db } = await openedDatabase(options);
    expect(await rowsOf(db, "SELECT a FROM t ORDER BY a")).toEqual([[0], [1], [2], [3], [4]]);
  });

  test("is shared by processes that do not want it for themselves", async () => {
    const options = openOptions({ isExclusive: false, key: null, isGuarded: false });
    const { db: one } = await openedDatabase(options);
    const { db: two } = await openedDatabase(options);
    await one.script("CREATE TABLE t(a); INSERT INTO t VALUES (1);");
    expect(await rowsOf(two, "SELECT a FROM t")).toEqual([[1]]);
    await Promise.all([one, two].map((db) => exec(db, "INSERT INTO t VALUES (2)")));
    expect(await rowsOf(one, "SELECT count(*) FROM t")).toEqual([[3]]);
  });

  onRealDisk("on a disk that is full refuses what does not fit, and keeps what was there", async () => {
    const folder = smallDisk(512 * 1024);
    const options = openOptions({ path: join(folder, "data.db") });
    const { db } = await openedDatabase(options);
    jsonOf(await exec(db, "CREATE TABLE t(a)"));
    jsonOf(await exec(db, "INSERT INTO t VALUES ('kept')"));
    const result = await exec(db, "INSERT INTO t VALUES (zeroblob(3000000))");
    expect(result).toMatchObject({ ok: false, code: "full", message: "database or disk is full" });
    expect(await rowsOf(db, "SELECT a FROM t")).toEqual([["kept"]]);
    await db.close();
    const { db: again } = await openedDatabase(options);
    expect(await rowsOf(again, "SELECT a FROM t")).toEqual([["kept"]]);
  });
});

describe("a file that may not grow any further", () => {
  test("because its process may not write more, is full as well", async () => {
    const options = openOptions();
    const db = databaseProcess(limitedProgram(600));
    await db.open(options);
    jsonOf(await exec(db, "CREATE TABLE t(a)"));
    jsonOf(await exec(db, "INSERT INTO t VALUES ('kept')"));
    const result = await exec(db, "INSERT INTO t VALUES (randomblob(3000000))");
    expect(result).toMatchObject({ ok: false, code: "full", message: "database or disk is full" });
    expect(await rowsOf(db, "SELECT a FROM t")).toEqual([["kept"]]);
    await db.close();
    const { db: again } = await openedDatabase(options);
    expect(await rowsOf(again, "SELECT a FROM t")).toEqual([["kept"]]);
  });
});

describe("nothing that was acknowledged is lost", () => {
  test("when the process is killed in the middle of inserts, many times over", async () => {
    const options = openOptions();
    let acknowledged = 0;
    for (let round = 0; round < 30; round++) {
      const { db } = await openedDatabase(options);
      await exec(db, "CREATE TABLE IF NOT EXISTS t(a INTEGER PRIMARY KEY, b)");
      const [[kept]] = (await rowsOf(db, "SELECT count(*) FROM t")) as [[number]];
      expect(kept).toBeGreaterThanOrEqual(acknowledged);
      const [[last]] = (await rowsOf(db, "SELECT ifnull(max(a), 0) FROM t")) as [[number]];
      expect(last, "rows without a gap").toBe(kept);
      acknowledged = kept;
      const inserts = Array.from({ length: 200 }, async () => {
        jsonOf(await exec(db, "INSERT INTO t(b) VALUES (randomblob(500))"));
        if (++acknowledged % 37 === round % 37) db.kill();
      });
      await Promise.allSettled(inserts);
      db.kill();
      await db.end;
    }
    const { db } = await openedDatabase(options);
    await db.check();
    expect(acknowledged).toBeGreaterThan(300);
  }, 60_000);

  test("and a transaction that was not committed is gone", async () => {
    const options = openOptions();
    const { db } = await openedDatabase(options);
    await exec(db, "CREATE TABLE t(a)");
    await exec(db, "BEGIN");
    await exec(db, "INSERT INTO t VALUES (1)");
    await db.close();
    const { db: again } = await openedDatabase(options);
    expect(await rowsOf(again, "SELECT * FROM t")).toEqual([]);
  });
});

describe("keys", () => {
  test("a new key opens the file, the old one does not any more", async () => {
    const options = openOptions();
    const { db } = await openedDatabase(options);
    await exec(db, "CREATE TABLE t(a)");
    await exec(db, "INSERT INTO t VALUES ('kept')");
    await db.rekey(OTHER_KEY);
    expect(await rowsOf(db, "SELECT a FROM t")).toEqual([["kept"]]);
    await exec(db, "INSERT INTO t VALUES ('later')");
    await db.close();
    await expect(databaseProcess().open(options)).rejects.toMatchObject({ code: "not_a_database" });
    const { db: again } = await openedDatabase({ ...options, key: OTHER_KEY });
    expect(await rowsOf(again, "SELECT a FROM t")).toEqual([["kept"], ["later"]]);
  });

  test("under its new key a file stays guarded, capped and alone", async () => {
    const options = openOptions({ bytesMax: 256 * 1024, busyMs: 100 });
    const { db } = await openedDatabase(options);
    await exec(db, "CREATE TABLE t(a)");
    await db.rekey(OTHER_KEY);
    expect(await exec(db, "ATTACH 'x' AS y")).toMatchObject({ code: "forbidden" });
    await expect(databaseProcess().open({ ...options, key: OTHER_KEY })).rejects.toMatchObject({ code: "locked" });
    await untilFull(db);
  });

  test("a file that is not encrypted does not become so", async () => {
    const { db } = await openedDatabase({ key: null });
    await expect(db.rekey(OTHER_KEY)).rejects.toMatchObject({ code: "failed" });
    expect(await rowsOf(db, "SELECT 1")).toEqual([[1]]);
  });

  onRealDisk("with a disk too full for a new key, the old one goes on", async () => {
    const options = openOptions({ path: join(smallDisk(1024 * 1024), "data.db") });
    const { db } = await openedDatabase(options);
    await exec(db, "CREATE TABLE t(a)");
    for (let part = 0; part < 3; part++) {
      jsonOf(await exec(db, `INSERT INTO t SELECT randomblob(3000) FROM (${numbers(50)})`));
      jsonOf(await exec(db, "PRAGMA wal_checkpoint(TRUNCATE)"));
    }
    await expect(db.rekey(OTHER_KEY)).rejects.toMatchObject({ code: "full" });
    expect(await rowsOf(db, "SELECT count(*), sum(length(a)) FROM t")).toEqual([[150, 450_000]]);
    await exec(db, "UPDATE t SET a = zeroblob(3000) WHERE rowid = 1");
    await db.close();
    const { db: again } = await openedDatabase(options);
    await again.check();
    expect(await rowsOf(again, "SELECT count(*), sum(length(a)) FROM t")).toEqual([[150, 450_000]]);
  });

  test.each([
    ["another key", OTHER_KEY],
    ["no key", null],
  ])("to try %s on a file that was left in the middle of its work does it no harm", async (_, key) => {
    const options = openOptions();
    const { db } = await openedDatabase(options);
    await exec(db, "CREATE TABLE t(a)");
    for (let row = 0; row < 50; row++) await exec(db, "INSERT INTO t VALUES (randomblob(2000))");
    db.kill();
    await db.end;
    const walBytes = statSync(`${options.path}-wal`).size;
    await expect(databaseProcess().open({ ...options, key })).rejects.toMatchObject({ code: "not_a_database" });
    expect(statSync(`${options.path}-wal`).size).toBe(walBytes);
    const { db: again } = await openedDatabase(options);
    await again.check();
    expect(await rowsOf(again, "SELECT count(*) FROM t")).toEqual([[50]]);
  });

  test("a key cannot be changed while a transaction is open", async () => {
    const { db } = await openedDatabase();
    await exec(db, "BEGIN");
    await expect(db.rekey(OTHER_KEY)).rejects.toMatchObject({ code: "failed" });
  });

  test("killed while it gets another key, a file opens with one of the two, whole", async () => {
    const options = openOptions();
    let key: Uint8Array = TEST_KEY;
    let next: Uint8Array = OTHER_KEY;
    const { db: first } = await openedDatabase(options);
    await exec(first, "CREATE TABLE t(a)");
    await exec(first, `INSERT INTO t SELECT hex(randomblob(1500)) FROM (${numbers(1000)})`);
    await first.close();
    for (let round = 0; round < 20; round++) {
      const { db } = await openedDatabase({ ...options, key });
      const done = db.rekey(next).catch(() => {});
      // Spread over the whole of the work, and a little beyond: every moment has to be good.
      await new Promise((resolve) => setTimeout(resolve, round * 2));
      db.kill();
      await db.end;
      await done;
      const hasNext = await databaseOpens({ ...options, key: next });
      if (hasNext) [key, next] = [next, key];
      else expect(await databaseOpens({ ...options, key }), "one of the two keys").toBe(true);
      const { db: whole } = await openedDatabase({ ...options, key });
      await whole.check();
      expect(await rowsOf(whole, "SELECT count(*), min(length(a)) FROM t")).toEqual([[1000, 3000]]);
      await whole.close();
    }
  }, 60_000);
});

describe("a copy", () => {
  test("is not encrypted, and holds everything", async () => {
    const { db, path } = await openedDatabase();
    await exec(db, "CREATE TABLE t(a)");
    await exec(db, "INSERT INTO t VALUES (x'00ff')");
    await exec(db, "CREATE VIRTUAL TABLE f USING fts5(text)");
    await exec(db, "INSERT INTO f VALUES ('some words')");
    const copy = join(dirname(path), "copy.db");
    await db.exportTo(copy);
    expect(readFileSync(copy).subarray(0, 15).toString()).toBe("SQLite format 3");
    const { db: copied } = await openedDatabase({ path: copy, key: null, isGuarded: false });
    expect(await rowsOf(copied, "SELECT hex(a) FROM t")).toEqual([["00FF"]]);
    expect(await rowsOf(copied, "SELECT text FROM f WHERE f MATCH 'words'")).toEqual([["some words"]]);
  });

  test("overwrites nothing, and leaves nothing behind when it fails", async () => {
    const { db, path } = await openedDatabase();
    const there = join(dirname(path), "there");
    writeFileSync(there, "mine");
    await expect(db.exportTo(there)).rejects.toMatchObject({ code: "cannot_open" });
    expect(readFileSync(there, "utf8")).toBe("mine");
    await exec(db, "BEGIN");
    const copy = join(dirname(path), "copy.db");
    await expect(db.exportTo(copy)).rejects.toMatchObject({ code: "failed" });
    expect(existsSync(copy)).toBe(false);
  });
});

describe("the process", () => {
  test("takes several statements only for a file that is not guarded", async () => {
    const { db } = await openedDatabase();
    await expect(db.script("CREATE TABLE a(x); CREATE TABLE b(x)")).rejects.toMatchObject({ code: "failed" });
    const { db: own } = await openedDatabase({ isGuarded: false });
    await own.script("CREATE TABLE a(x); INSERT INTO a VALUES (1), (2);");
    await expect(own.script("INSERT INTO a VALUES (3); rubbish")).rejects.toMatchObject({ code: "failed" });
    expect(await rowsOf(own, "SELECT count(*) FROM a")).toEqual([[3]]);
  });

  test("that is not built is said to be missing", async () => {
    const db = databaseProcess(join(tempDir(), "nothing"));
    await expect(db.open(openOptions())).rejects.toMatchObject({ code: "program_missing" });
    await expect(query(db, "SELECT 1")).rejects.toMatchObject({ code: "program_missing" });
    await db.close();
  });

  test("that ends by itself fails what it was asked, and is reported", async () => {
    const warnings: string[] = [];
    const db = new DatabaseProcess(DATABASE_PROGRAM, { warn: (text) => warnings.push(text) });
    await db.open(openOptions());
    process.kill(db.pid!, "SIGTERM");
    await expect(query(db, ENDLESS)).rejects.toMatchObject({ code: "stopped" });
    expect(await db.end).toEqual({ code: null, signal: "SIGTERM" });
    expect(warnings).toEqual(["the process of a database ended unasked: SIGTERM"]);
  });

  test("that ended by itself keeps nobody waiting once it is closed", async () => {
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
    const db = new DatabaseProcess(DATABASE_PROGRAM, { warn() {} });
    await db.open(openOptions());
    process.kill(db.pid!, "SIGKILL");
    await db.end;
    const before = timers();
    await db.close();
    expect(timers()).toBe(before);
  });

  test("that is gone is gone, even if something else holds its socket", async () => {
    const note = join(tempDir(), "pid");
    const script = join(tempDir(), "leaves-a-child");
    writeFileSync(script, `#!/bin/sh\n/bin/sleep 60 &\necho $! > '${note}'\nexec '${DATABASE_PROGRAM}'\n`, {
      mode: 0o755,
    });
    const db = databaseProcess(script);
    await db.open(openOptions());
    const sleeper = Number(readFileSync(note, "utf8"));
    onTestFinished(() => void process.kill(sleeper, "SIGKILL"));
    const endless = expect(query(db, ENDLESS)).rejects.toMatchObject({ code: "stopped" });
    process.kill(db.pid!, "SIGKILL");
    await endless;
    expect(await db.end).toEqual({ code: null, signal: "SIGKILL" });
    expect(isRunning(sleeper)).toBe(true);
  });

  test("that was set by a pragma says so from then on, and one that was only asked does not", async () => {
    const { db } = await openedDatabase();
    for (const sql of ["PRAGMA foreign_keys", "PRAGMA user_version = 1", "PRAGMA table_info(t)", "CREATE TABLE t(a)"]) {
      expect((await exec(db, sql)).hasSettings, sql).toBe(false);
    }
    for (const pragma of ["foreign_keys = OFF", "recursive_triggers = ON", "auto_vacuum = FULL"]) {
      const { db: other } = await openedDatabase();
      expect((await exec(other, `PRAGMA ${pragma}`)).hasSettings, pragma).toBe(true);
      expect((await exec(other, "SELECT 1")).hasSettings, pragma).toBe(true);
    }
  });

  test("that closes finishes what it was asked first", async () => {
    const options = openOptions();
    const { db } = await openedDatabase(options);
    await exec(db, "CREATE TABLE t(a)");
    const inserts = Array.from({ length: 50 }, () => exec(db, "INSERT INTO t VALUES (1)"));
    await db.close();
    for (const insert of inserts) jsonOf(await insert);
    expect(await db.end).toEqual({ code: 0, signal: null });
    await expect(query(db, "SELECT 1")).rejects.toMatchObject({ code: "stopped" });
    await db.close();
    const { db: again } = await openedDatabase(options);
    expect(await rowsOf(again, "SELECT count(*) FROM t")).toEqual([[50]]);
  });

  test("can be closed and killed without ever having been opened", async () => {
    const one = databaseProcess();
    await one.close();
    const two = databaseProcess();
    two.kill();
    await two.end;
    await expect(query(two, "SELECT 1")).rejects.toMatchObject({ code: "stopped" });
  });

  inProc(
    "knows neither the environment nor a descriptor that is not its own, and its key is in no argument",
    async () => {
      const { db } = await openedDatabase();
      const proc = `/proc/${db.pid}`;
      expect(readFileSync(`${proc}/environ`, "utf8")).toBe("");
      expect(readFileSync(`${proc}/cmdline`, "utf8")).toBe(`${DATABASE_PROGRAM}\0`);
      const control = spawn("sleep", ["60"], { stdio: ["ignore", "ignore", "ignore", "pipe"] });
      onTestFinished(() => void control.kill());
      const ownFiles = /data\.db(-wal)?$/;
      const own = descriptorsOf(db.pid!).filter((name) => !ownFiles.test(name));
      // While it starts, it may have other files open.
      await expect.poll(() => descriptorsOf(control.pid!)).toEqual(own);
    },
  );

  test("ends with the host that started it, even in the middle of a statement", async () => {
    const options = openOptions();
    const script = `
      import { DatabaseProcess } from ${JSON.stringify(join(import.meta.dirname, "../../src/store/database-process.ts"))};
      const db = new DatabaseProcess(${JSON.stringify(DATABASE_PROGRAM)});
      await db.open({ ...${JSON.stringify(options)}, key: new Uint8Array(32).fill(7) });
      console.log(db.pid);
      setTimeout(() => process.kill(process.pid, "SIGKILL"), 50);
      await db.run("query", ${JSON.stringify(ENDLESS)}, null, { deadlineMs: 60_000, answerBytesMax: 1000 });`;
    let output = "";
    try {
      execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
    } catch (error) {
      output = (error as { stdout: string }).stdout;
    }
    const pid = Number(output);
    expect(pid).toBeGreaterThan(1);
    await untilGone(pid);
    await databaseProcess().open(options);
  });

  test("does not keep its host running while nothing is asked", () => {
    const options = openOptions();
    const script = `
      import { DatabaseProcess } from ${JSON.stringify(join(import.meta.dirname, "../../src/store/database-process.ts"))};
      const db = new DatabaseProcess(${JSON.stringify(DATABASE_PROGRAM)});
      await db.open({ ...${JSON.stringify(options)}, key: new Uint8Array(32).fill(7) });
      await db.run("exec", "CREATE TABLE t(a)", null, { deadlineMs: 9_000, answerBytesMax: 1000 });
      console.log(db.pid);`;
    const pid = Number(execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" }));
    expect(pid).toBeGreaterThan(1);
  });

  test("leaves nothing behind when it was killed", async () => {
    const { db } = await openedDatabase();
    const pid = db.pid!;
    db.kill();
    await db.end;
    expect(isRunning(pid)).toBe(false);
  });
});

/** Whether a file opens; it is closed again without being used. */
async function databaseOpens(options: OpenOptions): Promise<boolean> {
  const db = databaseProcess();
  try {
    await db.open(options);
    return true;
  } catch {
    return false;
  } finally {
    db.kill();
    await db.end;
  }
}

/** What a process has open, by kind. */
function descriptorsOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder)
    .map((name) => readlinkSync(join(folder, name)).replace(/\[\d+\]/, ""))
    .sort();
}

/** Inserts until the file is full, and looks at what is said then. */
async function untilFull(db: DatabaseProcess): Promise<void> {
  for (let rows = 0; rows < 10_000; rows++) {
    const result = await exec(db, "INSERT INTO t VALUES (zeroblob(2000))");
    if (result.ok) continue;
    expect(result).toMatchObject({ code: "full", message: "database or disk is full" });
    return;
  }
  throw new Error("it never became full");
}

function numbers(count: number): string {
  return `WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT ${count}) SELECT x FROM n`;
}

/** The program, which may write no file that is larger than so many blocks of 512 bytes. */
function limitedProgram(blocks: number): string {
  const script = join(tempDir(), "limited");
  writeFileSync(script, `#!/bin/sh\nulimit -f ${blocks}\nexec '${DATABASE_PROGRAM}'\n`, { mode: 0o755 });
  return script;
}

/** A file system of this size, gone with the test. */
function smallDisk(bytes: number): string {
  const folder = tempDir();
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", folder]);
  onTestFinished(() => void execFileSync("umount", ["-l", folder]));
  return folder;
}
