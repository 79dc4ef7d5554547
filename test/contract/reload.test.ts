// Reloading a plugin while it works: nothing is dropped, nothing is lost, and what does not come up changes nothing.

import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { resolvePaths } from "../../src/base/paths.ts";
import { createHost } from "../../src/host/create-host.ts";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
import { FAR, nativeFixture, openPlugin } from "../helpers/native-plugins.ts";
import { isRunning, untilGone } from "../helpers/processes.ts";
import { tempDir } from "../helpers/temp-dir.ts";

const pidTool = (ms: number) => ["tool", "misbehave", String(ms)] as const;
const pidOf = (answer: string | null) => JSON.parse(answer!).result as number;

function openHost(data: string, follow = false) {
  const env = { OSAURUS_HOME: data, HOME: data };
  const host = createHost({ paths: resolvePaths({ env, platform: "linux" }), env, cwd: data, follow });
  onTestFinished(() => host.stop());
  return host;
}

test("calls that run finish on the old instance, new ones go to the new one, and the old one is destroyed", async () => {
  const { plugin, crashes } = openPlugin("tells-its-pid");
  await plugin.load();
  const old = plugin.pid!;
  const running = plugin.call("invoke", pidTool(300), FAR);
  await plugin.reload();
  expect(plugin.pid).not.toBe(old);
  expect(pidOf(await plugin.call("invoke", pidTool(0), FAR))).toBe(plugin.pid);
  expect(pidOf(await running)).toBe(old);
  await untilGone(old);
  expect(crashes).toEqual([]);
});

test("destroy is called on the old instance, once, after its last call", async () => {
  const lines: string[] = [];
  const { plugin } = openPlugin("watches-destroy", {
    events: { onLog: ({ message }) => lines.push(message), onOutput: (_s, line) => lines.push(line), onCrash() {} },
  });
  await plugin.load();
  const old = plugin.pid!;
  await plugin.reload();
  await untilGone(old);
  await expect.poll(() => lines.filter((line) => line.includes("destroy")).length).toBe(1);
});

test("with calls in flight all the time, ten reloads fail none of them", async () => {
  const { plugin, crashes } = openPlugin("tells-its-pid");
  await plugin.load();
  let isOver = false;
  const pids = new Set<number>();
  const callers = Array.from({ length: 8 }, async () => {
    let count = 0;
    while (!isOver) {
      pids.add(pidOf(await plugin.call("invoke", pidTool(1), FAR)));
      count++;
    }
    return count;
  });
  for (let round = 0; round < 10; round++) await plugin.reload();
  isOver = true;
  const counts = await Promise.all(callers);
  expect(Math.min(...counts)).toBeGreaterThan(0);
  expect(pids.size).toBeGreaterThan(2);
  expect(crashes).toEqual([]);
});

test("reloads that are asked for while one is under way are served by one more", async () => {
  let launches = 0;
  const { plugin } = openPlugin("echoes", {
    admit: async () => {
      launches++;
    },
  });
  await plugin.load();
  const loaded = await Promise.all(Array.from({ length: 20 }, () => plugin.reload()));
  expect(new Set(loaded).size).toBeLessThanOrEqual(2);
  expect(launches).toBeLessThanOrEqual(3);
  await plugin.reload();
  expect(launches).toBeLessThanOrEqual(4);
});

test("when the new instance does not come up, the old one goes on and the reason is given", async () => {
  const { plugin } = openPlugin("tells-its-pid");
  await plugin.load();
  const old = plugin.pid!;
  for (const [fixture, code] of [
    ["load-init-null", "init_failed"],
    ["load-init-crashes", "load_crashed"],
    ["load-manifest-not-json", "manifest_invalid"],
  ] as const) {
    await expect(plugin.reload({ library: nativeFixture(fixture) })).rejects.toMatchObject({ code });
    expect(plugin.state).toBe("loaded");
    expect(pidOf(await plugin.call("invoke", pidTool(0), FAR))).toBe(old);
  }
  await plugin.reload({ library: nativeFixture("echoes") });
  expect(plugin.loaded?.manifest.plugin_id).toBe("test.echoes");
});

test("a reload brings up a plugin that had failed, and one that waits for its restart", async () => {
  const failed = openPlugin("load-init-null").plugin;
  await expect(failed.load()).rejects.toMatchObject({ code: "init_failed" });
  await failed.reload({ library: nativeFixture("echoes") });
  expect(await failed.call("invoke", ["tool", "echo", "up"], FAR)).toBe("up");

  const waiting = openPlugin("segfaults", { backoffMsMin: 30_000 }).plugin;
  await expect(waiting.call("invoke", ["tool", "misbehave", ""], FAR)).rejects.toMatchObject({
    code: "plugin_crashed",
  });
  await expect.poll(() => waiting.state).toBe("waiting");
  await waiting.reload();
  expect(await waiting.call("invoke", ["tool", "echo", "up"], FAR)).toBe("up");
});

