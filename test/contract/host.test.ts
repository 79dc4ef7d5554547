// The host as one who embeds it sees it: createHost(), for real.

import { expect, onTestFinished, test } from "vitest";
import { resolvePaths } from "../../src/base/paths.ts";
import { createHost } from "../../src/host/create-host.ts";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
import { nativeFixture } from "../helpers/native-plugins.ts";
import { isRunning, untilGone } from "../helpers/processes.ts";
import { tempDir } from "../helpers/temp-dir.ts";

/** A host with some fixtures installed under their ids. */
function openHost(...fixtures: string[]) {
  const data = tempDir();
  for (const fixture of fixtures) installFixture(data, fixture);
  const env = { OSAURUS_HOME: data, HOME: data };
  const host = createHost({ paths: resolvePaths({ env, platform: "linux" }), env, cwd: data });
  onTestFinished(() => host.stop());
  return host;
}

const call = { tool: "echo", input: '{"ok":true,"result":1}', agentId: DEFAULT_AGENT_ID };

test("callers who ask for one plugin at the same time get one plugin in one process", async () => {
  const native = await openHost("echoes").native();
  const plugins = await Promise.all(Array.from({ length: 5 }, () => native.plugin("test.echoes")));
  expect(new Set(plugins).size).toBe(1);
  expect(new Set(plugins.map((plugin) => plugin.pid)).size).toBe(1);
});

test("two plugins side by side: one crashes, the other notices nothing", async () => {
  const native = await openHost("echoes", "segfaults").native();
  const [good, bad] = await Promise.all([native.plugin("test.echoes"), native.plugin("test.segfaults")]);
  const [fine, broken] = await Promise.all([
    native.callTool(good, call),
    native.callTool(bad, { ...call, tool: "misbehave" }),
  ]);
  expect(fine.envelope).toEqual({ ok: true, tool: "echo", result: 1 });
  expect(broken.envelope).toMatchObject({ ok: false, code: "plugin_crashed" });
  expect((await native.callTool(good, call)).envelope.ok).toBe(true);
  expect((await native.callTool(bad, call)).envelope.ok).toBe(true);
});

test("a host that is stopped starts nothing any more", async () => {
  const host = openHost("echoes");
  const native = await host.native();
  const plugin = await native.plugin("test.echoes");
  const pid = plugin.pid!;
  await host.stop();
  expect(isRunning(pid)).toBe(false);
  await expect(native.plugin("test.echoes")).rejects.toMatchObject({ code: "plugin_stopped" });
  await expect(native.loadLibrary(nativeFixture("echoes"))).rejects.toMatchObject({ code: "plugin_stopped" });
  await expect(native.readManifest(nativeFixture("echoes"))).rejects.toMatchObject({ code: "plugin_stopped" });
});

test("a stop that comes while a plugin is being opened wins", async () => {
  const host = openHost("echoes");
  const native = await host.native();
  const opening = native.plugin("test.echoes");
  const failed = expect(opening).rejects.toMatchObject({ code: "plugin_stopped" });
  await host.stop();
  await failed;
});

test("a host that is stopped at once does not wait for calls that are open", async () => {
  const host = openHost("sleeps-as-told");
  const native = await host.native();
  const plugin = await native.plugin("test.sleeps-as-told");
  const pid = plugin.pid!;
  const open = native.callTool(plugin, { ...call, tool: "misbehave", input: "600000" });
  await host.stop({ atOnce: true });
  expect((await open).envelope).toMatchObject({ ok: false, code: "plugin_stopped" });
  await untilGone(pid);
});

test("the list tells of every plugin, and leaves no broken one running", async () => {
  const native = await openHost("echoes", "load-init-null", "segfaults").native();
  const rows = await native.list();
  expect(rows.map(({ pluginId, state, error }) => [pluginId, state, error?.code])).toEqual([
    ["test.echoes", "loaded", undefined],
    ["test.load-init-null", "failed", "init_failed"],
    ["test.segfaults", "loaded", undefined],
  ]);
});

test("a caller who gives up gets an answer at once; the plugin finishes, and the next call works", async () => {
  const native = await openHost("sleeps-as-told").native();
  const plugin = await native.plugin("test.sleeps-as-told");
  const pid = plugin.pid;
  const givingUp = new AbortController();
  const slow = native.callTool(plugin, { ...call, tool: "misbehave", input: "400", signal: givingUp.signal });
  const other = native.callTool(plugin, { ...call, tool: "misbehave", input: "500" });
  setImmediate(() => givingUp.abort());
  await expect(slow).rejects.toMatchObject({ code: "interrupted" });
  // It was no failure of the plugin: nothing was ended for it.
  expect((await other).envelope).toMatchObject({ ok: true });
  expect(plugin.pid).toBe(pid);
  await expect(
    native.callTool(plugin, { ...call, tool: "misbehave", input: "1", signal: givingUp.signal }),
  ).rejects.toMatchObject({ code: "interrupted" });
  expect((await native.callTool(plugin, call)).envelope).toMatchObject({ ok: true, result: 1 });
});
