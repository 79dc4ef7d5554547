// A native plugin over its whole life: restarts, back-off, retirement, stop. Real runners throughout.

import { readdirSync, readFileSync, symlinkSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import type { NativePlugin } from "../../src/plugins/native/native-plugin.ts";
import { eventually } from "../helpers/eventually.ts";
import { FAR, nativeFixture, openPlugin } from "../helpers/native-plugins.ts";
import { isRunning, untilGone } from "../helpers/processes.ts";
import { tempDir } from "../helpers/temp-dir.ts";

const echo = ["tool", "echo", "hello"] as const;
const misbehave = ["tool", "misbehave", "{}"] as const;

async function untilLoaded(plugin: NativePlugin): Promise<void> {
  await vi.waitFor(() => expect(plugin.state).toBe("loaded"), { timeout: 10_000 });
}

test("nothing runs before the plugin is loaded, and it is loaded once however often that is asked", async () => {
  const { plugin } = openPlugin("echoes");
  expect(plugin.state).toBe("idle");
  expect(plugin.pid).toBeUndefined();
  const [one, two] = await Promise.all([plugin.load(), plugin.load()]);
  expect(one).toBe(two);
  expect(plugin.state).toBe("loaded");
  expect(one.manifest.plugin_id).toBe("test.echoes");
});

test("a call loads the plugin where that has not happened yet", async () => {
  const { plugin } = openPlugin("echoes");
  expect(await plugin.call("invoke", [...echo], FAR)).toBe("hello");
});

test("a call whose caller left while the plugin was loaded is not made", async () => {
  const { plugin, crashes } = openPlugin("segfaults");
  const caller = new AbortController();
  const calling = plugin.call("invoke", [...misbehave], { ...FAR, signal: caller.signal });
  caller.abort();
  await expect(calling).rejects.toMatchObject({ code: "interrupted" });
  expect(await plugin.call("invoke", [...echo], FAR)).toBe("hello");
  expect(crashes).toEqual([]);
});

test("after a crash the plugin is up again, in a new process, and the next call works", async () => {
  const { plugin, crashes } = openPlugin("segfaults");
  await plugin.load();
  const pid = plugin.pid!;
  await expect(plugin.call("invoke", [...misbehave], FAR)).rejects.toMatchObject({ code: "plugin_crashed" });
  expect(await plugin.call("invoke", [...echo], FAR)).toBe("hello");
  expect(plugin.pid).not.toBe(pid);
  expect(isRunning(pid)).toBe(false);
  expect(crashes).toEqual([{ story: "crashed with SIGSEGV in invoke", restartInMs: 1 }]);
});

test("a crash of one plugin is nothing to another", async () => {
  const { plugin: bad } = openPlugin("aborts");
  const { plugin: good, crashes } = openPlugin("echoes");
  await Promise.all([bad.load(), good.load()]);
  const calls = Array.from({ length: 200 }, () => good.call("invoke", [...echo], FAR));
  await expect(bad.call("invoke", [...misbehave], FAR)).rejects.toMatchObject({ code: "plugin_crashed" });
  expect(new Set(await Promise.all(calls))).toEqual(new Set(["hello"]));
  expect(crashes).toEqual([]);
});

test("the back-off doubles with every crash, and a call that comes too early is told when to come back", async () => {
  const { plugin, crashes } = openPlugin("segfaults", { backoffMsMin: 20 });
  for (let round = 0; round < 4; round++) {
    if (plugin.state === "idle") await plugin.load();
    await untilLoaded(plugin);
    await expect(plugin.call("invoke", [...misbehave], FAR)).rejects.toMatchObject({ code: "plugin_crashed" });
    await eventually(() => expect(crashes).toHaveLength(round + 1));
  }
  expect(crashes.map(({ restartInMs }) => restartInMs)).toEqual([20, 40, 80, 160]);

  const slow = openPlugin("segfaults", { backoffMsMin: 20_000 });
  await expect(slow.plugin.call("invoke", [...misbehave], FAR)).rejects.toMatchObject({ code: "plugin_crashed" });
  await eventually(() => expect(slow.plugin.state).toBe("waiting"));
  await expect(slow.plugin.call("invoke", [...echo], FAR)).rejects.toMatchObject({
    code: "plugin_restarting",
    hint: expect.stringMatching(/starts again in \d+ s/),
  });
});

test("after a crash no call has run twice, and every call that did not run at all has been made again", async () => {
  const folder = tempDir();
  const failed = new Set<string>();
  for (let round = 0; round < 60; round++) {
    const { plugin } = openPlugin("counts-calls", { env: { TMPDIR: folder } });
    await plugin.load();
    const invoke = (tool: string, payload: string) => plugin.call("invoke", ["tool", tool, payload], FAR);
    const calls = Array.from({ length: 30 }, (_, index) => `${round}-${index}`);
    const results = calls.map((name, index) => {
      if (index === 15) void invoke("crash", "").catch(() => undefined);
      return invoke("count", name).catch(() => void failed.add(name));
    });
    await Promise.all(results);
    await plugin.stop();
  }
  const ran = readFileSync(join(folder, "calls"), "utf8").trimEnd().split("\n");
  expect(ran.length).toBe(new Set(ran).size);
  const all = Array.from({ length: 60 * 30 }, (_, index) => `${Math.floor(index / 30)}-${index % 30}`);
  const missing = all.filter((name) => !failed.has(name) && !ran.includes(name));
  expect(missing).toEqual([]);
});

test("deadlines that pass are no crashes: the plugin takes calls at once, however many there were", async () => {
  const { plugin, crashes } = openPlugin("sleeps-forever", { backoffMsMin: 20_000 });
  for (let round = 0; round < 5; round++) {
    await expect(plugin.call("invoke", [...misbehave], { deadlineMs: 20, what: "it" })).rejects.toMatchObject({
      code: "plugin_timeout",
    });
    expect(await plugin.call("invoke", [...echo], FAR)).toBe("hello");
  }
  expect(crashes).toEqual([]);
});

test("a stuck call retires its runner: new calls go to a new one at once, the old one ends when it is idle", async () => {
  const { plugin } = openPlugin("sleeps-forever");
  await plugin.load();
  const pid = plugin.pid!;
  await expect(plugin.call("invoke", [...misbehave], { deadlineMs: 100, what: "it" })).rejects.toMatchObject({
    code: "plugin_timeout",
  });
  expect(await plugin.call("invoke", [...echo], FAR)).toBe("hello");
  expect(plugin.pid).not.toBe(pid);
  await untilGone(pid);
});

test("calls that are still running in a retired runner finish there", async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const { plugin } = openPlugin("asks-host", { onHostCall: () => promise });
  await plugin.load();
  const ask = { deadlineMs: 50, what: "it" };
  const slow = plugin.call("invoke", ["tool", "config_get", '{"a":"x"}'], FAR);
  const stuck = plugin.call("invoke", ["tool", "config_get", '{"a":"x"}'], { ...ask, countsHostCalls: true });
  await expect(stuck).rejects.toMatchObject({ code: "plugin_timeout" });
  expect(await plugin.call("invoke", [...echo], FAR)).toBe("hello");
  resolve("in the old one");
  expect(await slow).toBe("in the old one");
});

