import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { withFileLock } from "./file-lock.ts";

test("the lock is gone afterwards, also when the work fails", async () => {
  const dir = tempDir();
  const lock = join(dir, "lock");
  expect(await withFileLock(lock, 0, () => existsSync(lock))).toEqual({ value: true });
  const failing = withFileLock(lock, 0, () => {
    throw new Error("no");
  });
  await expect(failing).rejects.toThrow("no");
  expect(readdirSync(dir)).toEqual([]);
});

test("a lock that a living process holds is waited for, and not for ever", async () => {
  const lock = join(tempDir(), "lock");
  writeFileSync(lock, `${process.ppid} other`);
  expect(await withFileLock(lock, 20, () => "mine")).toBeUndefined();
  expect(readFileSync(lock, "utf8")).toContain("other");
});

test("a lock is broken when its holder is gone, when it is too old, and when it is no lock of ours", async () => {
  const dir = tempDir();
  const child = spawn("true");
  await once(child, "exit");
  const lock = join(dir, "lock");
  for (const mark of [`${child.pid} dead`, "", "-1 x", "text"]) {
    writeFileSync(lock, mark);
    expect(await withFileLock(lock, 0, () => mark)).toEqual({ value: mark });
  }
  writeFileSync(lock, `${process.ppid} old`);
  utimesSync(lock, 0, 0);
  expect(await withFileLock(lock, 0, () => "mine")).toEqual({ value: "mine" });
  expect(readdirSync(dir)).toEqual([]);
});

test("a lock of another computer or container is not broken for the number in it, only for its age", async () => {
  const lock = join(tempDir(), "lock");
  writeFileSync(lock, "999999999 0123 elsewhere/pid:[1]");
  expect(await withFileLock(lock, 20, () => "mine")).toBeUndefined();
  utimesSync(lock, 0, 0);
  expect(await withFileLock(lock, 0, () => "mine")).toEqual({ value: "mine" });
});

test("the work can tell that its lock was broken meanwhile, and the new holder's stays", async () => {
  const lock = join(tempDir(), "lock");
  const seen = await withFileLock(lock, 0, (isStillOurs) => {
    const before = isStillOurs();
    writeFileSync(lock, `${process.ppid} other`);
    return [before, isStillOurs()];
  });
  expect(seen).toEqual({ value: [true, false] });
  expect(readFileSync(lock, "utf8")).toContain("other");
});

test("what is no file in the place of the lock is left alone and waited for", async () => {
  const dir = tempDir();
  const lock = join(dir, "lock");
  mkdirSync(lock);
  utimesSync(lock, 0, 0);
  expect(await withFileLock(lock, 20, () => "mine")).toBeUndefined();
  rmdirSync(lock);
  symlinkSync("nowhere", lock);
  expect(await withFileLock(lock, 20, () => "mine")).toBeUndefined();
  expect(readdirSync(dir)).toEqual(["lock"]);
});

test("of many processes that count in one file, none loses a step", async () => {
  const dir = tempDir();
  const counter = join(dir, "count");
  writeFileSync(counter, "0");
  const module = join(import.meta.dirname, "file-lock.ts");
  const script = `
    import { readFileSync, writeFileSync } from "node:fs";
    import { withFileLock } from ${JSON.stringify(module)};
    for (let i = 0; i < 25; i++) await withFileLock(${JSON.stringify(`${counter}.lock`)}, 20_000, () => {
      writeFileSync(${JSON.stringify(counter)}, String(Number(readFileSync(${JSON.stringify(counter)}, "utf8")) + 1));
    });`;
  const children = Array.from({ length: 4 }, () => spawn(process.execPath, ["--input-type=module", "-e", script]));
  const codes = await Promise.all(children.map(async (child) => (await once(child, "exit"))[0]));
  expect(codes).toEqual([0, 0, 0, 0]);
  expect(readFileSync(counter, "utf8")).toBe("100");
});
