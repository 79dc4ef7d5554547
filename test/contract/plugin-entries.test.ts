// The entries of a plugin beside its tools: the first call that shows whether plugin and host agree on the functions,
// changes of configuration, events of tasks, routes, artifacts. Real runners throughout.

import { expect, test } from "vitest";
import { changeConfig, handleRoute, offerArtifact, sendTaskEvent } from "../../src/plugins/native/plugin-entries.ts";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { FAR, openPlugin } from "../helpers/native-plugins.ts";

const AGENT = "AAAAAAAA-0000-0000-0000-000000000001";
const OTHER = "BBBBBBBB-0000-0000-0000-000000000002";

/** What the plugin wrote down since the last time, and the most calls at once of config, events and routes. */
async function record({ plugin }: ReturnType<typeof openPlugin>): Promise<{ story: string[]; most: number[] }> {
  return JSON.parse((await plugin.call("invoke", ["tool", "misbehave", "{}"], FAR))!).result;
}

test("the first call of a plugin is the probe, with an agent bound, once for each process of it", async () => {
  const watched = openPlugin("records-entries", { probeAgentId: DEFAULT_AGENT_ID });
  await watched.plugin.load();
  expect((await record(watched)).story).toEqual(["config __osaurus_abi_probe__=a UUID 0000"]);
  await watched.plugin.reload();
  expect((await record(watched)).story).toEqual(["config __osaurus_abi_probe__=a UUID 0000"]);
});

test("a plugin that crashes in the probe was not loaded, and the reason names its struct", async () => {
  const { plugin } = openPlugin("probe-crashes", { probeAgentId: DEFAULT_AGENT_ID });
  await expect(plugin.load()).rejects.toMatchObject({
    code: "load_crashed",
    message: expect.stringContaining("crashed with SIGSEGV in on_config_changed"),
    hint: expect.stringContaining("compare its struct with the header"),
  });
  expect(plugin.state).toBe("failed");
  // Without the probe it is found out only when something changes.
  const late = openPlugin("probe-crashes").plugin;
  await late.load();
  await expect(changeConfig(late, { agentId: AGENT, key: "k", value: "v" })).rejects.toMatchObject({
    code: "plugin_crashed",
  });
});

test("changes of configuration come one at a time and in order, whatever agent they are for", async () => {
  const watched = openPlugin("records-entries");
  const keys = Array.from({ length: 20 }, (_, index) => `k${index}`);
  const change = (key: string, index: number) =>
    changeConfig(watched.plugin, { agentId: index % 2 ? OTHER : AGENT, key, value: index === 3 ? null : "v" });
  await Promise.all(keys.map(change));
  const { story, most } = await record(watched);
  expect(story).toEqual(keys.map((key, i) => `config ${key}=${i === 3 ? "NULL" : "v"} ${i % 2 ? "BBBB" : "AAAA"}`));
  expect(most[0]).toBe(1);
});

test("events of one task come one at a time and in order, those of several tasks side by side", async () => {
  const watched = openPlugin("records-entries");
  await watched.plugin.load();
  const tasks = ["t1", "t2", "t3", "t4"];
  const kinds = ["started", "activity", "progress", "completed"] as const;
  const sent = tasks.flatMap((taskId) =>
    kinds.map((kind) => sendTaskEvent(watched.plugin, { agentId: AGENT, taskId, kind, json: "{}" })),
  );
  await Promise.all(sent);
  const { story, most } = await record(watched);
  for (const task of tasks) {
    expect(story.filter((line) => line.includes(task))).toEqual([0, 1, 2, 4].map((n) => `event ${task} {} ${n} AAAA`));
  }
  expect(most[1]).toBeGreaterThan(1);
});

test("routes run side by side, each with its own agent, and answer with what the plugin gave", async () => {
  const watched = openPlugin("records-entries");
  const requests = Array.from({ length: 8 }, (_, index) => `{"n":${index}}`);
  const answers = await Promise.all(
    requests.map((json, index) => handleRoute(watched.plugin, { agentId: index % 2 ? OTHER : undefined, json })),
  );
  expect(answers).toEqual(requests);
  const { story, most } = await record(watched);
  expect(story.filter((line) => line === "route BBBB")).toHaveLength(4);
  expect(story.filter((line) => line === "route none")).toHaveLength(4);
  expect(most[2]).toBeGreaterThan(1);
});

test("a plugin without these functions is left in peace", async () => {
  const { plugin, crashes } = openPlugin("echoes", { probeAgentId: DEFAULT_AGENT_ID });
  expect(await handleRoute(plugin, { agentId: AGENT, json: "{}" })).toBeUndefined();
  await changeConfig(plugin, { agentId: AGENT, key: "k", value: "v" });
  await sendTaskEvent(plugin, { agentId: AGENT, taskId: "t", kind: "failed", json: "{}" });
  await offerArtifact(plugin, { agentId: AGENT, json: "{}", deadlineMs: 1 });
  expect(crashes).toEqual([]);
});

test("a change that crashes the plugin does not keep the next one from it", async () => {
  const { plugin } = openPlugin("probe-crashes");
  const one = changeConfig(plugin, { agentId: AGENT, key: "a", value: "1" });
  const two = changeConfig(plugin, { agentId: AGENT, key: "b", value: "2" });
  await expect(one).rejects.toMatchObject({ code: "plugin_crashed" });
  await expect(two).rejects.toMatchObject({ code: "plugin_crashed" });
  expect(await plugin.call("invoke", ["tool", "echo", "still here"], FAR)).toBe("still here");
});

test("what is queued when the plugin is stopped is still delivered before destroy", async () => {
  const records = openPlugin("records-entries");
  await records.plugin.load();
  const changes = ["a", "b", "c"].map((key) =>
    changeConfig(records.plugin, { agentId: AGENT, key, value: "v" }).then(() => key),
  );
  await Promise.resolve();
  await records.plugin.stop();
  expect(await Promise.all(changes)).toEqual(["a", "b", "c"]);
  await expect(changeConfig(records.plugin, { agentId: AGENT, key: "d", value: "v" })).rejects.toMatchObject({
    code: "plugin_stopped",
  });
});
