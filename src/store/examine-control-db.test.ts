import { readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import Database from "better-sqlite3-multiple-ciphers";
import { expect, onTestFinished, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { CONTROL_DB_CHECKED_BYTES_MAX } from "../protocol/limits.ts";
import { controlDb, controlDbPath } from "./control-db.ts";
import { MIGRATIONS } from "./control-db-tables.ts";
import { examineControlDb } from "./examine-control-db.ts";

async function filled() {
  const folder = tempDir();
  const db = controlDb(folder);
  onTestFinished(() => db.close());
  const open = await db.openForWrite();
  open.write((sqlite) => {
    const add = sqlite.prepare("INSERT INTO grants VALUES ('p', ?, NULL, 'auto', 'settings', '')");
    for (let count = 0; count < 500; count++) add.run(`tool ${count}`);
  });
  return { folder, db, path: controlDbPath(folder) };
}

test("a database that is whole is, also while a host has it open; none is no problem", async () => {
  expect(await examineControlDb(controlDbPath(tempDir()))).toBeUndefined();
  const { db, folder, path } = await filled();
  expect(await examineControlDb(path)).toMatchObject({ isChecked: true });
  db.close();
  const before = readFileSync(path);
  expect(await examineControlDb(path)).toMatchObject({ isChecked: true, bytes: before.length });
  expect(readdirSync(folder)).toEqual(["osprey.db"]);
  expect(readFileSync(path).equals(before)).toBe(true);
});

test.each([
  ["is no database", () => Buffer.from("somebody's letters\n".repeat(500)), "damaged"],
  ["has a damaged page", (file: Buffer) => file.fill(0x41, 8192), "damaged"],
])("one that %s is told with what to do, and left as it is", async (_what, damage, problem) => {
  const { db, path } = await filled();
  db.close();
  writeFileSync(path, damage(readFileSync(path)));
  const before = readFileSync(path);
  await expect(examineControlDb(path)).rejects.toMatchObject({
    code: "store_broken",
    message: expect.stringContaining(problem),
    hint: expect.stringContaining("backup"),
  });
  expect(readFileSync(path).equals(before)).toBe(true);
});

test("one of a newer version is told", async () => {
  const { db, path } = await filled();
  db.close();
  const newer = new Database(path, {});
  newer.pragma(`user_version = ${MIGRATIONS.length + 1}`);
  newer.close();
  await expect(examineControlDb(path)).rejects.toMatchObject({ hint: expect.stringContaining("newer Osprey") });
});

test("one of the largest size is read through, and a larger one only opened", async () => {
  const { db, path } = await filled();
  db.close();
  // Pages behind the last one are none of the database's.
  truncateSync(path, CONTROL_DB_CHECKED_BYTES_MAX);
  expect(await examineControlDb(path)).toMatchObject({ isChecked: true });
  truncateSync(path, CONTROL_DB_CHECKED_BYTES_MAX + 1);
  expect(await examineControlDb(path)).toMatchObject({ isChecked: false });
});
