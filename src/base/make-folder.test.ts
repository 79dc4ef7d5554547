import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { makeFolder } from "./make-folder.ts";

test("missing folders are made for the user alone, and those that are there are left as they are", () => {
  const dir = tempDir();
  makeFolder(join(dir, "a", "b", "c"));
  makeFolder(join(dir, "a", "b", "c"));
  for (const path of ["a", "a/b", "a/b/c"]) expect(statSync(join(dir, path)).mode & 0o777).toBe(0o700);
});

test("where a file is in the way, or nothing can be made, there is an error and no endless search", () => {
  const dir = tempDir();
  writeFileSync(join(dir, "file"), "");
  expect(() => makeFolder(join(dir, "file"))).toThrow("EEXIST");
  expect(() => makeFolder(join(dir, "file", "x", "y"))).toThrow("ENOTDIR");
  const unwritable = existsSync("/proc/self") ? "/proc/nowhere/a/b" : "/dev/null/a/b";
  expect(() => makeFolder(unwritable)).toThrow(/ENOENT|ENOTDIR/);
});
