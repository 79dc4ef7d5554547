import Database from "better-sqlite3-multiple-ciphers";
import { expect, onTestFinished, test } from "vitest";
import { STATEMENTS_KEPT_MAX } from "../protocol/limits.ts";
import { keepStatements } from "./kept-statements.ts";

function open() {
  const sqlite = new Database(":memory:", {});
  onTestFinished(() => void sqlite.close());
  sqlite.exec("CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 2), (3, 4)");
  keepStatements(sqlite);
  return sqlite;
}

test("the same text is the same statement, each other one its own", () => {
  const sqlite = open();
  expect(sqlite.prepare("SELECT a FROM t")).toBe(sqlite.prepare("SELECT a FROM t"));
  expect(sqlite.prepare("SELECT b FROM t")).not.toBe(sqlite.prepare("SELECT a FROM t"));
});

test("how one gives its rows is nothing to the others", () => {
  const sqlite = open();
  const sql = "SELECT a, b FROM t WHERE a = ?";
  const [rows, plucked, raw] = [sqlite.prepare(sql), sqlite.prepare(sql).pluck(), sqlite.prepare(sql).raw()];
  expect([rows.get(3), plucked.get(3), raw.get(3)]).toEqual([{ a: 3, b: 4 }, 3, [3, 4]]);
  expect(sqlite.prepare(sql).get(1)).toEqual({ a: 1, b: 2 });
  expect(sqlite.prepare(sql).pluck()).toBe(plucked);
});

test("so many are kept; with one more, all begin anew", () => {
  const sqlite = open();
  const text = (index: number) => `SELECT ${index}`;
  const first = sqlite.prepare(text(1));
  for (let index = 2; index <= STATEMENTS_KEPT_MAX; index++) sqlite.prepare(text(index));
  expect(sqlite.prepare(text(1))).toBe(first);
  sqlite.prepare(text(STATEMENTS_KEPT_MAX + 1));
  expect(sqlite.prepare(text(1))).not.toBe(first);
  expect(first.get()).toEqual({ 1: 1 });
});

test("a statement that no longer fits its table is made again by the driver", () => {
  const sqlite = open();
  const all = () => sqlite.prepare("SELECT * FROM t WHERE a = 1").get();
  expect(all()).toEqual({ a: 1, b: 2 });
  sqlite.exec("ALTER TABLE t ADD COLUMN c");
  expect(all()).toEqual({ a: 1, b: 2, c: null });
});
