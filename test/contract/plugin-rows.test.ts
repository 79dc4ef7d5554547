// What Insights says of a plugin that is called in every way: its tools, routes, settings and tasks, its loads and crashes.

import { basename, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { resolvePaths } from "../../src/base/paths.ts";
import type { PluginLine } from "../../src/host/connect-plugin.ts";
import { createHost } from "../../src/host/create-host.ts";
import { readPluginLog } from "../../src/plugins/native/read-plugin-log.ts";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
import { nativeFixture } from "../helpers/native-plugins.ts";
import { tempDir } from "../helpers/temp-dir.ts";

const TASK = "0E9F3C52-0000-0000-0000-000000000001";

async function openFixture(fixture: string) {
  const data = tempDir();
  installFixture(data, fixture);
  const env = { OSAURUS_HOME: data, HOME: data };
  const lines: PluginLine[] = [];
  const onPluginLine = (line: PluginLine) => void lines.push(line);
  const host = createHost({ paths: resolvePaths({ env, platform: "linux" }), env, cwd: data, onPluginLine });
  onTestFinished(() => host.stop());
  const native = await host.native();
  const rows = async () => [...(await (await host.insights()).query({ limit: 100 }))].reverse();
  return { data, lines, host, native, plugin: await native.plugin(`test.${fixture}`), rows };
}

test("a load, a tool's call, a route and a task's event each leave a row with how they went", async () => {
  const { native, plugin, rows } = await openFixture("records-entries");
  await native.callTool(plugin, { tool: "misbehave", input: "{}", agentId: DEFAULT_AGENT_ID });
  const request = { agentId: DEFAULT_AGENT_ID, json: '{"path":"/hook"}', method: "POST", path: "/hook", body: "hello" };
  expect(await native.callRoute(plugin, request)).toBeTypeOf("string");
  await native.tellTaskEvent(plugin, { agentId: DEFAULT_AGENT_ID, taskId: TASK, kind: "progress", json: '{"at":1}' });
  const found = (await rows()).filter(({ kind }) => kind !== "host" && kind !== "log");
  expect(found).toMatchObject([
    { kind: "load", method: "LOAD", path: "/load/1.0.0", status: 200, agentId: null },
    { kind: "tool", method: "POST", path: "/tools/misbehave", status: 200, request: "{}", agentId: DEFAULT_AGENT_ID },
    { kind: "route", method: "POST", path: "/hook", status: 200, request: "hello" },
    { kind: "event", method: "EVENT", path: `/tasks/${TASK}/progress`, status: 200, request: '{"at":1}' },
  ]);
  expect(new Set(found.slice(1).map(({ traceId }) => traceId)).size).toBe(3);
});

test("a call that its caller got wrong, and one that crashed its plugin, are rows like all others", async () => {
  const { native, plugin, rows } = await openFixture("segfaults");
  await expect(
    native.callTool(plugin, { tool: "no_such_tool", input: "{}", agentId: DEFAULT_AGENT_ID }),
  ).rejects.toMatchObject({ code: "tool_unknown" });
  const tool = "misbehave";
  await native.callTool(plugin, { tool, input: "{}", agentId: DEFAULT_AGENT_ID });
  const found = (await rows()).filter(({ kind }) => kind === "tool" || kind === "crash");
  expect(found).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ path: "/tools/no_such_tool", status: 404, errorCode: "tool_unknown" }),
      expect.objectContaining({ path: `/tools/${tool}`, status: 502, errorCode: "plugin_crashed" }),
      expect.objectContaining({ kind: "crash", method: "CRASH", status: 500, errorCode: "plugin_crashed" }),
    ]),
  );
});

test("all rows of a library have the id that it gives itself, also those from before it was known", async () => {
  const { host, native, rows } = await openFixture("echoes");
  const library = nativeFixture("asks-before-it-is-loaded");
  const plugin = await native.loadLibrary(library);
  await native.callTool(plugin, { tool: "misbehave", input: "{}", agentId: DEFAULT_AGENT_ID });
  const found = (await rows()).filter(({ pluginId }) => pluginId !== "test.echoes");
  expect(new Set(found.map(({ pluginId }) => pluginId))).toEqual(new Set(["test.asks-before-it-is-loaded"]));
  expect(found).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ method: "GET", path: "/host-api/config/early", errorCode: "missing_agent_context" }),
      expect.objectContaining({ method: "PUT", path: "/host-api/config/early", errorCode: "missing_agent_context" }),
      expect.objectContaining({ kind: "load", path: "/load/1.0.0", request: JSON.stringify({ library }) }),
      expect.objectContaining({ kind: "tool" }),
    ]),
  );
  await host.stop();
});

test("a warning about how a plugin uses its host is in its log, in what is printed and a row in Insights, once", async () => {
  const { data, host, native, plugin, lines, rows } = await openFixture("asks-before-it-is-loaded");
  await native.reload();
  const WARNING = /^\[PluginHostAPI\] config_set was called outside any agent's call/;
  expect((await rows()).filter(({ kind, path }) => kind === "log" && path.includes("config_set"))).toMatchObject([
    {
      pluginId: plugin.loaded!.manifest.plugin_id,
      method: "LOG",
      status: 299,
      path: expect.stringMatching(/^\[WARN\]/),
    },
  ]);
  await host.stop();
  expect(lines.filter(({ text }) => WARNING.test(text))).toMatchObject([{ level: "warn", fromHost: true }]);
  const log = await readPluginLog({ folder: join(data, "Logs"), pluginId: plugin.loaded!.manifest.plugin_id });
  expect(log.filter(({ text }) => WARNING.test(text))).toMatchObject([{ kind: "note", level: "warn" }]);
});

test("a library that does not load leaves its rows under the name of its file", async () => {
  const { native, rows } = await openFixture("echoes");
  const library = nativeFixture("load-init-crashes");
  await expect(native.loadLibrary(library)).rejects.toThrow();
  const found = (await rows()).filter(({ pluginId }) => pluginId === basename(library));
  expect(found).toMatchObject([{ kind: "load", path: "/load", request: JSON.stringify({ library }) }]);
});

test("the row of an installed plugin's load names no file", async () => {
  const { rows } = await openFixture("echoes");
  expect((await rows()).filter(({ kind }) => kind === "load")).toMatchObject([{ status: 200, request: null }]);
});
