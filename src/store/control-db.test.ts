import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import Database from "better-sqlite3-multiple-ciphers";
import { expect, onTestFinished, test, vi } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { processMark } from "../base/process-mark.ts";
import { HostError } from "../protocol/errors.ts";
import { Approvals } from "./approvals.ts";
import { type ControlDb, controlDb } from "./control-db.ts";
import { MIGRATIONS } from "./control-db-tables.ts";

const BUSY_MS = 50;

function openAt(folder: string, busyMs?: number): ControlDb {
  const db = controlDb(folder, busyMs);
  onTestFinished(() => db.close());
  return db;
}

const addGrant = (db: ControlDb, tool: string) =>
  db
    .openForWrite()
    .then((open) =>
      open.write((sqlite) =>
        sqlite.prepare("INSERT INTO grants VALUES ('p', ?, NULL, 'auto', 'settings', '')").run(tool),
      ),
    );

const countGrants = async (db: ControlDb) =>
  (await db.openIfThere())?.read((sqlite) => sqlite.prepare("SELECT count(*) FROM grants").pluck().get());

test("a database that nobody wrote is not made by looking for it", async () => {
  const folder = tempDir();
  const db = openAt(join(folder, "data"));
  expect(await db.openIfThere()).toBeUndefined();
  db.changeMark();
  expect(existsSync(join(folder, "data"))).toBe(false);
});

test("the first write makes folder and file for the user alone, and another process sees what was written", async () => {
  const folder = join(tempDir(), "data");
  const db = openAt(folder);
  await addGrant(db, "a");
  const mode = (name: string) => statSync(join(folder, name)).mode & 0o777;
  expect([mode("osprey.db"), mode("osprey.db-wal"), mode("osprey.db-shm"), mode(".")]).toEqual([
    0o600, 0o600, 0o600, 0o700,
  ]);
  expect(await countGrants(openAt(folder))).toBe(1);
});

test("what another process wrote is seen at once, or as late as whoever looks is content with; own writes always", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  onTestFinished(() => void vi.useRealTimers());
  const folder = tempDir();
  const [own, other] = [openAt(folder), openAt(folder)];
  await addGrant(own, "a");
  await addGrant(other, "b");
  const mark = own.changeMark();
  await addGrant(other, "c");
  vi.advanceTimersByTime(19);
  expect(own.changeMark(20)).toBe(mark);
  vi.advanceTimersByTime(1);
  const next = own.changeMark(20);
  expect(next).not.toBe(mark);
  await addGrant(other, "d");
  expect(own.changeMark()).not.toBe(next);
  const last = own.changeMark(20);
  await addGrant(own, "e");
  expect(own.changeMark(20)).not.toBe(last);
});

test("a write that fails half-way changes nothing", async () => {
  const db = openAt(tempDir());
  const open = await db.openForWrite();
  const write = () =>
    open.write((sqlite) => {
      sqlite.exec("INSERT INTO grants VALUES ('p', 't', NULL, 'auto', 'settings', '')");
      throw new Error("half-way");
    });
  expect(write).toThrow("half-way");
  expect(await countGrants(db)).toBe(0);
});

test("a file that a killed process left empty is taken over", async () => {
  const folder = tempDir();
  writeFileSync(join(folder, "osprey.db"), "");
  expect(await countGrants(openAt(folder))).toBe(0);
});

test("a database of the step before is brought up to date, and what waited in it is answered as it was asked", async () => {
  const folder = tempDir();
  const before = new Database(join(folder, "osprey.db"), {});
  for (const step of MIGRATIONS.slice(0, 4)) before.exec(step);
  before.pragma("user_version = 4");
  const asker = processMark();
  const row = [asker, new Date(Date.now() + 60_000).toISOString()];
  before
    .prepare(
      `INSERT INTO approvals (id, plugin_id, tool_id, agent_id, input, description, requirements, created_at, asker,
       expires_at, status) VALUES ('abcdefgh', 'p', 't', 'a', '{"n":1}', '', '[]', '', ?, ?, 'pending')`,
    )
    .run(...row);
  before.close();
  const db = openAt(folder);
  const approvals = new Approvals(db);
  expect(await approvals.list()).toMatchObject([{ id: "abcdefgh", input: '{"n":1}' }]);
  // Nobody kept its arguments whole: they cannot be changed.
  expect((await approvals.arguments("abcdefgh")).whole).toBeUndefined();
  await approvals.answer("abcdefgh", { allow: true, remember: "once" }, "approval");
  expect(await approvals.list()).toEqual([]);
});

test("a database of a newer version is refused and stays as it is", async () => {
  const folder = tempDir();
  const db = controlDb(folder);
  await addGrant(db, "a");
  db.close();
  const newer = new Database(db.path, {});
  newer.pragma("journal_mode = DELETE");
  newer.pragma(`user_version = ${MIGRATIONS.length + 1}`);
  newer.close();
  const before = readFileSync(db.path);
  await expect(openAt(folder).openForWrite()).rejects.toMatchObject({
    code: "store_broken",
    message: expect.stringContaining(`version ${MIGRATIONS.length + 1}`),
    hint: expect.stringContaining("newer Osprey"),
  });
  expect(readFileSync(db.path).equals(before)).toBe(true);
});

test.each([
  ["is no database", () => Buffer.from("not a database, but somebody's letters\n".repeat(200))],
  ["has a damaged page", (file: Buffer) => file.fill(0x41, 4096)],
  ["was cut off", (file: Buffer) => file.subarray(0, 5000)],
])("a file that %s is reported and not changed", async (_what, damage) => {
  const folder = tempDir();
  const db = controlDb(folder);
  for (let count = 0; count < 100; count++) await addGrant(db, `tool ${count}`);
  db.close();
  writeFileSync(db.path, damage(readFileSync(db.path)));
  const before = readFileSync(db.path);
  const broken = { code: "store_broken", message: expect.stringContaining("damaged") };
  await expect(addGrant(openAt(folder), "b")).rejects.toMatchObject(broken);
  await expect(
    openAt(folder)
      .openIfThere()
      .then((open) => open?.read((sqlite) => sqlite.prepare("SELECT * FROM grants").all())),
  ).rejects.toMatchObject(broken);
  expect(readFileSync(db.path).equals(before)).toBe(true);
});

