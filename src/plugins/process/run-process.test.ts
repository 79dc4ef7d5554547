import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, closeSync, openSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { processFixture } from "../../../test/helpers/process-fixtures.ts";
import { isRunning, isZombie, untilGone, untilLine } from "../../../test/helpers/processes.ts";
import { tempDir } from "../../../test/helpers/temp-dir.ts";
import { HostError } from "../../protocol/errors.ts";
import { type ProcessRequest, runProcess } from "./run-process.ts";

const LONG_MS = 30_000;

function request(fixture: string, change: Partial<ProcessRequest> = {}): ProcessRequest {
  return {
    path: processFixture(fixture),
    args: [fixture],
    env: { PATH: process.env["PATH"] },
    cwd: "/",
    timeoutMs: LONG_MS,
    signal: new AbortController().signal,
    ...change,
  };
}

/** Runs a fixture whose deadline comes as soon as it has said on stderr that it is ready. */
async function runUntilLate(fixture: string, file: string) {
  // Only the deadline's clock: it is the one timer that is set before the fixture speaks.
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const onStderr = () => {
    if (!vi.isFakeTimers()) return; // It may say more, in as many pieces as it likes.
    vi.advanceTimersByTime(LONG_MS);
    vi.useRealTimers();
  };
  try {
    return await runProcess(request(fixture, { args: ["x", file], onStderr }));
  } finally {
    vi.useRealTimers();
  }
}

async function pidIn(file: string): Promise<number> {
  return Number(await untilLine(file));
}

describe("a run to its end", () => {
  test("gives the output, the exit status and the end of stderr, which was passed on live", async () => {
    let live = "";
    const outcome = await runProcess(request("exits-3", { onStderr: (text) => (live += text) }));
    expect(outcome).toMatchObject({ ended: "exited", exitCode: 3, signalCode: null, stderrTail: "the oven is cold" });
    expect(JSON.parse(outcome.stdout.toString())).toMatchObject({ ok: true });
    expect(live).toBe("the oven is cold\n");
  });

  test("a process that a signal ended is reported with that signal", async () => {
    expect(await runProcess(request("crashes"))).toMatchObject({
      ended: "exited",
      exitCode: null,
      signalCode: "SIGSEGV",
    });
  });

  test("arguments reach the process as they are, without a shell in between", async () => {
    const outcome = await runProcess(request("x", { path: "/bin/echo", args: ["$HOME", "a b", "*", ";ls"] }));
    expect(outcome.stdout.toString()).toBe("$HOME a b * ;ls\n");
  });

  test("standard input is empty", async () => {
    expect((await runProcess(request("x", { path: "/bin/cat", args: [] }))).stdout.length).toBe(0);
  });

  test("more stderr than the limit is cut with a note, and the call goes on", async () => {
    let live = "";
    const outcome = await runProcess(request("endless-stderr", { onStderr: (text) => (live += text) }));
    expect(outcome).toMatchObject({ ended: "exited", exitCode: 0 });
    expect(live.length).toBeLessThan(1_100_000);
    expect(live.slice(-60)).toMatch(/the rest is not shown\)\n$/);
  });

  test("a process that was left behind and holds the pipes does not hold up the answer, and is killed", async () => {
    const file = join(tempDir(), "pid");
    const outcome = await runProcess(request("leaves-grandchild", { args: ["x", file] }));
    expect(outcome).toMatchObject({ ended: "exited", exitCode: 0 });
    expect(outcome.stdout.toString()).toContain('"answer":42');
    await untilGone(await pidIn(file));
  });

  test("nothing is left behind: no zombie, no descriptor, no listener", async () => {
    const count = () => readdirSync("/dev/fd").length;
    const file = join(tempDir(), "pid");
    await runProcess(request("exits-3"));
    const before = count();
    const listeners = process.listenerCount("exit");
    for (let i = 0; i < 5; i++) await runProcess(request("exits-3"));
    await runUntilLate("sleeps", file);
    expect(isZombie(await pidIn(file))).toBe(false);
    await expect.poll(count).toBeLessThanOrEqual(before);
    expect(process.listenerCount("exit")).toBe(listeners);
  });
});

describe("a run that the host ends", () => {
  test("at the deadline the whole group gets SIGTERM", async () => {
    const file = join(tempDir(), "signal");
    const outcome = await runUntilLate("tells-signal", file);
    expect(outcome.ended).toBe("timeout");
    expect(await untilLine(file)).toBe("TERM");
  });

  test("a process that ignores SIGTERM is killed after the grace time", async () => {
    const file = join(tempDir(), "pid");
    const outcome = await runUntilLate("ignores-stop", file);
    expect(outcome).toMatchObject({ ended: "timeout", signalCode: "SIGKILL" });
    expect(isRunning(await pidIn(file))).toBe(false);
  });

  test("output past the limit ends the run at once", async () => {
    const outcome = await runProcess(request("endless", { stdoutBytesMax: 100_000 }));
    expect(outcome.ended).toBe("stdout_too_large");
    expect(outcome.stdout.length).toBe(0);
  });

  test("output is accepted up to the limit and refused one byte past it", async () => {
    const echo = { path: "/bin/echo", args: ["four"] };
    expect(await runProcess(request("x", { ...echo, stdoutBytesMax: 5 }))).toMatchObject({ ended: "exited" });
    expect(await runProcess(request("x", { ...echo, stdoutBytesMax: 4 }))).toMatchObject({ ended: "stdout_too_large" });
  });

  test.each([
    ["SIGINT", undefined],
    ["SIGINT", "SIGINT"],
    ["SIGTERM", "SIGTERM"],
    ["SIGTERM", "SIGHUP"],
    ["SIGTERM", "SIGQUIT"],
  ])("an abort reaches the group as %s before anything is killed, when the host got %s", async (name, received) => {
    const details = received === undefined ? {} : { details: { signal: received } };
    const reason = new HostError("interrupted", "interrupted", details);
    const file = join(tempDir(), "signal");
    const stop = new AbortController();
    const onStderr = () => stop.abort(reason); // It says "waiting" once its traps are set.
    const run = runProcess(request("tells-signal", { args: ["x", file], signal: stop.signal, onStderr }));
    await expect(run).rejects.toMatchObject({ code: "interrupted" });
    expect(await untilLine(file)).toBe(name.slice(3));
  });

  test("an abort kills a process that ignores it", async () => {
    const file = join(tempDir(), "pid");
    const stop = new AbortController();
    const onStderr = () => stop.abort();
    const run = runProcess(request("ignores-stop", { args: ["x", file], signal: stop.signal, onStderr }));
    await expect(run).rejects.toMatchObject({ code: "interrupted" });
    expect(isRunning(await pidIn(file))).toBe(false);
  });

  test("nothing is started when the abort came before", async () => {
    const file = join(tempDir(), "pid");
    const run = runProcess(request("sleeps", { args: ["x", file], signal: AbortSignal.abort() }));
    await expect(run).rejects.toMatchObject({ code: "interrupted" });
    expect(readdirSync(join(file, ".."))).toEqual([]);
  });
});

