import { execFileSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { tempDir } from "../../../test/helpers/temp-dir.ts";
import { appendLines, olderFile, putAside, writeSome } from "./append-lines.ts";

const MANY = 1_000_000;
const lines = (...texts: string[]) => texts.map((text) => Buffer.from(`${text}\n`));

test("the file and its folders are made with the first line, for the user alone", () => {
  const path = join(tempDir(), "Logs", "a.plugin", "log.jsonl");
  appendLines(path, lines("one"), MANY);
  appendLines(path, lines("two", "three"), MANY);
  expect(readFileSync(path, "utf8")).toBe("one\ntwo\nthree\n");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(join(path, "..")).mode & 0o777).toBe(0o700);
});

test("a file that is exactly full is kept, one line past that goes to a new one", () => {
  const path = join(tempDir(), "log.jsonl");
  appendLines(path, lines("1234", "6789"), 10);
  expect(existsSync(olderFile(path))).toBe(false);
  expect(statSync(path).size).toBe(10);
  appendLines(path, lines("x"), 10);
  expect(readFileSync(olderFile(path), "utf8")).toBe("1234\n6789\n");
  expect(readFileSync(path, "utf8")).toBe("x\n");
});

test("lines that fill several files keep their order, and the last two files stay", () => {
  const path = join(tempDir(), "log.jsonl");
  appendLines(path, lines("1", "2", "3", "4", "5"), 4);
  expect(readFileSync(olderFile(path), "utf8")).toBe("3\n4\n");
  expect(readFileSync(path, "utf8")).toBe("5\n");
});

test("a line that is longer than a file is written all the same", () => {
  const path = join(tempDir(), "log.jsonl");
  appendLines(path, lines("short", "far too long", "short"), 8);
  expect(readFileSync(olderFile(path), "utf8")).toBe("far too long\n");
  expect(readFileSync(path, "utf8")).toBe("short\n");
});

test("while another process puts the file aside, lines go beyond the limit and not away", () => {
  const path = join(tempDir(), "log.jsonl");
  appendLines(path, lines("1"), 2);
  writeFileSync(`${path}.lock`, `${process.pid} 000000000000 somewhere/else`);
  appendLines(path, lines("2"), 2);
  expect(readFileSync(path, "utf8")).toBe("1\n2\n");
  expect(existsSync(olderFile(path))).toBe(false);
});

test("two processes that find the same file full put one file aside, and not also the new one", () => {
  const path = join(tempDir(), "log.jsonl");
  appendLines(path, lines("full"), MANY);
  const full = statSync(path);
  expect(putAside(path, full)).toBe(true);
  appendLines(path, lines("new"), MANY);
  expect(putAside(path, full)).toBe(true);
  expect(readFileSync(olderFile(path), "utf8")).toBe("full\n");
  expect(readFileSync(path, "utf8")).toBe("new\n");
});

test("lines that were written to a file without a name are known to be lost", () => {
  const path = join(tempDir(), "log.jsonl");
  const file = openSync(path, "a");
  onTestFinished(() => closeSync(file));
  expect(writeSome(file, lines("x"), MANY).isLost).toBe(false);
  renameSync(path, olderFile(path));
  expect(writeSome(file, lines("x"), MANY).isLost).toBe(false);
  rmSync(olderFile(path));
  expect(writeSome(file, lines("x"), MANY)).toMatchObject({ fit: 1, isLost: true });
});

test("a link in the place of the file is not followed", () => {
  const folder = tempDir();
  writeFileSync(join(folder, "precious"), "");
  symlinkSync("precious", join(folder, "log.jsonl"));
  expect(() => appendLines(join(folder, "log.jsonl"), lines("x"), MANY)).toThrow(/ELOOP/);
  expect(readFileSync(join(folder, "precious"), "utf8")).toBe("");
});

test("a folder in the place of the file is an error", () => {
  const folder = tempDir();
  mkdirSync(join(folder, "log.jsonl"));
  expect(() => appendLines(join(folder, "log.jsonl"), lines("x"), MANY)).toThrow(/EISDIR/);
});

test("a pipe in the place of the file is not written to", () => {
  const path = join(tempDir(), "log.jsonl");
  execFileSync("mkfifo", [path]);
  expect(() => appendLines(path, lines("x"), MANY)).toThrow(/ENXIO|is no file/);
});
