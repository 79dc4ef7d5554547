import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { replaceFile } from "./replace-file.ts";

test("a new file is the user's alone, and missing folders are made", () => {
  const path = join(tempDir(), "a", "b", "file");
  replaceFile(path, "x");
  expect(readFileSync(path, "utf8")).toBe("x");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(path, ".."))).toEqual(["file"]);
});

test("a file that is there keeps its mode", () => {
  const path = join(tempDir(), "file");
  writeFileSync(path, "old");
  chmodSync(path, 0o640);
  replaceFile(path, "new");
  expect(readFileSync(path, "utf8")).toBe("new");
  expect(statSync(path).mode & 0o777).toBe(0o640);
});

test("a link stays a link, also one whose target is not there yet", () => {
  const dir = tempDir();
  writeFileSync(join(dir, "real"), "old");
  symlinkSync("real", join(dir, "link"));
  symlinkSync("sub/later", join(dir, "dangling"));
  replaceFile(join(dir, "link"), "new");
  replaceFile(join(dir, "dangling"), "first");
  expect(readFileSync(join(dir, "real"), "utf8")).toBe("new");
  expect(readFileSync(join(dir, "sub", "later"), "utf8")).toBe("first");
  expect(readdirSync(dir).sort()).toEqual(["dangling", "link", "real", "sub"]);
});

test("what is no file is never replaced, also at the end of a link", () => {
  const dir = tempDir();
  execFileSync("mkfifo", [join(dir, "pipe")]);
  symlinkSync("pipe", join(dir, "link"));
  for (const name of ["pipe", "link"]) {
    expect(() => replaceFile(join(dir, name), "x")).toThrow(expect.objectContaining({ code: "NOT_A_FILE" }));
  }
  expect(statSync(join(dir, "pipe")).isFIFO()).toBe(true);
  expect(readdirSync(dir).sort()).toEqual(["link", "pipe"]);
});

test("without following links, a link is replaced and what it led to is left alone", () => {
  const dir = tempDir();
  writeFileSync(join(dir, "precious"), "keep");
  symlinkSync("precious", join(dir, "cache"));
  replaceFile(join(dir, "cache"), "x", { followLinks: false });
  expect(readFileSync(join(dir, "precious"), "utf8")).toBe("keep");
  expect(readFileSync(join(dir, "cache"), "utf8")).toBe("x");
});

test("what a killed process left behind is removed by the next change, and nothing else is", () => {
  const dir = tempDir();
  for (const name of ["file.0123456789ab.tmp", "file.tmp", "file.old.0123456789ab.tmp"])
    writeFileSync(join(dir, name), "");
  utimesSync(join(dir, "file.0123456789ab.tmp"), 0, 0);
  writeFileSync(join(dir, "file.ba9876543210.tmp"), "of a process that is still at it");
  replaceFile(join(dir, "file"), "x");
  expect(readdirSync(dir).sort()).toEqual(["file", "file.ba9876543210.tmp", "file.old.0123456789ab.tmp", "file.tmp"]);
});

test("a file that root changes stays its owner's", () => {
  const path = join(tempDir(), "file");
  writeFileSync(path, "old");
  // Who is not root cannot give files away, and sees only that nothing changes.
  const [uid, gid] = process.getuid!() === 0 ? [1000, 1001] : [process.getuid!(), process.getgid!()];
  chownSync(path, uid, gid);
  replaceFile(path, "new");
  expect(statSync(path)).toMatchObject({ uid, gid });
});

test("a write that fails leaves the old content and nothing else", () => {
  const dir = tempDir();
  mkdirSync(join(dir, "folder"));
  expect(() => replaceFile(join(dir, "folder"), "x")).toThrow();
  expect(readdirSync(dir)).toEqual(["folder"]);
});