test("the old instance may crash while the new one is being loaded: the new one takes over", async () => {
  const { plugin } = openPlugin("segfaults", { backoffMsMin: 30_000 });
  await plugin.load();
  const crash = expect(plugin.call("invoke", ["tool", "misbehave", ""], FAR)).rejects.toMatchObject({
    code: "plugin_crashed",
  });
  await Promise.all([crash, plugin.reload()]);
  expect(plugin.state).toBe("loaded");
  expect(await plugin.call("invoke", ["tool", "echo", "up"], FAR)).toBe("up");
});

test("stopping while a reload is under way leaves no process", async () => {
  const { plugin } = openPlugin("echoes");
  await plugin.load();
  const old = plugin.pid!;
  const reload = plugin.reload().then(
    () => "done",
    (error: { code: string }) => error.code,
  );
  await plugin.stop();
  expect(["done", "plugin_stopped"]).toContain(await reload);
  expect(isRunning(old)).toBe(false);
  expect(plugin.pid).toBeUndefined();
});

test("settings survive a reload", async () => {
  const data = tempDir();
  installFixture(data, "keeps-settings");
  const native = await openHost(data).native();
  const plugin = await native.plugin("test.keeps-settings");
  const call = (tool: string, input: object) =>
    plugin.call("invoke", ["tool", tool, JSON.stringify(input)], { ...FAR, agentId: DEFAULT_AGENT_ID });
  await call("set", { a: "colour", b: "blue" });
  const [row] = await native.reload("test.keeps-settings");
  expect(row).toMatchObject({ state: "loaded", error: undefined });
  expect(await call("get", { a: "colour" })).toBe("blue");
});

test("a reload takes the version that is active now, gives up what was removed, and loads what is new", async () => {
  const data = tempDir();
  installFixture(data, "echoes");
  installFixture(data, "tells-its-pid");
  const native = await openHost(data).native();
  const [echoes] = await native.list();
  const gone = echoes!.pid!;
  installFixture(data, "tells-its-pid", { version: "1.1.0" });
  installFixture(data, "segfaults");
  rmSync(join(data, "Tools/test.echoes"), { recursive: true });
  const rows = await native.reload();
  expect(rows.map(({ pluginId, version, state }) => [pluginId, version, state])).toEqual([
    ["test.segfaults", "1.0.0", "loaded"],
    ["test.tells-its-pid", "1.1.0", "loaded"],
  ]);
  await untilGone(gone);
  await expect(native.plugin("test.echoes")).rejects.toMatchObject({ code: "plugin_unknown" });
  await expect(native.reload("test.echoes")).rejects.toMatchObject({ code: "plugin_unknown" });
});

test("a host that follows takes over what another process installs, and reloads when it is told to", async () => {
  const data = tempDir();
  installFixture(data, "tells-its-pid");
  installFixture(data, "echoes");
  const native = await openHost(data, true).native();
  const plugin = await native.plugin("test.tells-its-pid");
  const other = await native.plugin("test.echoes");
  const [first, untouched] = [plugin.pid!, other.pid!];
  installFixture(data, "tells-its-pid", { version: "2.0.0" });
  writeFileSync(join(data, "Tools/.changed"), "one");
  await untilGone(first);
  await expect.poll(() => plugin.pid).toBeDefined();
  expect(other.pid).toBe(untouched);

  const elsewhere = await openHost(data).native();
  const second = plugin.pid!;
  await elsewhere.reload("test.tells-its-pid");
  await untilGone(second);
  expect(other.pid).toBe(untouched);
  await elsewhere.reload();
  await untilGone(untouched);

  rmSync(join(data, "Tools/test.echoes"), { recursive: true });
  await expect.poll(() => other.pid).toBeDefined();
  const last = other.pid!;
  writeFileSync(join(data, "Tools/.changed"), "two");
  await untilGone(last);
});

test("a host that does not follow leaves running plugins alone", async () => {
  const data = tempDir();
  installFixture(data, "echoes");
  const plugin = await (await openHost(data).native()).plugin("test.echoes");
  const pid = plugin.pid;
  await (await openHost(data).native()).reload();
  expect(plugin.pid).toBe(pid);
});

