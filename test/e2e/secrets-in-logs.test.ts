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
const OTHER_AGENT = "BBBBBBBB-0000-0000-0000-000000000002";
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
  await call(await native.plugin(ID), JSON.stringify({ say: SECRET }));
  await host.stop();
  expect(log()).toContain('\\"say\\":\\"[redacted]\\"');
  expect(log()).not.toContain(PART);
  expect(lines.map(({ level }) => level)).toEqual(expect.arrayContaining(["info", "output"]));
  for (const { text } of lines) {
    expect(text).toContain('"say":"[redacted]"');
    expect(text).not.toContain(PART);
  }
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

test("what is called a credential is hidden in the log, in what is printed and in Insights, although nobody keeps it", async () => {
  const { data, host, native, lines, call, log } = await openHost(ID);
  installFixture(data, "prints-its-payload");
  await call(await native.plugin(ID), '{"password":"hunter-two","url":"https://h/?token=query-part","say":"crash"}');
  const rows = JSON.stringify(await (await host.insights()).query({ limit: 100 }));
  await host.stop();
  const printed = lines.map(({ text }) => text).join("\n");
  for (const text of [log(), printed, rows]) {
    expect(text).toContain("[redacted]");
    expect(text).not.toContain("hunter-two");
    expect(text).not.toContain("query-part");
  }
});

test("a value that is stored and was asked for by nobody is hidden as well", async () => {
  const { data, host, native, lines, call, log } = await openHost(ID);
  installFixture(data, "prints-its-payload");
  await new SecretStore(join(data, "Secrets")).set(
    { pluginId: ID, agentId: OTHER_AGENT, key: "k" },
    "of-another-agent",
  );
  const plugin = await native.plugin(ID);
  await expect
    .poll(async () => {
      lines.length = 0;
      await call(plugin, '{"say":"of-another-agent"}');
      return lines.map(({ text }) => text).join("");
    })
    .not.toContain("of-another-agent");
  await host.stop();
  expect(log()).toContain('"say\\":\\"[redacted]');
});

test("a library that is not installed is listened to without its secrets as well", async () => {
  const { native, lines, call } = await openHost(`library:${ID}`);
  await call(await native.loadLibrary(nativeFixture("prints-its-payload")), JSON.stringify({ say: SECRET }));
  await expect.poll(() => lines.length).toBe(2);
  for (const { text } of lines) {
    expect(text).toContain('"say":"[redacted]"');
    expect(text).not.toContain(PART);
  }
});
