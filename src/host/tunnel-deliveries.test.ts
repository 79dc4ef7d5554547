// What no real plugin does at the right moment; the rest is in test/contract/tunnel.test.ts.

import { expect, test } from "vitest";
import { eventually } from "../../test/helpers/eventually.ts";
import { HostError } from "../protocol/errors.ts";
import { CONFIG_DELIVERY_TRIES_MAX } from "../protocol/limits.ts";
import type { Manifest } from "../protocol/manifest.ts";
import { TunnelDeliveries } from "./tunnel-deliveries.ts";

/** However busy the machine is. */
const A = "AAAAAAAA-0000-0000-0000-000000000001";
const B = "BBBBBBBB-0000-0000-0000-000000000002";
const ROUTE = { id: "r", path: "/r", methods: ["GET"], auth: "owner" as const, tunnel_exposed: false };

function pluginWith({ routes = [ROUTE], config = true }: { routes?: (typeof ROUTE)[]; config?: boolean } = {}) {
  const manifest: Pick<Manifest, "capabilities"> = { capabilities: { routes } };
  return { features: { config }, manifest };
}

interface How {
  readonly connected?: Record<string, string>;
  told?(agentId: string, value: string): Promise<void> | void;
  snapshot?(agentId: string): Promise<void> | undefined;
}

function open({ connected = {}, told = () => {}, snapshot = () => undefined }: How = {}) {
  const all: string[] = [];
  const warnings: string[] = [];
  const deliveries = new TunnelDeliveries({
    connected: () => new Map(Object.entries(connected)),
    settings: { snapshotDelivered: snapshot, tellAgain: (agentId) => void all.push(`again ${agentId[0]}`) },
    changeConfig: async ({ agentId, key, value }) => {
      all.push(`${agentId[0]} ${key}=${value}`);
      await told(agentId, value);
    },
    isServed: () => true,
    warn: (text) => warnings.push(text),
  });
  const change = (agentId: string, url: string, isReconnect = false) =>
    deliveries.changed({ agentId, url, isReconnect });
  return { deliveries, change, all, warnings };
}

test("a plugin that is loaded is told of the agents that are connected", async () => {
  const { deliveries, all } = open({ connected: { [A]: "a", [B]: "b" } });
  deliveries.loaded(pluginWith());
  await eventually(() => expect(all).toEqual(["A tunnel_url=a", "B tunnel_url=b"]));
});

test.each([
  ["without routes", pluginWith({ routes: [] })],
  ["without on_config_changed", pluginWith({ config: false })],
])("a plugin %s is told nothing", async (_what, plugin) => {
  const { deliveries, change, all } = open({ connected: { [A]: "a" } });
  deliveries.loaded(plugin);
  change(A, "a2");
  change(A, "b", true);
  const other = open({ connected: { [A]: "a" } });
  other.deliveries.loaded(pluginWith());
  await eventually(() => expect(other.all.length).toBe(1));
  expect(all).toEqual([]);
});

test("before a plugin is loaded it is told nothing, and then what counts by then", async () => {
  const { deliveries, change, all } = open({ connected: { [A]: "new" } });
  change(A, "old");
  deliveries.loaded(pluginWith());
  await eventually(() => expect(all).toEqual(["A tunnel_url=new"]));
});

test("what was pushed last is not pushed again, and nobody loses an address that it never had", async () => {
  const { deliveries, change, all } = open();
  deliveries.loaded(pluginWith());
  change(B, "");
  change(A, "a");
  await eventually(() => expect(all.length).toBe(1));
  change(A, "a");
  change(A, "");
  await eventually(() => expect(all.length).toBe(2));
  change(A, "");
  change(A, "a2");
  await eventually(() => expect(all).toEqual(["A tunnel_url=a", "A tunnel_url=", "A tunnel_url=a2"]));
});

test("after a reconnect the snapshot and the address are told again, whatever was told before", async () => {
  const { deliveries, change, all } = open();
  deliveries.loaded(pluginWith());
  change(A, "a");
  await eventually(() => expect(all.length).toBe(1));
  change(A, "a", true);
  await eventually(() => expect(all).toEqual(["A tunnel_url=a", "again A", "A tunnel_url=a"]));
});

test("a reconnect is told of also when something else of the agent becomes known before", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { deliveries, change, all } = open({ told: (agentId) => (agentId === B ? promise : undefined) });
  deliveries.loaded(pluginWith());
  change(A, "a");
  await eventually(() => expect(all.length).toBe(1));
  change(B, "b"); // It takes its time.
  await eventually(() => expect(all.length).toBe(2));
  change(A, "a", true);
  change(A, "a");
  resolve();
  await eventually(() => expect(all).toEqual(["A tunnel_url=a", "B tunnel_url=b", "again A", "A tunnel_url=a"]));
});

test("an address waits for the agent's snapshot; that an agent is gone does not", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { deliveries, change, all } = open({
    connected: { [B]: "b" },
    snapshot: (id) => (id === A ? promise : undefined),
  });
  deliveries.loaded(pluginWith());
  await eventually(() => expect(all).toEqual(["B tunnel_url=b"]));
  change(B, "");
  change(A, "a");
  await eventually(() => expect(all.at(-1)).toBe("B tunnel_url="));
  resolve();
  await eventually(() => expect(all.at(-1)).toBe("A tunnel_url=a"));
});

test("a slow plugin gets the newest address of each agent, and none in between", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { deliveries, change, all } = open({ told: () => promise });
  deliveries.loaded(pluginWith());
  change(A, "1");
  await eventually(() => expect(all.length).toBe(1));
  for (const url of ["2", "", "3"]) change(A, url);
  change(B, "b");
  resolve();
  await eventually(() => expect(all).toEqual(["A tunnel_url=1", "A tunnel_url=3", "B tunnel_url=b"]));
});

test("the next process of the plugin is told what the one before was told, however late that one returned", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  let isFirst = true;
  const { deliveries, all } = open({ connected: { [A]: "a" }, told: () => (isFirst ? promise : undefined) });
  deliveries.loaded(pluginWith());
  await eventually(() => expect(all.length).toBe(1));
  isFirst = false;
  deliveries.loaded(pluginWith());
  resolve();
  await eventually(() => expect(all).toEqual(["A tunnel_url=a", "A tunnel_url=a"]));
});

test(`an address over which ${CONFIG_DELIVERY_TRIES_MAX} processes ended is not told again until the plugin is reloaded`, async () => {
  const { deliveries, all, warnings } = open({
    connected: { [A]: "a" },
    told: () => {
      throw new HostError("plugin_crashed", "it crashed");
    },
  });
  for (let load = 1; load <= CONFIG_DELIVERY_TRIES_MAX; load++) {
    deliveries.loaded(pluginWith());
    await eventually(() => expect(all.length).toBe(load));
    await eventually(() => expect(warnings.length).toBeGreaterThanOrEqual(load));
  }
  deliveries.loaded(pluginWith()); // The crash made this load necessary.
  await new Promise((done) => setImmediate(done));
  expect(all.length).toBe(CONFIG_DELIVERY_TRIES_MAX);
  expect(warnings.at(-1)).toContain("until the plugin is reloaded");
  deliveries.loaded(pluginWith()); // Somebody reloaded it.
  await eventually(() => expect(all.length).toBe(CONFIG_DELIVERY_TRIES_MAX + 1));
});

test("a plugin that is stopped is told nothing more", async () => {
  const { deliveries, change, all, warnings } = open();
  deliveries.loaded(pluginWith());
  deliveries.stop();
  change(A, "a");
  await new Promise((done) => setImmediate(done));
  expect([all, warnings]).toEqual([[], []]);
});