describe("a process that cannot be started", () => {
  test.each([
    [
      "whose interpreter is missing",
      "#!/no/such/interpreter\n",
      0o755,
      "its interpreter /no/such/interpreter is missing",
    ],
    ["without the right to execute", "#!/bin/sh\n", 0o644, "permission denied"],
    ["with Windows line ends", "#!/bin/sh\r\n", 0o755, "its interpreter /bin/sh is missing"],
  ])("a file %s", async (_what, text, mode, message) => {
    const path = join(tempDir(), "osp-x");
    writeFileSync(path, text);
    chmodSync(path, mode);
    const run = runProcess(request("x", { path }));
    await expect(run).rejects.toMatchObject({
      code: "process_spawn_failed",
      message: `cannot start ${path}: ${message}`,
    });
  });

  test("in a folder that is gone", async () => {
    const run = runProcess(request("x", { path: "/bin/sh", cwd: "/no/such/folder" }));
    await expect(run).rejects.toMatchObject({ code: "folder_missing" });
  });

  test("a file that is gone", async () => {
    const run = runProcess(request("x", { path: "/no/such/file" }));
    await expect(run).rejects.toThrow("cannot start /no/such/file: the file is gone");
  });

  test("a host without free descriptors gets an error, however many of them a start takes", async () => {
    const script = `
      import { closeSync, openSync } from "node:fs";
      const { runProcess } = await import(${JSON.stringify(join(import.meta.dirname, "run-process.ts"))});
      const signal = new AbortController().signal;
      const run = { path: "/bin/echo", args: [], env: {}, cwd: "/", timeoutMs: 60000, signal };
      const held = [];
      const results = [];
      for (let free = 0; free < 16; free++) {
        try {
          while (true) held.push(openSync("/dev/null", "r")); // Again each time: Node itself keeps some when it fails.
        } catch {}
        for (const file of held.splice(0, free)) closeSync(file);
        results.push(await runProcess(run).then(({ ended }) => ended, (error) => error.code + " " + error.message));
      }
      held.forEach((file) => closeSync(file));
      console.log(JSON.stringify(results));
    `;
    const node = [process.execPath, "--input-type=module", "-e", script];
    const host = spawn("/bin/sh", ["-c", 'ulimit -n 256 && exec "$0" "$@"', ...node], { stdio: ["ignore", "pipe", 2] });
    let text = "";
    host.stdout!.on("data", (chunk) => (text += chunk));
    const code = await new Promise((resolve) => host.once("close", resolve));
    expect(code).toBe(0);
    const results = JSON.parse(text) as string[];
    expect(results[0]).toBe("process_spawn_failed cannot start /bin/echo: too many files are open");
    expect(results.at(-1)).toBe("exited");
    expect(new Set(results)).toHaveLength(2);
  });

  test("arguments that are too large", async () => {
    const run = runProcess(request("x", { path: "/bin/echo", args: ["x".repeat(10_000_000)] }));
    await expect(run).rejects.toMatchObject({ code: "process_spawn_failed", details: { reason: "E2BIG" } });
  });

  test.runIf(process.platform === "linux")(
    "a file that is being written is tried again before it is given up",
    async () => {
      const path = join(tempDir(), "osp-x");
      const { cpSync } = await import("node:fs");
      cpSync("/bin/echo", path, { dereference: true });
      const writer = openSync(path, "r+");
      await expect(runProcess(request("x", { path }))).rejects.toMatchObject({ details: { reason: "ETXTBSY" } });
      const retried = runProcess(request("x", { path, args: ["back"] }));
      closeSync(writer);
      expect((await retried).stdout.toString()).toBe("back\n");
    },
  );
});

test("a host that exits takes the groups that it still runs along", async () => {
  const file = join(tempDir(), "pid");
  const script = `
    const { runProcess } = await import(${JSON.stringify(join(import.meta.dirname, "run-process.ts"))});
    const onStderr = () => process.exit(5);
    await runProcess({ path: ${JSON.stringify(processFixture("ignores-stop"))}, args: ["x", ${JSON.stringify(file)}],
      env: process.env, cwd: "/", timeoutMs: 60000, signal: new AbortController().signal, onStderr });
  `;
  const host: ChildProcess = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: "ignore" });
  const code = await new Promise((resolve) => host.once("exit", resolve));
  expect(code).toBe(5);
  await untilGone(await pidIn(file));
});