test("a place where no file can be is reported with its path", async () => {
  const folder = tempDir();
  mkdirSync(join(folder, "osprey.db"));
  writeFileSync(join(folder, "file"), "");
  for (const place of [folder, join(folder, "file"), "/proc/none"]) {
    const failure = { code: "store_broken", message: expect.stringContaining(join(place, "osprey.db")) };
    await expect(openAt(place).openForWrite()).rejects.toMatchObject(failure);
  }
});

test("a database that another process keeps locked is waited for, and then reported", async () => {
  const folder = tempDir();
  const db = openAt(folder, BUSY_MS);
  await addGrant(db, "a");
  const other = new Database(db.path, {});
  other.exec("BEGIN IMMEDIATE");
  await expect(addGrant(db, "b")).rejects.toMatchObject({
    code: "store_broken",
    message: expect.stringContaining("locked"),
  });
  other.exec("COMMIT");
  other.close();
  await addGrant(db, "b");
  expect(await countGrants(db)).toBe(2);
});

test("while another process keeps it locked, this one goes on with other things", async () => {
  const folder = tempDir();
  const db = openAt(folder);
  await addGrant(db, "a");
  const other = new Database(db.path, {});
  onTestFinished(() => void other.close());
  other.exec("BEGIN IMMEDIATE");
  // Whoever holds the lock is in this process: were it held up, nobody would ever unlock.
  const writing = addGrant(db, "b");
  const removing = db
    .openIfThereForWrite()
    .then((open) => open?.write((sqlite) => sqlite.exec("DELETE FROM grants WHERE tool_id = 'a'")));
  for (let turn = 0; turn < 20; turn++) await delay(1);
  other.exec("COMMIT");
  await Promise.all([writing, removing]);
  const left = (await db.openForWrite()).read((sqlite) => sqlite.prepare("SELECT tool_id FROM grants").pluck().all());
  expect(left).toEqual(["b"]);
});

test("the mark changes with what this process and others write, and only then", async () => {
  const folder = tempDir();
  const [db, other] = [openAt(folder), openAt(folder)];
  const marks = [db.changeMark(), db.changeMark()];
  await addGrant(other, "a");
  marks.push(db.changeMark());
  await db.openIfThere();
  db.changeMark();
  marks.push(db.changeMark(), db.changeMark());
  await addGrant(other, "b");
  marks.push(db.changeMark(), db.changeMark());
  await addGrant(db, "c");
  marks.push(db.changeMark(), db.changeMark());
  const steps = marks.slice(1).map((mark, index) => mark > marks[index]!);
  expect(steps).toEqual([false, true, true, false, true, false, true, false]);
});

test("after it was closed, also while it was being opened, nothing is open any more", async () => {
  const folder = tempDir();
  const db = controlDb(folder);
  const opening = db.openForWrite();
  db.close();
  await expect(opening).rejects.toMatchObject({ code: "plugin_stopped" });
  await expect(db.openForWrite()).rejects.toMatchObject({ code: "plugin_stopped" });
  db.close();
});

test("processes that make it and write at the same time all get their turn", async () => {
  const folder = tempDir();
  const script = `
    const { controlDb } = await import(${JSON.stringify(join(import.meta.dirname, "control-db.ts"))});
    const db = controlDb(${JSON.stringify(folder)});
    const open = await db.openForWrite();
    for (let n = 0; n < 20; n++) {
      open.write((sqlite) =>
        sqlite.prepare("INSERT INTO grants VALUES (?, ?, NULL, 'auto', 'settings', '')").run(String(process.pid), String(n)));
    }
    db.close();`;
  const children = Array.from({ length: 4 }, () =>
    spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "ignore", "inherit"] }),
  );
  const ends = await Promise.all(children.map((child) => once(child, "exit")));
  expect(ends.map(([code]) => code)).toEqual([0, 0, 0, 0]);
  expect(await countGrants(openAt(folder))).toBe(80);
});

test("writes that are asked for together are one transaction, and what fails of them is undone for itself", async () => {
  const db = openAt(tempDir());
  await db.openForWrite();
  const before = db.ownWrites;
  const put = (name: string, fails = false) =>
    db.together((sqlite) => {
      sqlite.prepare("INSERT INTO host_grants VALUES (?, 'host', NULL, '')").run(name);
      if (fails) throw new HostError("request_invalid", "not this one");
      return name;
    });
  const settled = await Promise.allSettled([put("a"), put("b", true), put("c"), put("c")]);
  expect(settled.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled", "rejected"]);
  expect(settled[1]).toMatchObject({ reason: { code: "request_invalid" } });
  expect(settled[3]).toMatchObject({ reason: { code: "store_broken" } });
  expect(db.ownWrites).toBe(before + 1);
  const names = db.opened!.read((sqlite) => sqlite.prepare("SELECT plugin_id FROM host_grants").pluck().all());
  expect(names).toEqual(["a", "c"]);
});

test("what is written together makes the database, and fails once it is closed", async () => {
  const db = openAt(tempDir());
  expect(await db.together((sqlite) => sqlite.prepare("SELECT count(*) FROM grants").pluck().get())).toBe(0);
  db.close();
  await expect(db.together(() => 1)).rejects.toMatchObject({ code: "plugin_stopped" });
});