test("a plugin that cannot be loaded says why, every time, and is not tried again by itself", async () => {
  const { plugin, crashes } = openPlugin("load-init-null");
  await expect(plugin.load()).rejects.toMatchObject({ code: "init_failed" });
  await expect(plugin.call("invoke", [...echo], FAR)).rejects.toMatchObject({ code: "init_failed" });
  expect(plugin.state).toBe("failed");
  expect(plugin.pid).toBeUndefined();
  expect(crashes).toEqual([]);
});

test("a plugin that could not be loaded is loaded by the next call, once the mistake is mended", async () => {
  const library = join(tempDir(), "plugin.so");
  const { plugin } = openPlugin("echoes", { library });
  await expect(plugin.load()).rejects.toMatchObject({ code: "library_load_failed" });
  symlinkSync(nativeFixture("echoes"), library);
  expect(await plugin.call("invoke", [...echo], FAR)).toBe("hello");
});

test.each([
  ["load-manifest-not-json", /not JSON/],
  ["load-manifest-wrong", /plugin_id: must be text.*tools\[0\]\.description: is missing/s],
])("%s: the plugin is refused with the place of the mistake, and its process is gone", async (fixture, message) => {
  const { plugin } = openPlugin(fixture);
  await expect(plugin.load()).rejects.toMatchObject({
    code: "manifest_invalid",
    message: expect.stringMatching(message),
  });
  expect(plugin.state).toBe("failed");
});

