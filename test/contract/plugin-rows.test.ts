// What Insights says of a plugin that is called in every way: its tools, routes, settings and tasks, its loads and crashes.

import { expect, onTestFinished, test } from "vitest";
import { resolvePaths } from "../../src/base/paths.ts";
import { createHost } from "../../src/host/create-host.ts";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
import { tempDir } from "../helpers/temp-dir.ts";

const TASK = "0E9F3C52-0000-0000-0000-000000000001";

async function openFixture(fixture: string) {
  const data = tempDir();
  installFixture(data, fixture);
  const env = { OSAURUS_HOME: data, HOME: data };
  const host = createHost({ paths: resolvePaths({ env, platform: "linux" }), env, cwd: data });
  onTestFinished(() => host.stop());
  const native = await host.native();
  const rows = async () => [...(await (await host.insights()).query({ limit: 100 }))].reverse();
  return { host, native, plugin: await native.plugin(`test.${fixture}`), rows };
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
