// How a plugin is told of its settings: the snapshot after each load, what is saved later, what it changed itself. Real
// runners, a real store and the real host functions throughout.

import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { now } from "../../src/base/now.ts";
import { ConfigDeliveries } from "../../src/host/config-deliveries.ts";
import { configDelete, configGet, configSet } from "../../src/host-api/config.ts";
import type { Served } from "../../src/host-api/create-host-api.ts";
import { changeConfig } from "../../src/plugins/native/plugin-entries.ts";
import type { HostCall } from "../../src/protocol/host-slots.ts";
import { CONFIG_VALUE_BYTES_MAX, OWN_CHANGES_KEPT_MAX } from "../../src/protocol/limits.ts";
import { SecretStore } from "../../src/store/secret-store.ts";
import { FAR, openPlugin } from "../helpers/native-plugins.ts";
import { tempDir } from "../helpers/temp-dir.ts";

const A = "AAAAAAAA-0000-0000-0000-000000000001";
const B = "BBBBBBBB-0000-0000-0000-000000000002";
const ID = "test.keeps-config";
const DEFAULTS = [
  ["on", "true"],
  ["count", "10"],
  ["colours", '["red","blue"]'],
] as const;
const SERVED = { config_get: configGet, config_set: configSet, config_delete: configDelete };

interface OpenOptions {
  readonly fixture?: string;
  readonly agents?: readonly string[];
  readonly folder?: string;
  /** Broken on purpose: nobody says what the plugin changes itself. */
  readonly isDeaf?: true;
}

/** A plugin that is told of the settings in a store of its own. */
function open({
  fixture = "keeps-config",
  agents = [A],
  folder = join(tempDir(), "Secrets"),
  isDeaf,
}: OpenOptions = {}) {
  const secrets = new SecretStore(folder);
  const warnings: string[] = [];
  const calls: string[] = [];
  let isServed = true;
  const deliveries = new ConfigDeliveries({
    pluginId: () => ID,
    secrets,
    agents: () => agents,
    changeConfig: (change) => {
      calls.push(change.key);
      return changeConfig(plugin, change);
    },
    isServed: () => isServed,
    warn: (text) => warnings.push(text),
  });
  const deps = {
    pluginId: ID,
    secrets,
    warnOnce: (_id: string, text: string) => warnings.push(text),
    onOwnChange: (agentId: string, key: string) => isDeaf || deliveries.ownChange(agentId, key),
  } as unknown as Served;
  const { plugin, crashes } = openPlugin(fixture, {
    probeAgentId: A,
    onHostCall: async (call: HostCall) => {
      const answer = await SERVED[call.name as keyof typeof SERVED]?.(call, deps);
      return typeof answer === "object" ? (answer?.text ?? null) : (answer ?? null);
    },
    events: {
      onLog() {},
      onOutput() {},
      onCrash: (story) => crashes.push({ story, restartInMs: 0 }),
      onLoaded: (loaded) => deliveries.loaded(loaded),
    },
  });
  const tool = (id: string, input = {}, agentId = A) =>
    plugin.call("invoke", ["tool", id, JSON.stringify(input)], { ...FAR, agentId });
  return {
    secrets,
    plugin,
    crashes,
    deliveries,
    warnings,
    calls,
    tool,
    giveUp: () => {
      isServed = false;
    },
    save: (key: string, value: string, agentId = A) => secrets.set({ pluginId: ID, agentId, key }, value),
    /** What the plugin was told since the last time: agent, key and value. */
    told: async () => {
      await deliveries.stop();
      return JSON.parse((await tool("told"))!).result as [string, string, string][];
    },
    /** The same for deliveries that go on. */
    toldSoFar: async () => JSON.parse((await tool("told"))!).result as [string, string, string][],
  };
}

const byA = (pairs: readonly (readonly [string, string])[]) => pairs.map(([key, value]) => [A, key, value]);

test("after a load comes what is stored, else the default, in the order of the manifest, and no secrets", async () => {
  const { save, plugin, deliveries, told } = open();
  await save("token", "a secret of the manifest");
  await save("undeclared", "x");
  await save("shown", "readonly");
  await save("second", "2");
  await save("count", "7");
  await save("name", "Ada");
  await plugin.load();
  await deliveries.snapshotDelivered(A);
  expect(deliveries.snapshotDelivered(A)).toBeUndefined();
  expect(await told()).toEqual([
    [A, "__osaurus_abi_probe__", "probe"],
    ...byA([
      ["name", "Ada"],
      ["on", "true"],
      ["count", "7"],
      ["colours", '["red","blue"]'],
      ["second", "2"],
    ]),
  ]);
});

