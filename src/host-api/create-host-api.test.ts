import { chmodSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import type { HostFunction } from "../protocol/host-slots.ts";
import { CONFIG_KEY_BYTES_MAX, CONFIG_VALUE_BYTES_MAX } from "../protocol/limits.ts";
import { SecretStore } from "../store/secret-store.ts";
import { createHostApi } from "./create-host-api.ts";

const AGENT = "AAAAAAAA-0000-0000-0000-000000000001";
const OTHER_AGENT = "BBBBBBBB-0000-0000-0000-000000000002";

/** The host API of one plugin over a store, and the warnings that it gave. */
function hostApi(folder = join(tempDir(), "secrets"), pluginId: string | undefined = "p") {
  const warnings: string[] = [];
  const handler = createHostApi({
    pluginId: () => pluginId,
    secrets: new SecretStore(folder),
    warn: (text) => warnings.push(text),
  });
  const call = async (name: HostFunction, args: (string | null)[] = [], agentId: string | undefined = AGENT) =>
    await handler({ name, args, agentId, chunk: async () => undefined });
  return { call, warnings, folder };
}

test("a setting is read back, replaced and deleted; setting it tells the plugin nothing", async () => {
  const { call, warnings } = hostApi();
  expect(await call("config_get", ["k"])).toBeNull();
  expect(await call("config_set", ["k", "v"])).toBeNull();
  expect(await call("config_get", ["k"])).toBe("v");
  expect(await call("config_set", ["k", ""])).toBeNull();
  expect(await call("config_get", ["k"])).toBe("");
  expect(await call("config_delete", ["k"])).toBeNull();
  expect(await call("config_get", ["k"])).toBeNull();
  expect(warnings).toEqual([]);
});

test("another agent and another plugin see nothing of it", async () => {
  const { call, folder } = hostApi();
  await call("config_set", ["k", "v"]);
  expect(await call("config_get", ["k"], OTHER_AGENT)).toBeNull();
  expect(await hostApi(folder, "q").call("config_get", ["k"])).toBeNull();
  expect(await hostApi(folder, "p").call("config_get", ["k"])).toBe("v");
});

test("without an agent nothing is read or written, and that is said once for each function", async () => {
  const { call, warnings, folder } = hostApi();
  const handler = createHostApi({
    pluginId: () => "p",
    secrets: new SecretStore(folder),
    warn: (text) => warnings.push(text),
  });
  const unbound = async (name: HostFunction, args: string[]) =>
    await handler({ name, args, agentId: undefined, chunk: async () => undefined });
  await call("config_set", ["k", "v"]);
  for (let round = 0; round < 2; round++) {
    expect(await unbound("config_get", ["k"])).toBeNull();
    expect(await unbound("config_set", ["k", "other"])).toBeNull();
    expect(await unbound("config_delete", ["k"])).toBeNull();
  }
  expect(await call("config_get", ["k"])).toBe("v");
  expect(warnings).toHaveLength(3);
  expect(warnings[0]).toMatch(/^\[PluginHostAPI\] config_get/);
});

test("the same warning is given once", async () => {
  const { call, warnings } = hostApi();
  const tooLarge = "x".repeat(CONFIG_VALUE_BYTES_MAX + 1);
  for (let round = 0; round < 3; round++) await call("config_set", ["k", tooLarge]);
  await call("config_set", ["another", tooLarge]);
  expect(warnings).toHaveLength(1);
});

test("a value may have 1 MiB and not a byte more; the old one stays then", async () => {
  const { call } = hostApi();
  const largest = "ä".repeat(CONFIG_VALUE_BYTES_MAX / 2);
  await call("config_set", ["k", largest]);
  expect(await call("config_get", ["k"])).toBe(largest);
  await call("config_set", ["k", `${largest}x`]);
  expect(await call("config_get", ["k"])).toBe(largest);
});

test("a key may be as long as the limit and no longer", async () => {
  const { call, warnings } = hostApi();
  const longest = "k".repeat(CONFIG_KEY_BYTES_MAX);
  await call("config_set", [longest, "v"]);
  expect(await call("config_get", [longest])).toBe("v");
  await call("config_set", [`${longest}k`, "v"]);
  expect(await call("config_get", [`${longest}k`])).toBeNull();
  expect(warnings).toHaveLength(2);
});

test.each<HostFunction>(["db_exec", "db_query", "dispatch", "task_status", "complete", "complete_stream", "embed"])(
  "%s is answered with not_supported",
  async (name) => {
    expect(JSON.parse((await hostApi().call(name, ["{}"]))!)).toEqual({
      error: "not_supported",
      message: expect.stringContaining(name),
    });
  },
);

test.each<HostFunction>(["dispatch_cancel", "dispatch_clarify", "send_draft", "dispatch_interrupt", "complete_cancel"])(
  "%s has no answer, so its refusal is a warning",
  async (name) => {
    const { call, warnings } = hostApi();
    expect(await call(name, ["x"])).toBeNull();
    expect(await call(name, ["x"])).toBeNull();
    expect(warnings).toHaveLength(1);
  },
);

test("before the plugin's id is known there is no context", async () => {
  const warnings: string[] = [];
  const handler = createHostApi({
    pluginId: () => undefined,
    secrets: new SecretStore(tempDir()),
    warn: (text) => warnings.push(text),
  });
  expect(await handler({ name: "config_get", args: ["k"], agentId: AGENT, chunk: async () => undefined })).toBeNull();
  expect(warnings[0]).toContain("before the plugin was loaded");
});

test("a store that cannot be read is a warning and NULL, not an exception", async () => {
  const { call, warnings, folder } = hostApi();
  await call("config_set", ["k", "v"]);
  const file = readdirSync(folder, { recursive: true, encoding: "utf8" }).find((path) => path.split("/").length === 3)!;
  chmodSync(join(folder, file), 0o600);
  writeFileSync(join(folder, file), "damaged");
  expect(await call("config_get", ["k"])).toBeNull();
  expect(warnings[0]).toMatch(/config_get failed: a stored secret .* cannot be decrypted/);
});
