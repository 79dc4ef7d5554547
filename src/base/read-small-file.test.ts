import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { readSmallFile } from "./read-small-file.ts";

function fileOf(content: string | Buffer): string {
  const path = join(tempDir(), "file");
  writeFileSync(path, content);
  return path;
}

test("a file is read up to the limit, and not one byte past it", () => {
  expect(readSmallFile(fileOf("x".repeat(1000)), 1000)).toEqual({ text: "x".repeat(1000) });
  expect(readSmallFile(fileOf("x".repeat(1001)), 1000)).toEqual({ problem: "it is over 1000 bytes" });
  expect(readSmallFile(fileOf(""), 0)).toEqual({ text: "" });
  expect(readSmallFile(fileOf("ä"), 1)).toEqual({ problem: "it is over 1 bytes" });
});

test("there is none: nothing", () => {
  expect(readSmallFile(join(tempDir(), "none"), 10)).toBeUndefined();
});

test("a link is followed", () => {
  const link = join(tempDir(), "link");
  symlinkSync(fileOf("text"), link);
  expect(readSmallFile(link, 10)).toEqual({ text: "text" });
});

test("a pipe that nobody writes to, a folder, a socket and a device are told at once", async () => {
  const folder = tempDir();
  execFileSync("mkfifo", [join(folder, "pipe")]);
  mkdirSync(join(folder, "folder"));
  const server = createServer().listen(join(folder, "socket"));
  try {
    for (const name of ["pipe", "folder", "socket", "/dev/zero"]) {
      const path = name.startsWith("/") ? name : join(folder, name);
      expect(readSmallFile(path, 10), name).toEqual({ problem: expect.stringMatching(/^it (is no|cannot)/) });
    }
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});

// Files of Linux whose size is said to be 0.
test.runIf(process.platform === "linux")("what is said to be empty and is not is held against the limit too", () => {
  const read = readSmallFile("/proc/self/limits", 100_000);
  expect(read).toEqual({ text: expect.stringContaining("Max open files") });
  expect(readSmallFile("/proc/self/limits", 100)).toEqual({ problem: "it is over 100 bytes" });
});

test("one that cannot be opened is a problem in words", () => {
  const path = join(tempDir(), "loop");
  symlinkSync("loop", path);
  expect(readSmallFile(path, 10)).toEqual({ problem: "it cannot be read: ELOOP" });
});