test("each agent gets what is its own, one agent after the other", async () => {
  const { save, plugin, deliveries, told } = open({ agents: [A, B] });
  await save("name", "of B", B);
  await save("on", "", A);
  await plugin.load();
  await deliveries.snapshotDelivered(A);
  expect((await told()).slice(1)).toEqual([
    ...byA([["on", ""], DEFAULTS[1], DEFAULTS[2]]),
    [B, "name", "of B"],
    ...DEFAULTS.map(([key, value]) => [B, key, value]),
  ]);
});

test("a batch comes in its order, a removal as an empty text, and what the plugin knows already not at all", async () => {
  const { plugin, deliveries, told } = open();
  await plugin.load();
  await deliveries.snapshotDelivered(A);
  deliveries.pushed(A, [
    { key: "second", value: "2" },
    { key: "count", value: "10" },
    { key: "undeclared", value: "u" },
    { key: "name", value: null },
    { key: "second", value: "2" },
    { key: "second", value: null },
    { key: "second", value: null },
  ]);
  deliveries.pushed(B, [{ key: "second", value: "2" }]);
  await deliveries.snapshotDelivered(B);
  const list = (await told()).slice(4);
  expect(list.filter(([agentId]) => agentId === A)).toEqual(
    byA([
      ["second", "2"],
      ["undeclared", "u"],
      ["name", ""],
      ["second", ""],
    ]),
  );
  // Its defaults first.
  expect(list.filter(([agentId]) => agentId === B).slice(DEFAULTS.length)).toEqual([[B, "second", "2"]]);
});

test("an agent that has nothing stored gets its snapshot before its first call and its first push, once a load", async () => {
  const { save, plugin, deliveries, toldSoFar } = open();
  await plugin.load();
  await deliveries.snapshotDelivered(A);
  await toldSoFar();
  const ofB = DEFAULTS.map(([key, value]) => [B, key, value]);
  for (const _load of [1, 2]) {
    await deliveries.snapshotDelivered(B);
    expect(await toldSoFar()).toEqual(expect.arrayContaining(ofB));
    expect(deliveries.snapshotDelivered(B), "the plugin knows").toBeUndefined();
    await plugin.reload();
    await deliveries.snapshotDelivered(A);
    expect((await toldSoFar()).slice(1)).toEqual(byA(DEFAULTS));
  }
  await save("count", "7", B);
  deliveries.savedElsewhere(B, "count", now());
  await expect.poll(() => deliveries.snapshotDelivered(B)).toBeUndefined();
  expect(await toldSoFar()).toEqual([DEFAULTS[0], ["count", "7"], DEFAULTS[2]].map(([key, value]) => [B, key, value]));
});

test("the whole order: probe, snapshot, pushes", async () => {
  const { plugin, deliveries, told } = open();
  await plugin.load();
  deliveries.pushed(A, [
    { key: "name", value: "pushed" },
    { key: "count", value: "11" },
  ]);
  await deliveries.snapshotDelivered(A);
  expect(await told()).toEqual([
    [A, "__osaurus_abi_probe__", "probe"],
    ...byA(DEFAULTS),
    [A, "name", "pushed"],
    [A, "count", "11"],
  ]);
});

test("every new process of the plugin is told anew: after a reload, and after a crash", async () => {
  const { plugin, deliveries, toldSoFar } = open();
  await plugin.load();
  await deliveries.snapshotDelivered(A);
  expect(await toldSoFar()).toHaveLength(4);
  await plugin.reload();
  await deliveries.snapshotDelivered(A);
  expect(await toldSoFar()).toHaveLength(4);
  const { pid } = plugin;
  process.kill(pid!, "SIGKILL");
  await expect.poll(() => plugin.pid !== pid && plugin.state === "loaded").toBe(true);
  await deliveries.snapshotDelivered(A);
  expect(await toldSoFar()).toHaveLength(4);
});

