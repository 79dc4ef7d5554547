import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { eventually } from "../../test/helpers/eventually.ts";
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

/** As a host in another container would have it. */
const ELSEWHERE = "1 100 other-computer/pid:[1] 0";

function heldElsewhere(): { data: string; lock: string } {
  const data = tempDir();
  const lock = join(data, "run/host.lock");
  mkdirSync(join(data, "run"));
  writeFileSync(lock, ELSEWHERE);
  return { data, lock };
}

test("a host of another container that gives no sign of life is gone, and the user is told of the wait", async () => {
  const { data, lock } = heldElsewhere();
  const onWait = vi.fn();
  const release = await lockDataFolder({ data }, { silentMs: 50, onWait });
  expect(onWait.mock.calls).toEqual([[50]]);
  expect(readFileSync(lock, "utf8")).toMatch(new RegExp(`^${process.pid} `));
  release();
  expect(existsSync(lock)).toBe(false);
});

test("one that gives signs of life is there, whatever its clock says", async () => {
  const { data, lock } = heldElsewhere();
  let seconds = 0;
  const signs = setInterval(() => utimesSync(lock, ++seconds, seconds), 20);
  onTestFinished(() => clearInterval(signs));
  await expect(lockDataFolder({ data }, { silentMs: 60_000 })).rejects.toMatchObject({ code: "host_in_use" });
  expect(readFileSync(lock, "utf8")).toBe(ELSEWHERE);
});

test("the wait for one elsewhere can be ended", async () => {
  const { data } = heldElsewhere();
  const stop = new AbortController();
  const onWait = () => stop.abort();
  const waiting = lockDataFolder({ data }, { silentMs: 60_000, signal: stop.signal, onWait });
  await expect(waiting).rejects.toMatchObject({ code: "interrupted" });
});

test("a host gives signs of life, and hears of it when another one took its folder over", async () => {
  const data = tempDir();
  const lock = join(data, "run/host.lock");
  const { promise: lost, resolve } = Promise.withResolvers<void>();
  const release = await lockDataFolder({ data }, { signMs: 10, onLost: resolve });
  utimesSync(lock, 1, 1);
  await eventually(() => expect(statSync(lock).mtimeMs).toBeGreaterThan(1_000));
  writeFileSync(lock, ELSEWHERE);
  await lost;
  release();
  expect(readFileSync(lock, "utf8")).toBe(ELSEWHERE);
});
