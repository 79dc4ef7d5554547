// What authors learn of their plugin: what the checked runner notices, and how the plugin fares on hosts of each version.

import { expect, onTestFinished, test } from "vitest";
import { resolvePaths } from "../../src/base/paths.ts";
import { createHost } from "../../src/host/create-host.ts";
import type { CheckReport } from "../../src/plugins/native/check-report.ts";
import type { HostVersion } from "../../src/plugins/native/host-version.ts";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import type { HostCall } from "../../src/protocol/host-slots.ts";
import { FAR, nativeFixture, openPlugin, startRunner } from "../helpers/native-plugins.ts";
import { CHECKED_RUNNER_PATH } from "../helpers/runner-path.ts";
import { tempDir } from "../helpers/temp-dir.ts";

const AGENT = "11111111-2222-3333-4444-555555555555";
const NOTHING: CheckReport = { unreleased: [], wrongReleases: [], foreignCalls: [], notCounted: [] };
const misbehave = ["tool", "misbehave", "{}"] as const;
const onHostCall = ({ name }: HostCall) => `{"from":"${name}"}`;

/** Loads the fixture in the checked runner; gives what it returned, and what was noticed while it runs and once it has ended. */
async function watched(fixture: string, { calls = 1, runnerPath = CHECKED_RUNNER_PATH } = {}) {
  const { plugin } = openPlugin(fixture, { runnerPath, onHostCall });
  await plugin.load();
  const answers: (string | null)[] = [];
  for (let call = 0; call < calls; call++) {
    answers.push(await plugin.call("invoke", [...misbehave], { ...FAR, agentId: AGENT }));
  }
  const running = await plugin.checkReport();
  await plugin.stop();
  return { answers, running, ended: await plugin.checkReport() };
}

test("nothing is noticed of a plugin that releases what it gets", async () => {
  expect(await watched("asks-for-its-version", { calls: 20 })).toMatchObject({ running: NOTHING, ended: NOTHING });
});

test("texts that a plugin never releases are counted by the function that gave them", async () => {
  const { running } = await watched("forgets-host-texts", { calls: 3 });
  expect(running).toEqual({
    ...NOTHING,
    unreleased: [
      { name: "config_get", count: 3, bytes: 3 * '{"from":"config_get"}'.length },
      { name: "list_models", count: 3, bytes: 3 * '{"from":"list_models"}'.length },
    ],
  });
});

test("a text that a plugin keeps until it is destroyed is no leak in the end", async () => {
  const { running, ended } = await watched("releases-in-destroy", { calls: 2 });
  expect(running?.unreleased).toMatchObject([{ name: "list_models", count: 1 }]);
  expect(ended).toEqual(NOTHING);
});

test("a text that is handed on and released once it comes back is released, although the answer came before", async () => {
  const { answers, running } = await watched("hands-host-text-on", { calls: 5 });
  expect(answers).toEqual(Array.from({ length: 5 }, () => '{"from":"list_models"}'));
  expect(running).toEqual(NOTHING);
});

test("a text that is released twice is noticed, and the plugin goes on", async () => {
  const { answers, running } = await watched("frees-host-text-twice", { calls: 100 });
  expect(answers.at(-1)).toBe("released twice");
  expect(running).toEqual({ ...NOTHING, wrongReleases: [{ name: "list_models", count: 100 }] });
});

test("free_string and then free() is twice as well, and a text that realloc() moved is released", async () => {
  const { answers, running } = await watched("frees-host-text-both-ways", { calls: 2 });
  expect(answers).toEqual(['{"from":"config_get"} and more', '{"from":"config_get"} and more']);
  expect(running).toEqual({ ...NOTHING, wrongReleases: [{ name: "list_models", count: 2 }] });
});

test("a pointer that is no text of the host's is not released, and noticed", async () => {
  const { running } = await watched("frees-what-is-not-the-hosts");
  expect(running).toEqual({ ...NOTHING, wrongReleases: [{ count: 2 }] });
});

test("more texts than are remembered may be released, and a release after that is still one", async () => {
  const { ended } = await watched("asks-for-its-version", { calls: 5000 });
  expect(ended).toEqual(NOTHING);
});

