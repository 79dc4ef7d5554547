import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { isRunning, untilGone } from "../../test/helpers/processes.ts";
import { mountSmallDisk } from "../../test/helpers/small-disk.ts";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { processMark } from "../base/process-mark.ts";
import { PLUGIN_ID_CHARS_MAX } from "../protocol/limits.ts";
import { lockDev } from "./dev-lock.ts";
import { noteBuild } from "./left-build.ts";

const native = (pluginId: string) => ({ kind: "native", pluginId }) as const;

test("of two that work on one plugin the second is told of the first; plugins of other names or kinds are free", async () => {
  const folder = tempDir();
  const unlock = await lockDev(folder, native("hello"));
  await expect(lockDev(folder, native("hello"))).rejects.toMatchObject({
    code: "dev_running",
    details: { plugin: "hello", pid: process.pid },
  });
  (await lockDev(folder, native("other")))();
  (await lockDev(folder, { kind: "process", pluginId: "hello" }))();
  // Whatever a plugin is called, its lock is not another one's.
  const alike = await lockDev(folder, native("osp-hello"));
  (await lockDev(folder, { kind: "process", pluginId: "hello" }))();
  (await lockDev(folder, native("hello.lock")))();
  alike();
  unlock();
  unlock();
  (await lockDev(folder, native("hello")))();
  expect(readdirSync(folder)).toEqual([]);
});

test("of many that come at once one is let in", async () => {
  const folder = tempDir();
  const tries = await Promise.allSettled(Array.from({ length: 10 }, () => lockDev(folder, native("hello"))));
  expect(tries.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
});

test("what a process left that was killed is taken over, and so is a file that was cut off", async () => {
  const folder = tempDir();
  for (const left of [`999999999 1 ${processMark().split(" ")[2]} x`, ""]) {
    writeFileSync(join(folder, "native-hello.lock"), left);
    (await lockDev(folder, native("hello")))();
  }
});

test("the build that a killed process left running is ended, and no other process whose number it has", async () => {
  const folder = tempDir();
  const path = join(folder, "native-hello.lock");
  const { pid } = spawn("/bin/sh", ["-c", "sleep 600 & wait"], { detached: true, stdio: "ignore" });
  onTestFinished(() => {
    if (isRunning(pid!)) process.kill(-pid!, "SIGKILL");
  });
  noteBuild(path, pid!);
  const note = readFileSync(`${path}.build`, "utf8");
  const [number, start, space] = note.split(" ");
  const takeOver = async (text: string) => {
    writeFileSync(`${path}.build`, text);
    (await lockDev(folder, native("hello")))();
    expect(readdirSync(folder)).toEqual([]);
  };
  // Another start, none that is known, another computer, nothing that is a number, groups that are never a build's.
  const others = [
    `${number} 1 ${space}`,
    `${number} - ${space}`,
    `${number} ${start} elsewhere`,
    `x ${start} ${space}`,
  ];
  for (const other of [...others, `1 ${start} ${space}`, `0 ${start} ${space}`, `-${number} ${start} ${space}`, ""]) {
    await takeOver(other);
  }
  expect(isRunning(pid!)).toBe(true);
  await takeOver(note);
  await untilGone(pid!);
});

test("an id that would name a file elsewhere is refused, and one that is too long", async () => {
  const folder = join(tempDir(), "dev");
  for (const id of ["../x", "a/b", "", ".hidden", "a\nb", "x".repeat(PLUGIN_ID_CHARS_MAX + 1)]) {
    await expect(lockDev(folder, native(id))).rejects.toMatchObject({ code: "project_invalid" });
  }
  (await lockDev(folder, native("x".repeat(PLUGIN_ID_CHARS_MAX))))();
});

test("where a lock cannot be written it is told why, and nothing is left of it", async () => {
  const folder = tempDir();
  mkdirSync(join(folder, "native-hello.lock"));
  await expect(lockDev(folder, native("hello"))).rejects.toMatchObject({
    code: "output_failed",
    hint: expect.stringContaining("owner and the mode"),
  });
  expect(readdirSync(folder)).toEqual(["native-hello.lock"]);
  writeFileSync(join(folder, "file"), "");
  await expect(lockDev(join(folder, "file"), native("hello"))).rejects.toMatchObject({ code: "output_failed" });
});

test("what a process left that was killed while it took the lock goes, and nothing else", async () => {
  const folder = tempDir();
  const others = [
    `native-hello2.lock.${randomUUID()}`,
    `native-hello.lock.${randomUUID()}.lock`,
    "native-hello.lock.txt",
  ].sort();
  for (const name of [`native-hello.lock.${randomUUID()}`, ...others]) writeFileSync(join(folder, name), "");
  (await lockDev(folder, native("hello")))();
  expect(readdirSync(folder).sort()).toEqual(others);
});

test("on a full disk nobody begins, and who only makes room goes on, but not beside one who works", async ({
  skip,
}) => {
  const folder = tempDir();
  const fill = mountSmallDisk(folder);
  if (fill === undefined) return skip("a small file system cannot be mounted here");
  const unlock = await lockDev(folder, native("hello"));
  fill();
  const before = readdirSync(folder);
  await expect(lockDev(folder, native("other"))).rejects.toMatchObject({
    code: "output_failed",
    hint: expect.stringContaining("make room"),
  });
  (await lockDev(folder, native("other"), { evenIfFull: true }))();
  await expect(lockDev(folder, native("hello"), { evenIfFull: true })).rejects.toMatchObject({ code: "dev_running" });
  expect(readdirSync(folder)).toEqual(before);
  unlock();
});
