import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { DATABASE_NOTE_BYTES_MAX } from "../protocol/limits.ts";
import {
  databasePath,
  hasDatabase,
  ownerOf,
  putAside,
  readKeyNote,
  removeOwnerNote,
  writeKeyNote,
  writeOwnerNote,
} from "./database-files.ts";

const TIME = new Date("2026-01-02T03:04:05.678Z");
const FILES = ["data.db", "data.db-wal", "data.db-shm", "data.db-journal"];

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = tempDir();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

const contentOf = (folder: string) =>
  Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((name) => [name, readFileSync(join(folder, name), "utf8")]),
  );

test("an empty file holds no database", () => {
  expect(hasDatabase(tempDir())).toBe(false);
  expect(hasDatabase(folderWith({ "data.db": "" }))).toBe(false);
  expect(hasDatabase(folderWith({ "data.db": "x" }))).toBe(true);
});

test("the note gives the key's id back, readable by nobody else", () => {
  const folder = tempDir();
  writeKeyNote(folder, "k1");
  writeKeyNote(folder, "k2");
  expect(readKeyNote(folder)).toBe("k2");
  expect(readdirSync(folder)).toEqual(["data.db-key"]);
  expect(readFileSync(join(folder, "data.db-key"), "utf8")).toBe('{"key_id":"k2"}\n');
  expect(statSync(join(folder, "data.db-key")).mode & 0o777).toBe(0o600);
});

test("a note that says nothing counts as none", () => {
  for (const text of ["", "{", "null", "[]", '{"key_id":1}', '{"key_id":""}', "\0"]) {
    expect(readKeyNote(folderWith({ "data.db-key": text })), text).toBeUndefined();
  }
  const folder = tempDir();
  mkdirSync(join(folder, "data.db-key"));
  expect(readKeyNote(folder)).toBeUndefined();
});

test("a note is read up to its limit and not one byte past it", () => {
  const note = (bytes: number) => '{"key_id":"k"}'.padEnd(bytes, " ");
  expect(readKeyNote(folderWith({ "data.db-key": note(DATABASE_NOTE_BYTES_MAX) }))).toBe("k");
  expect(readKeyNote(folderWith({ "data.db-key": note(DATABASE_NOTE_BYTES_MAX + 1) }))).toBeUndefined();
});

test("a note that is a link is replaced, and what it leads to is left alone", () => {
  const folder = tempDir();
  const other = join(tempDir(), "other");
  writeFileSync(other, "precious");
  symlinkSync(other, join(folder, "data.db-key"));
  writeKeyNote(folder, "k");
  expect(readFileSync(other, "utf8")).toBe("precious");
  expect(readKeyNote(folder)).toBe("k");
});

test("a damaged database is put aside with everything that belongs to it, under one name", () => {
  const folder = folderWith({ ...Object.fromEntries(FILES.map((name) => [name, name])), "data.db-key": "note" });
  const aside = putAside(folder, TIME);
  expect(aside).toBe(join(folder, "data.db.damaged-20260102T030405Z"));
  expect(contentOf(folder)).toEqual({
    "data.db-key": "note",
    "data.db.damaged-20260102T030405Z": "data.db",
    "data.db.damaged-20260102T030405Z-journal": "data.db-journal",
    "data.db.damaged-20260102T030405Z-key": "note",
    "data.db.damaged-20260102T030405Z-shm": "data.db-shm",
    "data.db.damaged-20260102T030405Z-wal": "data.db-wal",
  });
});

test("what was put aside before is never overwritten, nor is a part of it", () => {
  const folder = tempDir();
  const name = "data.db.damaged-20260102T030405Z";
  const asides = ["first", "second", "third"].map((text) => {
    writeFileSync(databasePath(folder), text);
    return putAside(folder, TIME);
  });
  expect(asides.map((aside) => readFileSync(aside, "utf8"))).toEqual(["first", "second", "third"]);
  expect(asides).toEqual([name, `${name}-2`, `${name}-3`].map((one) => join(folder, one)));
  const other = folderWith({ [`${name}-wal`]: "of before", "data.db": "x", "data.db-wal": "y" });
  symlinkSync("nowhere", join(other, `${name}-2`));
  expect(putAside(other, TIME)).toBe(join(other, `${name}-3`));
  expect(readFileSync(join(other, `${name}-wal`), "utf8")).toBe("of before");
});

test("the owner is named while it runs, and takes only its own name away", () => {
  const folder = tempDir();
  expect(ownerOf(folder)).toBeUndefined();
  writeOwnerNote(folder);
  expect(ownerOf(folder)).toBe(process.pid);
  removeOwnerNote(folder);
  expect(existsSync(join(folder, "data.db-owner"))).toBe(false);
  writeFileSync(join(folder, "data.db-owner"), "999999999 - nowhere");
  removeOwnerNote(folder);
  expect(existsSync(join(folder, "data.db-owner"))).toBe(true);
  for (const text of ["", "x", "-1", "0 1"]) {
    expect(ownerOf(folderWith({ "data.db-owner": text })), text).toBeUndefined();
  }
  writeOwnerNote(join(folder, "data.db-owner", "below-a-file")); // Nobody is stopped by a note that cannot be written.
});
