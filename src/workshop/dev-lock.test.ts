import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { processMark } from "../base/process-mark.ts";
import { PLUGIN_ID_CHARS_MAX } from "../protocol/limits.ts";
import { lockDev } from "./dev-lock.ts";

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
    writeFileSync(join(folder, "hello.lock"), left);
    (await lockDev(folder, native("hello")))();
  }
});

test("an id that would name a file elsewhere is refused, and one that is too long", async () => {
  const folder = join(tempDir(), "dev");
  for (const id of ["../x", "a/b", "", ".hidden", "a\nb", "x".repeat(PLUGIN_ID_CHARS_MAX + 1)]) {
    await expect(lockDev(folder, native(id))).rejects.toMatchObject({ code: "project_invalid" });
  }
  (await lockDev(folder, native("x".repeat(PLUGIN_ID_CHARS_MAX))))();
});