test("host calls on a thread of the plugin's own are noticed, with whether the host knew the agent", async () => {
  const { running } = await watched("asks-from-thread");
  const inContext = process.platform === "linux";
  expect(running?.foreignCalls).toEqual([
    { name: "config_get", count: 1, inContext },
    { name: "get_active_agent_id", count: 1, inContext },
  ]);
  const { running: early } = await watched("init-starts-threads-that-ask");
  expect(early?.foreignCalls.length).toBeGreaterThan(0);
});

test("what several runners of a plugin noticed is counted together", async () => {
  const { plugin } = openPlugin("frees-host-text-twice", { runnerPath: CHECKED_RUNNER_PATH, onHostCall });
  await plugin.load();
  await plugin.call("invoke", [...misbehave], FAR);
  await plugin.reload();
  await plugin.call("invoke", [...misbehave], FAR);
  await plugin.stop();
  expect((await plugin.checkReport())?.wrongReleases).toEqual([{ name: "list_models", count: 2 }]);
});

test("the runner that everybody uses notices nothing and is not asked", async () => {
  const { plugin } = openPlugin("forgets-host-texts", { onHostCall });
  await plugin.load();
  await plugin.call("invoke", [...misbehave], FAR);
  expect(await plugin.checkReport()).toBeUndefined();
  await plugin.stop();
  expect(await plugin.checkReport()).toBeUndefined();
});

test.each<[HostVersion, string]>([
  [1, "no host"],
  [2, "host 2"],
  [3, "host 3"],
  [4, "host 4"],
  [5, "host 5"],
  [6, "host 6"],
])("on a host of version %i a plugin that asks for the version works", async (hostVersion, answer) => {
  const runner = startRunner("asks-for-its-version", { hostVersion, onHostCall });
  expect((await runner.ready).abi).toBe(hostVersion === 1 ? 1 : 6);
  expect(await runner.call("invoke", [...misbehave], FAR)).toBe(answer);
});

test.each<[HostVersion, string]>([
  [2, "complete_cancel"],
  [3, "get_active_agent_id"],
  [4, "log_structured"],
  [5, "free_string"],
])("on a host of version %i a plugin that copies the whole table is told of %s", async (hostVersion, newer) => {
  const runner = startRunner("copies-host-table", { hostVersion });
  await expect(runner.ready).rejects.toMatchObject({
    code: "load_crashed",
    message: expect.stringContaining(`it read ${newer}, which its host does not have`),
    hint: expect.stringContaining("host->version"),
    details: { newer_function: newer },
  });
});

test("a call that reads a function of a newer host crashes there and says which it read", async () => {
  const runner = startRunner("reads-newer-function", { hostVersion: 5, onHostCall });
  await runner.ready;
  await expect(runner.call("invoke", [...misbehave], FAR)).rejects.toMatchObject({
    code: "plugin_crashed",
    details: { entry: "invoke", newer_function: "free_string" },
  });
  const newest = startRunner("reads-newer-function", { onHostCall });
  await newest.ready;
  expect(await newest.call("invoke", [...misbehave], FAR)).toBe("released");
});

test("a host shows its plugins the version that it is told to, and its checked runner reports", async () => {
  const data = tempDir();
  const env = { OSAURUS_HOME: data, HOME: data };
  const paths = resolvePaths({ env, platform: process.platform });
  const host = createHost({ paths, env, cwd: "/", runnerPath: CHECKED_RUNNER_PATH, hostVersion: 5 });
  onTestFinished(() => host.stop());
  const native = await host.native();
  const plugin = await native.loadLibrary(nativeFixture("asks-for-its-version"));
  const { envelope } = await native.callTool(plugin, { tool: "misbehave", input: "{}", agentId: DEFAULT_AGENT_ID });
  expect(JSON.stringify(envelope)).toContain("host 5");
  expect(await plugin.checkReport()).toEqual(NOTHING);
  await expect(native.loadLibrary(nativeFixture("copies-host-table"))).rejects.toMatchObject({ code: "load_crashed" });
});

test("a plugin without the entry of version 1 does not load on a host of that version", async () => {
  const runner = startRunner("echoes", { hostVersion: 1 });
  await expect(runner.ready).rejects.toMatchObject({ code: "entry_missing" });
});
