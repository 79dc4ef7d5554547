import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { makeOwnedFolder } from "./owned-folder.ts";
import { processMark } from "./process-mark.ts";

const name = (number: number) => `kept-00000000-0000-0000-0000-00000000000${number}`;
const DEAD = `999999999 1 ${processMark().split(" ")[2]}`;

test("it is empty and the user's alone, and nothing is left of it once it is removed", () => {
  const parent = tempDir();
  const { path, remove } = makeOwnedFolder(parent, "kept-");
  writeFileSync(join(path, "x"), "");
  expect(readdirSync(parent)).toHaveLength(2);
  remove();
  remove();
  expect(readdirSync(parent)).toEqual([]);
});

test("what processes left that are gone goes with the next one; what others may use stays, and what has another name", () => {
  const parent = tempDir();
  const outside = join(tempDir(), "outside");
  mkdirSync(outside);
  const folder = (number: number, owner?: string) => {
    mkdirSync(join(parent, name(number), "x"), { recursive: true });
    if (owner !== undefined) writeFileSync(join(parent, `${name(number)}.owner`), owner);
  };
  folder(1, DEAD);
  folder(2);
  writeFileSync(join(parent, `${name(3)}.owner`), DEAD);
  symlinkSync(outside, join(parent, name(4)));
  folder(5, "");
  utimesSync(join(parent, `${name(5)}.owner`), 0, 0);
  const gone = readdirSync(parent);
  folder(6, processMark());
  folder(7, "999999999 1 elsewhere/pid:[1]");
  folder(8, "");
  mkdirSync(join(parent, "kept-by-hand"));
  const before = readdirSync(parent);
  const { remove } = makeOwnedFolder(parent, "kept-");
  remove();
  expect(readdirSync(parent)).toEqual(before.filter((one) => !gone.includes(one)));
  expect(existsSync(outside)).toBe(true);
});

test.skipIf(process.getuid?.() !== 0)("what belongs to another user stays, whatever it says", async () => {
  const { lchownSync } = await import("node:fs");
  const parent = tempDir();
  mkdirSync(join(parent, name(1)));
  lchownSync(join(parent, name(1)), 65_534, 65_534);
  makeOwnedFolder(parent, "kept-").remove();
  expect(readdirSync(parent)).toEqual([name(1)]);
});

test("what was made unwritable in it goes, too", () => {
  const parent = tempDir();
  const program = `
    const { makeOwnedFolder } = await import(${JSON.stringify(join(import.meta.dirname, "owned-folder.ts"))});
    const { mkdirSync, writeFileSync, chmodSync } = await import("node:fs");
    const { path, remove } = makeOwnedFolder(${JSON.stringify(parent)}, "kept-");
    mkdirSync(path + "/closed");
    writeFileSync(path + "/closed/x", "");
    chmodSync(path + "/closed", 0o555);
    remove();`;
  // Root may write everywhere.
  chmodSync(parent, 0o777);
  const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  execFileSync(process.execPath, ["--input-type=module", "-e", program], { ...nobody, cwd: "/", env: {} });
  expect(readdirSync(parent)).toEqual([]);
});

test("where none can be made, the file system's error is thrown", () => {
  expect(() => makeOwnedFolder(join(tempDir(), "none"), "kept-")).toThrow("ENOENT");
});
