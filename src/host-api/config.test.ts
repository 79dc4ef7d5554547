import { expect, test } from "vitest";
import { OTHER_AGENT, openHostApi } from "../../test/helpers/host-api.ts";
import { CONFIG_KEY_BYTES_MAX, CONFIG_VALUE_BYTES_MAX } from "../protocol/limits.ts";

const UNBOUND = { agentId: undefined };

test("a setting is read back, replaced and deleted", async () => {
  const { call, warnings } = openHostApi();
  expect(await call("config_get", ["k"])).toBeNull();
  expect(await call("config_set", ["k", "v"])).toBeNull();
  expect(await call("config_get", ["k"])).toBe("v");
  expect(await call("config_delete", ["k"])).toBeNull();
  expect(await call("config_get", ["k"])).toBeNull();
  expect(warnings).toEqual([]);
});

test("an empty text is a value", async () => {
  const { call } = openHostApi();
  await call("config_set", ["k", ""]);
  expect(await call("config_get", ["k"])).toBe("");
});

test("whoever keeps what the plugin was told last hears of its own changes, by agent and key, and of nothing else", async () => {
  const changes: string[][] = [];
  const { call } = openHostApi({ onOwnChange: (...change) => changes.push(change) });
  await call("config_set", ["k", "v"], { agentId: OTHER_AGENT });
  await call("config_get", ["k"], { agentId: OTHER_AGENT });
  await call("config_delete", ["k"], { agentId: OTHER_AGENT });
  await call("config_set", ["large", "x".repeat(CONFIG_VALUE_BYTES_MAX + 1)]);
  await call("config_set", ["k", "v"], UNBOUND);
  expect(changes).toEqual([
    [OTHER_AGENT, "k"],
    [OTHER_AGENT, "k"],
  ]);
});

test("another agent and another plugin see nothing of a setting", async () => {
  const { call, folder } = openHostApi();
  await call("config_set", ["k", "v"]);
  expect(await call("config_get", ["k"], { agentId: OTHER_AGENT })).toBeNull();
  expect(await openHostApi({ folder, pluginId: () => "q" }).call("config_get", ["k"])).toBeNull();
  expect(await openHostApi({ folder }).call("config_get", ["k"])).toBe("v");
});

test("without an agent nothing is read or written, and that is said once for each function", async () => {
  const { call, warnings } = openHostApi();
  await call("config_set", ["k", "v"]);
  for (let round = 0; round < 2; round++) {
    expect(await call("config_get", ["k"], UNBOUND)).toBeNull();
    expect(await call("config_set", ["k", "other"], UNBOUND)).toBeNull();
    expect(await call("config_delete", ["k"], UNBOUND)).toBeNull();
  }
  expect(await call("config_get", ["k"])).toBe("v");
  expect(warnings).toHaveLength(3);
  expect(warnings[0]).toMatch(/^\[PluginHostAPI\] config_get/);
});

test("a library that has not said who it is has no settings", async () => {
  const { call, warnings } = openHostApi({ pluginId: () => undefined });
  expect(await call("config_get", ["k"])).toBeNull();
  expect(await call("config_set", ["k", "v"])).toBeNull();
  expect(warnings[0]).toContain("before the plugin was loaded");
});

test("a value may have 1 MiB and not a byte more; the old one stays then", async () => {
  const { call } = openHostApi();
  const largest = "ä".repeat(CONFIG_VALUE_BYTES_MAX / 2);
  await call("config_set", ["k", largest]);
  expect(await call("config_get", ["k"])).toBe(largest);
  await call("config_set", ["k", `${largest}x`]);
  expect(await call("config_get", ["k"])).toBe(largest);
});

test("of a value that is too large is warned once for each key, with the key", async () => {
  const { call, warnings } = openHostApi();
  const tooLarge = "x".repeat(CONFIG_VALUE_BYTES_MAX + 1);
  for (const key of ["one", "two", "one", "two"]) await call("config_set", [key, tooLarge]);
  expect(warnings).toEqual([expect.stringContaining('"one"'), expect.stringContaining('"two"')]);
});

test("a key may be as long as the limit and no longer", async () => {
  const { call, warnings } = openHostApi();
  const longest = "k".repeat(CONFIG_KEY_BYTES_MAX);
  await call("config_set", [longest, "v"]);
  expect(await call("config_get", [longest])).toBe("v");
  await call("config_set", [`${longest}k`, "v"]);
  expect(await call("config_get", [`${longest}k`])).toBeNull();
  expect(warnings).toHaveLength(2);
});

test.each([
  ["without an agent", ["k", "v"], UNBOUND, "missing_agent_context", 500],
  ["with a key that is too long", ["k".repeat(CONFIG_KEY_BYTES_MAX + 1), "v"], {}, "invalid_request", 400],
] as const)("a call %s does nothing, and its row says why", async (_, args, context, errorCode, status) => {
  const { call, rows } = openHostApi();
  for (const name of ["config_get", "config_set", "config_delete"] as const) await call(name, [...args], context);
  const calls = rows.filter(({ kind }) => kind === "host");
  expect(calls.map(({ method }) => method)).toEqual(["GET", "PUT", "DELETE"]);
  for (const row of calls) expect(row).toMatchObject({ errorCode, status, response: expect.any(String) });
});

test("the row of a value that is too large says so; that of one that just fits has gone well", async () => {
  const { call, rows } = openHostApi();
  await call("config_set", ["k", "x".repeat(CONFIG_VALUE_BYTES_MAX)]);
  await call("config_set", ["k", "x".repeat(CONFIG_VALUE_BYTES_MAX + 1)]);
  expect(rows.filter(({ kind }) => kind === "host")).toMatchObject([
    { method: "PUT", path: "/host-api/config/k", status: 200, errorCode: undefined, response: null },
    { method: "PUT", path: "/host-api/config/k", status: 500, errorCode: "request_too_large" },
  ]);
});

test("the row of a library that has not said who it is says why there is nothing", async () => {
  const { call, rows } = openHostApi({ pluginId: () => undefined });
  await call("config_get", ["k"]);
  expect(rows.at(-1)).toMatchObject({ errorCode: "context_unavailable", status: 500 });
});

test("the tunnel's address is what the host knows; what was stored counts only while it knows nothing", async () => {
  let known: string | undefined;
  const { call } = openHostApi({ tunnelUrl: (agentId) => (agentId === OTHER_AGENT ? undefined : known) });
  await call("config_set", ["tunnel_url", "stored"]);
  await call("config_set", ["tunnel_url", "stored"], { agentId: OTHER_AGENT });
  expect(await call("config_get", ["tunnel_url"])).toBe("stored");
  for (known of ["https://a.example", ""]) expect(await call("config_get", ["tunnel_url"])).toBe(known);
  expect(await call("config_get", ["tunnel_url"], { agentId: OTHER_AGENT })).toBe("stored");
  expect(await call("config_get", ["tunnel_url"], UNBOUND)).toBeNull();
});