test("what the plugin changes itself is not delivered, and the same value saved by somebody afterwards is", async () => {
  const { plugin, deliveries, tool, told, toldSoFar } = open();
  await plugin.load();
  await deliveries.snapshotDelivered(A);
  await toldSoFar();
  await tool("set", { key: "count", value: "11" });
  await tool("delete", { key: "count" });
  expect(await toldSoFar()).toEqual([]);
  deliveries.pushed(A, [{ key: "count", value: "10" }]);
  expect(await told()).toEqual([[A, "count", "10"]]);
});

test("what the plugin changed while it was being told counts more than what the snapshot still holds", async () => {
  for (const isDeaf of [undefined, true] as const) {
    const { secrets, save, plugin, deliveries, told } = open(isDeaf && { isDeaf });
    await save("mine", "the user's");
    await plugin.load();
    // In time for the batch, which has a value of its own and does not ask the store.
    deliveries.pushed(A, [{ key: "second", value: "the user's" }]);
    await deliveries.snapshotDelivered(A);
    const changes = (await told()).map(([, key, value]) => [key, value]);
    expect(changes).toContainEqual(["mine", "the user's"]);
    const stale = changes.filter(([key, value]) => key === "second" && value === "the user's");
    expect(stale, "only a host that does not listen delivers what is out of date").toHaveLength(isDeaf ? 1 : 0);
    expect(await secrets.get({ pluginId: ID, agentId: A, key: "second" })).toBe("the plugin's");
  }
});

test("what the plugin changed while it was told of the same setting can be saved again", async () => {
  const { secrets, plugin, deliveries, told } = open();
  await plugin.load();
  await deliveries.snapshotDelivered(A);
  const change = { key: "mine", value: "the user's" };
  deliveries.pushed(A, [change]);
  await expect.poll(() => secrets.get({ pluginId: ID, agentId: A, key: "second" })).toBe("the plugin's");
  deliveries.pushed(A, [change]);
  expect((await told()).slice(4)).toEqual(
    byA([
      ["mine", "the user's"],
      ["mine", "the user's"],
    ]),
  );
});

test("what another process saved is read when it is delivered, and is skipped when the plugin changed it since", async () => {
  const { save, plugin, deliveries, tool, told, toldSoFar } = open();
  await plugin.load();
  await deliveries.snapshotDelivered(A);
  await toldSoFar();
  await save("name", "new");
  deliveries.savedElsewhere(A, "name", now());
  deliveries.savedElsewhere(A, "gone", now());
  const savedAt = now();
  await tool("set", { key: "second", value: "own" });
  deliveries.savedElsewhere(A, "second", savedAt);
  expect(await told()).toEqual([
    [A, "name", "new"],
    [A, "gone", ""],
  ]);
});

test("of a plugin's own changes only the newest are remembered, however many it makes", async () => {
  const { plugin, deliveries, told, toldSoFar } = open();
  await plugin.load();
  await deliveries.snapshotDelivered(A);
  await toldSoFar();
  const savedAt = now();
  for (let i = 0; i <= OWN_CHANGES_KEPT_MAX; i++) deliveries.ownChange(A, `k${i}`);
  for (const key of ["k0", "k1", `k${OWN_CHANGES_KEPT_MAX}`]) deliveries.savedElsewhere(A, key, savedAt);
  expect(await told()).toEqual([[A, "k0", ""]]);
});

test("a value of 1 MiB is delivered, one byte more is not, nor one that no C text can hold; the others are", async () => {
  const { plugin, deliveries, told, warnings, crashes } = open();
  await plugin.load();
  await deliveries.snapshotDelivered(A);
  deliveries.pushed(A, [
    { key: "name", value: "x".repeat(CONFIG_VALUE_BYTES_MAX + 1) },
    { key: "name", value: "x".repeat(CONFIG_VALUE_BYTES_MAX) },
    { key: "second", value: "a\0b" },
    { key: "second", value: "after" },
  ]);
  expect((await told()).slice(4)).toEqual([
    [A, "name", CONFIG_VALUE_BYTES_MAX],
    [A, "second", "after"],
  ]);
  expect(warnings).toEqual([
    'setting "name" was not delivered: its value is over 1 MiB',
    'setting "second" was not delivered: its value holds a NUL character, which no plugin can take',
  ]);
  expect(crashes).toEqual([]);
});

