// What no real plugin does at the right moment; the rest is in test/contract/config-deliveries.test.ts.

import { expect, test } from "vitest";
import { HostError } from "../protocol/errors.ts";
import type { Manifest } from "../protocol/manifest.ts";
import { ConfigDeliveries } from "./config-deliveries.ts";

const AGENT = "AAAAAAAA-0000-0000-0000-000000000001";
const OTHER = "BBBBBBBB-0000-0000-0000-000000000002";

function pluginWith(...defaults: [key: string, value: string][]) {
  const fields = defaults.map(([key, value]) => ({ key, type: "text" as const, label: key, default: value }));
  const manifest: Pick<Manifest, "capabilities"> = { capabilities: { config: { sections: [{ title: "", fields }] } } };
  return { features: { config: true }, manifest };
}

/** Deliveries to a plugin that does `told` with each. */
function open(told: (key: string, value: string) => Promise<void> | void, agents = async () => [AGENT]) {
  const warnings: string[] = [];
  const deliveries: ConfigDeliveries = new ConfigDeliveries({
    pluginId: () => "p",
    secrets: { get: async () => undefined },
    agents,
    changeConfig: async ({ key, value }) => await told(key, value),
    isServed: () => true,
    warn: (text) => warnings.push(text),
  });
  return { deliveries, warnings };
}

test("a key that stands in two fields is one setting, as the first field says", async () => {
  const told: string[] = [];
  const { deliveries } = open((key, value) => void told.push(`${key}=${value}`));
  deliveries.loaded(pluginWith(["a", "1"], ["b", "2"], ["a", "3"]));
  await deliveries.snapshotDelivered(AGENT);
  expect(told).toEqual(["a=1", "b=2"]);
});

test("what the process before was told is not what the next one knows, however late that one returned", async () => {
  const told: string[] = [];
  const plugin = pluginWith(["a", "1"], ["b", "2"]);
  const { deliveries } = open((key) => {
    told.push(key);
    if (told.length === 1) deliveries.loaded(plugin);
  });
  deliveries.loaded(plugin);
  await deliveries.snapshotDelivered(AGENT);
  expect(told).toEqual(["a", "a", "b"]);
});

test("a load while it is being found out whom to tell leads to one snapshot", async () => {
  const told: string[] = [];
  let looks = 0;
  const plugin = pluginWith(["a", "1"]);
  const { deliveries } = open(
    (key) => void told.push(key),
    async () => {
      if (++looks === 1) deliveries.loaded(plugin);
      return [AGENT];
    },
  );
  deliveries.loaded(plugin);
  await deliveries.snapshotDelivered(AGENT);
  expect([looks, told]).toEqual([2, ["a"]]);
});

test("when nobody knows whom to tell, that is noted, and those who call or are told of something get theirs", async () => {
  const told: string[] = [];
  const { deliveries, warnings } = open(
    (key) => void told.push(key),
    () => Promise.reject(new Error("disk on fire")),
  );
  deliveries.loaded(pluginWith(["a", "1"]));
  deliveries.pushed(AGENT, [{ key: "b", value: "2" }]);
  await deliveries.snapshotDelivered(AGENT);
  await deliveries.stop();
  expect(told).toEqual(["a", "b"]);
  expect(warnings).toEqual([expect.stringContaining("the settings of its agents cannot be delivered")]);
});

test("a call that waits for the snapshot of a new agent is told in the next process when this one ends over it", async () => {
  const told: string[] = [];
  const plugin = pluginWith(["a", "1"], ["b", "2"]);
  const { deliveries } = open(
    (key) => {
      told.push(key);
      if (told.length === 1) throw new HostError("plugin_crashed", "it crashed");
    },
    async () => [],
  );
  deliveries.loaded(plugin);
  await deliveries.snapshotDelivered(AGENT);
  expect(told).toEqual(["a"]);
  deliveries.loaded(plugin);
  await deliveries.snapshotDelivered(AGENT);
  expect(told).toEqual(["a", "a", "b"]);
  expect(deliveries.snapshotDelivered(AGENT)).toBeUndefined();
});

test("an agent that knows its settings waits for no other agent's snapshot", async () => {
  const { promise: hangs, resolve: goOn } = Promise.withResolvers<void>();
  let isSlow = false;
  const { deliveries } = open(async () => {
    if (isSlow) await hangs;
  });
  deliveries.loaded(pluginWith(["a", "1"]));
  await deliveries.snapshotDelivered(AGENT);
  isSlow = true;
  const other = deliveries.snapshotDelivered(OTHER);
  expect(deliveries.snapshotDelivered(AGENT)).toBeUndefined();
  goOn();
  await other;
  expect(deliveries.snapshotDelivered(OTHER)).toBeUndefined();
});

test.each(["", "default", OTHER.toLowerCase(), `${OTHER}\n`, "../x"])(
  "what is no agent's id, %j, gets no snapshot",
  async (id) => {
    const told: string[] = [];
    const { deliveries } = open((key) => void told.push(key));
    deliveries.loaded(pluginWith(["a", "1"]));
    await deliveries.snapshotDelivered(AGENT);
    expect(deliveries.snapshotDelivered(id)).toBeUndefined();
    await deliveries.stop();
    expect(told).toEqual(["a"]);
  },
);
