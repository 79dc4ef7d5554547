import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { lockDataFolder } from "./host-lock.ts";

test("a data folder has one host that runs on; the second is told who has it", async () => {
  const data = tempDir();
  const release = await lockDataFolder({ data });
  await expect(lockDataFolder({ data })).rejects.toMatchObject({
    code: "host_in_use",
    message: expect.stringContaining(`process ${process.pid}`),
  });
  release();
  const next = await lockDataFolder({ data });
  release(); // It gave it back before: what there is now is another's.
  await expect(lockDataFolder({ data })).rejects.toMatchObject({ code: "host_in_use" });
  next();
  expect(readdirSync(join(data, "run"))).toEqual([]);
});

test("what a host left behind that died is taken over", async () => {
  const data = tempDir();
  const module = join(import.meta.dirname, "host-lock.ts");
  const code = `import(${JSON.stringify(module)}).then(({lockDataFolder}) => lockDataFolder({data: ${JSON.stringify(data)}})).then(() => { console.log("taken"); setInterval(() => {}, 1000); })`;
  const other = spawn(process.execPath, ["-e", code], { stdio: ["ignore", "pipe", "inherit"] });
  const gone = once(other, "exit");
  await once(other.stdout, "data");
  await expect(lockDataFolder({ data })).rejects.toMatchObject({ code: "host_in_use" });
  other.kill("SIGKILL");
  await gone;
  expect(existsSync(join(data, "run/host.lock"))).toBe(true);
  // Of several that come at once, one gets it.
  const all = await Promise.allSettled(Array.from({ length: 8 }, () => lockDataFolder({ data })));
  expect(all.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
});

test("a lock that says nothing is nobody's", async () => {
  const data = tempDir();
  mkdirSync(join(data, "run"));
  writeFileSync(join(data, "run/host.lock"), "");
  (await lockDataFolder({ data }))();
});
