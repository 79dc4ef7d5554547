import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { ARGUMENT_FILE_BYTES_MAX } from "../protocol/limits.ts";
import { readTextFile } from "./read-text-file.ts";

function folder() {
  const cwd = tempDir();
  const home = tempDir();
  const read = (path: string, bytesMax?: number) => readTextFile({ cwd, env: { HOME: home } }, path, bytesMax);
  return { cwd, home, read };
}

test("a text is read as it is, from where the caller is or from home", () => {
  const { cwd, home, read } = folder();
  writeFileSync(join(cwd, "a b"), "\ufeffü\r\n\n");
  writeFileSync(join(home, "b"), "");
  expect([read("a b"), read(join(cwd, "a b")), read("~/b")]).toEqual(["\ufeffü\r\n\n", "\ufeffü\r\n\n", ""]);
});

test("what is no text, no file or too large is refused with the reason, and a pipe is not waited for", () => {
  const { cwd, read } = folder();
  const problem = (path: string, bytesMax?: number) => {
    try {
      return read(path, bytesMax);
    } catch (error) {
      return (error as Error).message;
    }
  };
  mkdirSync(join(cwd, "folder"));
  execFileSync("mkfifo", [join(cwd, "pipe")]);
  writeFileSync(join(cwd, "image"), Buffer.from([0x89, 0xff, 0x00]));
  writeFileSync(join(cwd, "nul"), "a\0b");
  writeFileSync(join(cwd, "four"), "abcd");
  expect(problem("nothing")).toBe('cannot use the file "nothing": there is no such file');
  expect(problem("folder")).toBe('cannot use the file "folder": it is no regular file');
  expect(problem("pipe")).toBe('cannot use the file "pipe": it is no regular file');
  expect(problem("/dev/zero")).toBe('cannot use the file "/dev/zero": it is no regular file');
  for (const path of ["image", "nul"])
    expect(problem(path)).toBe(`cannot use the file "${path}": it is no text (UTF-8)`);
  expect(problem("\u202etxt")).toBe('cannot use the file "<U+202E>txt": there is no such file');
  expect([problem("four", 4), problem("four", 3)]).toEqual(["abcd", 'cannot use the file "four": it is over 3 bytes']);
});

test("the largest file still fits into one message between processes, whatever is in it", () => {
  expect(JSON.stringify("\u0001".repeat(1000)).length * (ARGUMENT_FILE_BYTES_MAX / 1000)).toBeLessThan(
    64 * 1024 * 1024,
  );
});
