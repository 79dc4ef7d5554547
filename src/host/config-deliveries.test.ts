// What no real plugin does at the right moment; the rest is in test/contract/config-deliveries.test.ts.

import { expect, test } from "vitest";
import type { Manifest } from "../protocol/manifest.ts";
import { ConfigDeliveries } from "./config-deliveries.ts";

const AGENT = "A";

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
  await deliveries.snapshotDelivered();
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
  await deliveries.snapshotDelivered();
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
  await deliveries.snapshotDelivered();
  expect([looks, told]).toEqual([2, ["a"]]);
});

test("when nobody knows whom to tell, that is noted, and what is saved later is delivered", async () => {
  const told: string[] = [];
  const { deliveries, warnings } = open(
    (key) => void told.push(key),
    () => Promise.reject(new Error("disk on fire")),
  );
  deliveries.loaded(pluginWith(["a", "1"]));
  deliveries.pushed(AGENT, [{ key: "b", value: "2" }]);
  await deliveries.snapshotDelivered();
  await deliveries.stop();
  expect(told).toEqual(["b"]);
  expect(warnings).toEqual([expect.stringContaining("the settings of its agents cannot be delivered")]);
});