test("a plugin that is given up while it is being reloaded does not come back", async () => {
  const { plugin } = openPlugin("tells-its-pid");
  await plugin.load();
  const pid = plugin.pid!;
  const reload = plugin.reload().then(
    () => "loaded",
    (error: { code: string }) => error.code,
  );
  await plugin.retire();
  expect(await reload).toBe("plugin_stopped");
  expect(isRunning(pid)).toBe(false);
  expect(plugin.state).toBe("stopped");
  await expect(plugin.call("invoke", pidTool(0), FAR)).rejects.toMatchObject({ code: "plugin_stopped" });
  await expect(plugin.load()).rejects.toMatchObject({ code: "plugin_stopped" });
});

test("calls that run in a plugin that is given up finish, whenever that happens", async () => {
  const { plugin } = openPlugin("tells-its-pid");
  await plugin.load();
  const pid = plugin.pid!;
  const running = plugin.call("invoke", pidTool(200), FAR);
  const gone = plugin.retire();
  expect(pidOf(await running)).toBe(pid);
  await gone;
  expect(isRunning(pid)).toBe(false);

  // In the very turn in which it is loaded.
  const early = openPlugin("tells-its-pid").plugin;
  const load = early.load().then(() => early.retire());
  // It was made in time, or it was not; nothing else may come of it.
  const call = early.call("invoke", pidTool(0), FAR).then(
    (answer) => (pidOf(answer) > 0 ? "answered" : "wrong"),
    (error: { code?: string }) => error.code,
  );
  await load;
  expect(["plugin_stopped", "answered"]).toContain(await call);
  expect(early.state).toBe("stopped");
});

test("a plugin that was removed is served nothing more, and its old handle does not bring it back", async () => {
  const data = tempDir();
  installFixture(data, "keeps-settings");
  const native = await openHost(data, true).native();
  const plugin = await native.plugin("test.keeps-settings");
  const pid = plugin.pid!;
  rmSync(join(data, "Tools/test.keeps-settings"), { recursive: true });
  writeFileSync(join(data, "Tools/.changed"), "gone");
  await untilGone(pid);
  installFixture(data, "keeps-settings");
  const again = await native.plugin("test.keeps-settings");
  expect(again).not.toBe(plugin);
  await expect(plugin.call("invoke", ["tool", "get", "{}"], FAR)).rejects.toMatchObject({ code: "plugin_stopped" });
});

test("a call that waited for consent while another version took over is judged by that one", async () => {
  const data = tempDir();
  installFixture(data, "asks-then-denies", { library: nativeFixture("asks-version-1") });
  const env = { OSAURUS_HOME: data, HOME: data };
  const answers: string[] = [];
  let native: Awaited<ReturnType<ReturnType<typeof openHost>["native"]>>;
  const host = createHost({
    paths: resolvePaths({ env, platform: "linux" }),
    env,
    cwd: data,
    consent: {
      askDirectly: async () => {
        installFixture(data, "asks-then-denies", { version: "2.0.0", library: nativeFixture("asks-version-2") });
        await native.reload("test.asks-then-denies");
        answers.push("allowed once");
        return { allow: true, remember: "once" };
      },
    },
  });
  onTestFinished(() => host.stop());
  native = await host.native();
  const plugin = await native.plugin("test.asks-then-denies");
  const outcome = await native.callTool(plugin, { tool: "act", input: "{}", agentId: DEFAULT_AGENT_ID });
  expect(answers).toEqual(["allowed once"]);
  expect(outcome.envelope).toMatchObject({ ok: false, kind: "rejected", code: "definition_changed" });
});

test("a call on a plugin that waits for a far restart fails at once, and within its own time", async () => {
  const data = tempDir();
  installFixture(data, "segfaults");
  const native = await openHost(data).native();
  const plugin = await native.plugin("test.segfaults");
  const call = { tool: "misbehave", input: "{}", agentId: DEFAULT_AGENT_ID, timeoutMs: 1000 };
  for (let round = 0; round < 5; round++) await native.callTool(plugin, call);
  await expect.poll(() => plugin.state).toBe("waiting");
  const { envelope, breakdown } = await native.callTool(plugin, call);
  expect(envelope).toMatchObject({ ok: false, kind: "unavailable", code: "plugin_restarting" });
  expect(breakdown?.exitCode).toBe(30);
});

test("consent that is filled in at the first load is no reason to reload the plugin", async () => {
  const data = tempDir();
  installFixture(data, "tells-its-pid", { consent: null });
  installFixture(data, "echoes");
  const native = await openHost(data, true).native();
  const plugin = await native.plugin("test.tells-its-pid");
  const other = await native.plugin("test.echoes");
  const [pid, gone] = [plugin.pid, other.pid!];
  rmSync(join(data, "Tools/test.echoes"), { recursive: true });
  writeFileSync(join(data, "Tools/.changed"), "x");
  await untilGone(gone);
  expect(plugin.pid).toBe(pid);
});
