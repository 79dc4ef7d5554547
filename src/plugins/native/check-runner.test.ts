import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { nativeFixture } from "../../../test/helpers/native-plugins.ts";
import { RUNNER_PATH } from "../../../test/helpers/runner-path.ts";
import { tempDir } from "../../../test/helpers/temp-dir.ts";
import { tryToOpen } from "./check-runner.ts";

const options = { runnerPath: RUNNER_PATH, env: {}, cwd: "/" };

/** A program in the place of the runner: what a library can make of it once it is opened. */
function runnerThat(script: string) {
  const folder = tempDir();
  const runnerPath = join(folder, "runner");
  writeFileSync(runnerPath, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return { runnerPath, env: {}, cwd: folder, folder };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A process that was ended and not waited for yet still has a number.
    return process.platform !== "linux" || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

test("tells the entries of a library, and why one does not open", async () => {
  expect(await tryToOpen(nativeFixture("echoes"), options)).toEqual({ dlopen: null, v2: true, v1: false });
  expect(await tryToOpen(nativeFixture("load-no-entry"), options)).toEqual({ dlopen: null, v2: false, v1: false });
  const broken = await tryToOpen(nativeFixture("load-link-missing"), options);
  expect(broken).toMatchObject({ dlopen: expect.stringContaining("undefined"), v2: false, v1: false });
});

test("a library that crashes when it is opened takes nobody along", async () => {
  const end = await tryToOpen(nativeFixture("load-constructor-crashes"), options);
  expect(end).toEqual({ problem: "it crashed with SIGABRT while it was opened" });
});

test("a library that hangs is ended in time, with what it started", async () => {
  const slow = runnerThat("sleep 1000 & echo $! > pids; echo $$ >> pids; wait");
  const end = await tryToOpen("x", { ...slow, msMax: 1000 });
  expect(end).toEqual({ problem: "it was not open after 1000 ms" });
  const pids = readFileSync(join(slow.folder, "pids"), "utf8").trim().split("\n").map(Number);
  expect(pids).toHaveLength(2);
  for (const pid of pids) expect(isRunning(pid)).toBe(false);
});

test("an interruption ends it too", async () => {
  const stop = new AbortController();
  const opening = tryToOpen("x", { ...runnerThat("sleep 1000"), signal: stop.signal });
  stop.abort();
  expect(await opening).toEqual({ problem: "it crashed with SIGKILL while it was opened" });
});

test("what a library prints is not taken for the answer, and its end is told", async () => {
  const answer = '{"dlopen":null,"v2":true,"v1":true}';
  const prints = runnerThat(`echo '{"dlopen":7}'; echo noise; echo '${answer}'; echo more noise`);
  expect(await tryToOpen("x", prints)).toEqual(JSON.parse(answer));
  expect(await tryToOpen("x", runnerThat(`echo '${answer}'; exit 3`))).toEqual({
    problem: "it called exit(3) while it was opened",
  });
  expect(await tryToOpen("x", runnerThat("exit 0"))).toEqual({ problem: "it called exit(0) while it was opened" });
});

test("a library that prints without end is not kept", async () => {
  const end = await tryToOpen("x", { ...runnerThat("exec yes"), msMax: 300 });
  expect(end).toEqual({ problem: "it was not open after 300 ms" });
});

test("a runner that is not there is said", async () => {
  const end = await tryToOpen("x", { ...options, runnerPath: "/no/such/runner" });
  expect(end).toMatchObject({ problem: expect.stringContaining("cannot be started") });
});