test("a setting that crashes the plugin is left out after the second time, and tried again after a reload", async () => {
  const { save, plugin, deliveries, crashes, warnings, calls, toldSoFar } = open();
  await save("crash", "v4lue");
  await save("slow", "behind it");
  await plugin.load();
  await expect.poll(async () => (await toldSoFar().catch(() => [])).some(([, key]) => key === "slow")).toBe(true);
  expect(crashes).toHaveLength(2);
  expect(calls.filter((key) => key === "crash")).toHaveLength(2);
  expect(warnings.at(-1)).toBe('setting "crash" is not delivered again until the plugin is reloaded');
  expect(warnings.join()).not.toContain("v4lue");
  await plugin.reload();
  await expect.poll(() => calls.filter((key) => key === "crash").length).toBeGreaterThan(2);
  await deliveries.stop();
});

test("a setting that cannot be read is told of, and keeps the others from nothing", async () => {
  const folder = join(tempDir(), "Secrets");
  const { save, secrets, plugin, deliveries, told, warnings } = open({ folder });
  await save("name", "Ada");
  const files = readdirSync(folder, { recursive: true, withFileTypes: true });
  const values = files.filter((file) => file.isFile() && /^[0-9a-f]{64}$/.test(file.name));
  for (const { parentPath, name } of values) writeFileSync(join(parentPath, name), "no value");
  await plugin.load();
  await deliveries.snapshotDelivered(A);
  expect((await told()).slice(1)).toEqual(byA(DEFAULTS));
  expect(warnings).toEqual([expect.stringMatching(/^setting "name" cannot be delivered: .* cannot be decrypted/)]);
  await expect(secrets.get({ pluginId: ID, agentId: A, key: "name" })).rejects.toMatchObject({ code: "store_broken" });
});

test("a plugin without on_config_changed costs nothing: neither agents nor settings are looked at", async () => {
  const { plugin, deliveries, calls, tool } = open({ fixture: "keeps-settings", agents: undefined as never });
  await plugin.load();
  expect(deliveries.snapshotDelivered(A)).toBeUndefined();
  deliveries.pushed(A, [{ key: "a", value: "1" }]);
  deliveries.savedElsewhere(A, "a", now());
  await tool("set", { a: "x", b: "y" });
  await deliveries.stop();
  expect(calls).toEqual([]);
});

test("one that declares no settings gets no snapshot, but what is saved", async () => {
  const { plugin, deliveries, calls } = open({ fixture: "records-entries", agents: undefined as never });
  await plugin.load();
  expect(deliveries.snapshotDelivered(A)).toBeUndefined();
  deliveries.pushed(A, [{ key: "a", value: "1" }]);
  await deliveries.stop();
  expect(calls).toEqual(["a"]);
});

test("nothing is delivered before the load, after the plugin was given up, nor after the end", async () => {
  const early = open();
  early.deliveries.pushed(A, [{ key: "name", value: "early" }]);
  early.deliveries.savedElsewhere(A, "name", now());
  await early.plugin.load();
  await early.deliveries.snapshotDelivered(A);
  expect((await early.told()).slice(1)).toEqual(byA(DEFAULTS));
  early.deliveries.pushed(A, [{ key: "name", value: "late" }]);
  expect(await early.told()).toEqual([]);
  const given = open();
  given.giveUp();
  await given.plugin.load();
  given.deliveries.pushed(A, [{ key: "name", value: "late" }]);
  await given.deliveries.snapshotDelivered(A);
  expect((await given.told()).slice(1)).toEqual([]);
});

test("at the end the rest of a snapshot is let go, and what somebody saved is still delivered", async () => {
  const { save, plugin, deliveries, told, calls } = open({ agents: [A, B] });
  await save("slow", "x");
  await plugin.load();
  await expect.poll(() => calls.includes("slow")).toBe(true);
  deliveries.pushed(B, [{ key: "name", value: "saved" }]);
  const list = await told();
  expect(list.slice(-2)).toEqual([
    [A, "slow", "x"],
    [B, "name", "saved"],
  ]);
  expect(deliveries.snapshotDelivered(A)).toBeUndefined();
});

test("the end does not wait for a plugin that does not come back, when there is no time", async () => {
  const { plugin, deliveries, calls } = open({ fixture: "config-change-hangs" });
  await plugin.load();
  deliveries.pushed(A, [
    { key: "a", value: "1" },
    { key: "b", value: "2" },
  ]);
  await expect.poll(() => calls).toEqual(["a"]);
  await deliveries.stop({ atOnce: true });
  await plugin.stop({ atOnce: true });
  expect(calls).toEqual(["a"]);
});
