import { execFileSync } from "node:child_process";
import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { SIGNATURE_CHARS_MAX } from "../protocol/limits.ts";
import type { CommandInput } from "./command.ts";
import { publicKeyOption } from "./public-key-option.ts";

const KEY = `RW${"A".repeat(54)}`;

const keyIn = (cwd: string, key?: string) =>
  publicKeyOption({ io: { cwd } as CommandInput["io"], options: key === undefined ? {} : { key } });

test("the public key is typed, named, or the one that lies there", () => {
  const folder = tempDir();
  expect(keyIn(folder, KEY)).toBe(KEY);
  expect(keyIn(folder)).toBeUndefined();
  writeFileSync(join(folder, "minisign.pub"), `untrusted comment: x\n${KEY}\n`);
  expect(keyIn(folder)).toBe(KEY);
  writeFileSync(join(folder, "other.pub"), `${KEY}\r\n`);
  expect(keyIn(folder, "other.pub")).toBe(KEY);
});

test("a pipe in the place of a key is not waited for, and a file without an end not read", () => {
  const folder = tempDir();
  execFileSync("mkfifo", [join(folder, "minisign.pub")]);
  expect(keyIn(folder)).toBeUndefined();
  const large = join(folder, "large.pub");
  writeFileSync(large, KEY);
  truncateSync(large, SIGNATURE_CHARS_MAX);
  expect(keyIn(folder, "large.pub")).toContain(KEY);
  truncateSync(large, SIGNATURE_CHARS_MAX + 1);
  for (const name of ["minisign.pub", "large.pub", "gone.pub", "."]) {
    expect(() => keyIn(folder, name), name).toThrow(expect.objectContaining({ code: "usage_invalid" }));
  }
});
