import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { eventually } from "../../test/helpers/eventually.ts";
import { isRunning, untilGone } from "../../test/helpers/processes.ts";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { BUILD_OUTPUT_BYTES_MAX } from "../protocol/limits.ts";
import { runBuild } from "./run-build.ts";

const never = new AbortController().signal;

function build(command: string, more: { msMax?: number; signal?: AbortSignal; folder?: string } = {}) {
  const { folder = tempDir(), signal = never, ...rest } = more;
  return runBuild({ command, folder, env: process.env, signal, ...rest });
}

const pidIn = (path: string) =>
  eventually(() => Number(readFileSync(path, "utf8").trim() || Number.NaN.toString()) || fail());
function fail(): never {
  throw new Error("not there yet");
}

test("both outputs of a build are kept, each in order, and its status with them", async () => {
  const outcome = await build("echo one; echo two >&2; echo three; exit 3");
  expect(outcome).toMatchObject({ ended: "exited", exitCode: 3, isCut: false });
  const lines = outcome.output.split("\n").slice(0, -1);
  expect(lines.toSorted()).toEqual(["one", "three", "two"]);
  expect(lines.filter((line) => line !== "two")).toEqual(["one", "three"]);
});

test("a build runs in the project's folder and reads nothing", async () => {
  const folder = tempDir();
  expect(await build("pwd; cat", { folder })).toMatchObject({ exitCode: 0, output: `${folder}\n` });
});

test("who wants to know is told of the group that runs, and when it is over, also when it is interrupted", async () => {
  const user = new AbortController();
  const folder = tempDir();
  const told: string[] = [];
  const onStarted = (groupId: number) => {
    told.push(`runs ${isRunning(groupId)}`);
    writeFileSync(join(folder, "go"), "");
    if (told.length > 2) setImmediate(() => user.abort());
    return () => void told.push(`runs ${isRunning(groupId)}`);
  };
  const request = {
    command: "until [ -e go ]; do sleep 0.01; done",
    folder,
    env: process.env,
    signal: user.signal,
    onStarted,
  };
  await runBuild(request);
  await expect(runBuild({ ...request, command: "sleep 600" })).rejects.toMatchObject({ code: "interrupted" });
  expect(told).toEqual(["runs true", "runs false", "runs true", "runs false"]);
});

test("of a build that prints too much, the end is kept, and it still goes to its end", async () => {
  const whole = await build(`head -c ${BUILD_OUTPUT_BYTES_MAX} /dev/zero | tr '\\0' x`);
  expect(whole).toMatchObject({ exitCode: 0, isCut: false });
  expect(whole.output).toHaveLength(BUILD_OUTPUT_BYTES_MAX);
  // So much more that pieces of the beginning are left out whole.
  const longer = BUILD_OUTPUT_BYTES_MAX + 500_000;
  const more = await build(`head -c ${longer} /dev/zero | tr '\\0' x; printf y`);
  expect(more).toMatchObject({ exitCode: 0, isCut: true });
  expect(more.output).toHaveLength(BUILD_OUTPUT_BYTES_MAX);
  expect(more.output.endsWith("xy")).toBe(true);
});

test("a build that does not end is ended when its time is up", async () => {
  const folder = tempDir();
  const outcome = await build("echo $$ >pid; sleep 600", { msMax: 100, folder });
  expect(outcome.ended).toBe("timeout");
  await untilGone(Number(readFileSync(join(folder, "pid"), "utf8")));
});

test("a build that is interrupted is ended with all that it started, also where that ignores being asked", async () => {
  const folder = tempDir();
  const user = new AbortController();
  const running = build("trap '' TERM INT; (trap '' TERM INT; echo $$ >&3; exec sleep 600) 3>child & wait; sleep 600", {
    folder,
    signal: user.signal,
  });
  const failed = expect(running).rejects.toMatchObject({ code: "interrupted" });
  const pid = await pidIn(join(folder, "child"));
  user.abort();
  await failed;
  await untilGone(pid);
});

test("what a build leaves running is ended, whether or not it holds the outputs open", async () => {
  for (const redirected of ["", ">/dev/null 2>&1"]) {
    const folder = tempDir();
    const outcome = await build(`sleep 600 ${redirected} & echo $! >pid`, { folder });
    expect(outcome).toMatchObject({ ended: "exited", exitCode: 0 });
    const pid = Number(readFileSync(join(folder, "pid"), "utf8"));
    await untilGone(pid);
    expect(isRunning(pid)).toBe(false);
  }
});

test("nothing is started for a user who has interrupted already, and a folder that is gone is a build that failed", async () => {
  const folder = tempDir();
  await expect(build("touch made", { folder, signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: "interrupted",
  });
  expect(existsSync(join(folder, "made"))).toBe(false);
  await expect(build("true", { folder: join(folder, "gone") })).rejects.toMatchObject({ code: "build_failed" });
});