test("an installed library must be the plugin that its folder names", async () => {
  const { plugin } = openPlugin("echoes", { expectedId: "somebody.else" });
  await expect(plugin.load()).rejects.toMatchObject({
    code: "plugin_id_mismatch",
    message: expect.stringMatching(/somebody\.else.*test\.echoes/),
  });
});

test("a plugin that crashes once it is loaded again is tried again, later and later", async () => {
  const folder = tempDir();
  const library = join(folder, "plugin.so");
  symlinkSync(nativeFixture("segfaults"), library);
  const { plugin, crashes } = openPlugin("segfaults", { library });
  await plugin.load();
  unlinkSync(library);
  await expect(plugin.call("invoke", [...misbehave], FAR)).rejects.toMatchObject({ code: "plugin_crashed" });
  await eventually(() => expect(crashes.length).toBeGreaterThan(3));
  expect(crashes[1]!.story).toContain("dlopen failed");
  symlinkSync(nativeFixture("segfaults"), library);
  await untilLoaded(plugin);
  expect(await plugin.call("invoke", [...echo], FAR)).toBe("hello");
});

test("stopping ends every process, fails what is open, and makes later calls fail", async () => {
  const { plugin } = openPlugin("sleeps-as-told");
  await plugin.load();
  const pid = plugin.pid!;
  const open = plugin.call("invoke", ["tool", "sleep", "600000"], FAR);
  const failed = expect(open).rejects.toMatchObject({ code: "plugin_stopped" });
  await plugin.stop();
  await failed;
  expect(isRunning(pid)).toBe(false);
  await expect(plugin.call("invoke", [...echo], FAR)).rejects.toMatchObject({ code: "plugin_stopped" });
  await expect(plugin.load()).rejects.toMatchObject({ code: "plugin_stopped" });
  await plugin.stop();
});

test("stopping while the plugin loads, and while it waits for its restart, leaves nothing", async () => {
  const loading = openPlugin("load-init-hangs").plugin;
  const load = expect(loading.load()).rejects.toMatchObject({ code: "plugin_stopped" });
  await loading.stop();
  await load;

  const waiting = openPlugin("segfaults", { backoffMsMin: 30_000 }).plugin;
  await expect(waiting.call("invoke", [...misbehave], FAR)).rejects.toMatchObject({ code: "plugin_crashed" });
  await waiting.stop();
  expect(waiting.state).toBe("stopped");
});

test.runIf(process.platform === "linux")(
  "a host that is killed takes its runners along, even one that spins",
  async () => {
    const { spawn } = await import("node:child_process");
    const helper = join(import.meta.dirname, "../helpers/host-that-hangs.ts");
    const host = spawn(process.execPath, [helper, nativeFixture("spins-forever")], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    onTestFinished(() => void host.kill("SIGKILL"));
    const [line] = await new Promise<Buffer[]>((resolve) => host.stdout.once("data", (...data) => resolve(data)));
    const runnerPid = Number(String(line));
    expect(isRunning(runnerPid)).toBe(true);
    host.kill("SIGKILL");
    await untilGone(runnerPid);
  },
);

test("the tests leave no runner of this process behind", async () => {
  const children = process.platform === "linux" ? readdirSync("/proc").filter((name) => isChildRunner(name)) : [];
  expect(children).toEqual([]);
});

function isChildRunner(pid: string): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.includes("(osprey-runner)") && stat.split(") ")[1]!.split(" ")[1] === String(process.pid);
  } catch {
    return false;
  }
}
