// What a plugin prints and logs of its own secrets gets neither into its log nor to whoever listens to its lines.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { resolvePaths } from "../../src/base/paths.ts";
import type { PluginLine } from "../../src/host/connect-plugin.ts";
import { createHost } from "../../src/host/create-host.ts";
import type { NativePlugin } from "../../src/plugins/native/native-plugin.ts";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { SecretStore } from "../../src/store/secret-store.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
import { nativeFixture } from "../helpers/native-plugins.ts";
import { tempDir } from "../helpers/temp-dir.ts";

const ID = "test.prints-its-payload";
const SECRET = 'sk-"quoted"-and-\\secret';
const PART = "quoted";

/** A host whose store has the secret for the plugin with this id. */
async function openHost(pluginId: string) {
  const data = tempDir();
  const env = { OSAURUS_HOME: data, HOME: data };
  const lines: PluginLine[] = [];
  await new SecretStore(join(data, "Secrets")).set({ pluginId, agentId: DEFAULT_AGENT_ID, key: "api_key" }, SECRET);
  const host = createHost({
    paths: resolvePaths({ env, platform: "linux" }),
    env,
    cwd: data,
    onPluginLine: (line) => lines.push(line),
  });
  onTestFinished(() => host.stop());
  const native = await host.native();
  const call = (plugin: NativePlugin, input = "{}") =>
    native.callTool(plugin, { tool: "misbehave", input, agentId: DEFAULT_AGENT_ID, consent: "given" });
  const log = () => readFileSync(join(data, "Logs", ID, "log.jsonl"), "utf8");
  return { data, host, native, lines, call, log };
}

test("a tool that prints and logs its payload leaves a mark where its secrets were", async () => {
  const { data, host, native, lines, call, log } = await openHost(ID);
  installFixture(data, "prints-its-payload");
  await call(await native.plugin(ID));
  await host.stop();
  expect(log()).toContain('given {\\"_secrets\\":{\\"api_key\\":\\"[redacted]\\"');
  expect(log()).not.toContain(PART);
  expect(lines.map(({ level }) => level)).toEqual(expect.arrayContaining(["info", "output"]));
  for (const { text } of lines) expect(text).toContain('"api_key":"[redacted]"');
});

test("a crash is reported without the secrets that were printed before it", async () => {
  const { data, host, native, lines, call, log } = await openHost(ID);
  installFixture(data, "prints-its-payload");
  await call(await native.plugin(ID), '{"say":"crash"}');
  await host.stop();
  const crash = log()
    .split("\n")
    .find((line) => line.includes('"kind":"crash"'));
  expect(crash).toContain("[redacted]");
  expect(log()).not.toContain(PART);
  for (const { text } of lines) expect(text).not.toContain(PART);
});

test("a library that is not installed is listened to without its secrets as well", async () => {
  const { native, lines, call } = await openHost(`library:${ID}`);
  await call(await native.loadLibrary(nativeFixture("prints-its-payload")));
  await expect.poll(() => lines.length).toBe(2);
  for (const { text } of lines) expect(text).toContain('"api_key":"[redacted]"');
});
