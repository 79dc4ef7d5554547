import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { lockDataFolder } from "./host-lock.ts";

test("a data folder has one host that runs on; the second is told who has it", () => {
  const data = tempDir();
  const release = lockDataFolder({ data });
  expect(() => lockDataFolder({ data })).toThrow(
    expect.objectContaining({ code: "host_in_use", message: expect.stringContaining(`process ${process.pid}`) }),
  );
  release();
  release();
  lockDataFolder({ data })();
  expect(readdirSync(join(data, "run"))).toEqual([]);
});

test("what a host left behind that died is taken over", async () => {
  const data = tempDir();
  const module = join(import.meta.dirname, "host-lock.ts");
  const code = `import(${JSON.stringify(module)}).then(({lockDataFolder}) => { lockDataFolder({data: ${JSON.stringify(data)}}); console.log("taken"); setInterval(() => {}, 1000); })`;
  const other = spawn(process.execPath, ["-e", code], { stdio: ["ignore", "pipe", "inherit"] });
  const gone = once(other, "exit");
  await once(other.stdout, "data");
  expect(() => lockDataFolder({ data })).toThrow(expect.objectContaining({ code: "host_in_use" }));
  other.kill("SIGKILL");
  await gone;
  expect(existsSync(join(data, "run/host.lock"))).toBe(true);
  lockDataFolder({ data })();
});

test("a lock that says nothing is nobody's", () => {
  const data = tempDir();
  mkdirSync(join(data, "run"));
  writeFileSync(join(data, "run/host.lock"), "");
  lockDataFolder({ data })();
});
