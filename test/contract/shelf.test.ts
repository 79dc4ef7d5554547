// The shelf with real plugins of both kinds: what is on it, what calls of it do, and what they cannot be made to do.

import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { formatOrderedJson } from "../../src/base/ordered-json.ts";
import { resolvePaths } from "../../src/base/paths.ts";
import type { PluginLine } from "../../src/host/connect-plugin.ts";
import { createHost, type HostOptions } from "../../src/host/create-host.ts";
import type { Agent, ToolSelection } from "../../src/protocol/agent.ts";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import type { ShelfCall } from "../../src/tools/shelf.ts";
import { type InstallFixtureOptions, installFixture } from "../helpers/installed-plugin.ts";
import { pluginDir } from "../helpers/process-fixtures.ts";
import { isRunning, untilGone, untilLine } from "../helpers/processes.ts";
import { recordConfig } from "../helpers/record-config.ts";
import { tempDir } from "../helpers/temp-dir.ts";

function agent(tools: ToolSelection = { mode: "all" }, id = DEFAULT_AGENT_ID): Agent {
  const none = { model: null, temperature: null, maxTokens: null };
  const time = "2026-01-01T00:00:00.000Z";
  const names = { id, name: "default", systemPrompt: "", isDefault: true };
  return { ...names, ...none, tools, createdAt: time, updatedAt: time };
}

interface Setting {
  readonly data: string;
  /** A folder of process plugins. */
  readonly plugins: string;
  readonly env: Readonly<Record<string, string>>;
}

function makeSetting(): Setting {
  const data = tempDir();
  const env = { OSAURUS_HOME: data, HOME: data, PATH: process.env["PATH"]!, XDG_CACHE_HOME: join(data, "cache") };
  return { data, plugins: tempDir(), env };
}

function openHost({ data, plugins, env }: Setting, options: Partial<HostOptions> = {}) {
  const lines: PluginLine[] = [];
  const host = createHost({
    paths: resolvePaths({ env, platform: "linux" }),
    env,
    cwd: data,
    pluginDirs: [plugins],
    onPluginLine: (line) => void lines.push(line),
    ...options,
  });
  onTestFinished(() => host.stop());
  const names = async (tools?: ToolSelection) =>
    (await (await host.shelf()).list(agent(tools))).map(({ name }) => name);
  const call = async (tool: string, input: unknown = {}, more: Partial<ShelfCall> = {}) => {
    const text = typeof input === "string" ? input : JSON.stringify(input);
    const shelf = await host.shelf();
    return await shelf.call({ tool, input: text, agent: agent(), agentId: DEFAULT_AGENT_ID, ...more });
  };
  return { host, lines, names, call };
}

/** Writes a process plugin whose command shows the words it got, or does what `body` says. */
function writeTool({ plugins }: Setting, id: string, commands: readonly object[], body = SHOW): string {
  const path = join(plugins, `osp-${id}`);
  const description = { protocol_version: 1, plugin_id: id, plugin_version: "1.0.0", commands };
  const text = `#!${process.execPath}
if (process.argv[2] === "--describe") console.log(${JSON.stringify(JSON.stringify(description))});
else { ${body} }
`;
  // Beside it, so that the file is whole when it has its name.
  writeFileSync(path, text);
  chmodSync(path, 0o755);
  return path;
}

const answer = (data: string) => `console.log('{"protocol_version":1,"ok":true,"data":' + ${data} + ',"meta":{}}')`;
const SHOW = answer("JSON.stringify(process.argv.slice(2))");
const HOST = { name: "inventory", subcommands: [{ name: "host", args: [{ name: "name" }], flags: { "--limit": {} } }] };

describe("what is on the shelf", () => {
  test("tools of both kinds with names of their own, in an order that stays", async () => {
    const setting = makeSetting();
    installFixture(setting.data, "segfaults");
    installFixture(setting.data, "echoes");
    writeTool(setting, "my-echo", [{ name: "echo" }]);
    writeTool(setting, "inventory", [HOST]);
    const { names, host } = openHost(setting);
    const expected = [
      ...["test_echoes__echo", "test_echoes__misbehave", "test_segfaults__echo", "test_segfaults__misbehave"],
      ...["inventory_host", "my-echo__echo"],
    ];
    expect(await names()).toEqual(expected);
    expect(await names()).toEqual(expected);
    const shelf = await host.shelf();
    const tools = await shelf.list(agent());
    expect(tools.map(({ kind }) => kind)).toEqual([...Array(4).fill("native"), "process", "process"]);
    expect(tools[0]).toMatchObject({ pluginId: "test.echoes", toolId: "echo", policy: "auto", annotations: {} });
    expect(tools[0]!.inputSchema).toEqual({ type: "object", properties: {} });
    expect(tools[4]).toMatchObject({
      pluginId: "inventory",
      toolId: "inventory host",
      policy: "auto",
      annotations: {},
    });
    expect(await shelf.missing()).toEqual([]);
  });

  test("plugins of both kinds with one id stay apart, in names and in what was decided", async () => {
    const setting = makeSetting();
    installFixture(setting.data, "echoes");
    const path = join(setting.plugins, "osp-test-echoes");
    const text = `#!/bin/sh
[ "$1" = --describe ] && echo '{"protocol_version":1,"plugin_id":"test.echoes","plugin_version":"1","commands":[{"name":"echo"}]}' && exit
echo '{"protocol_version":1,"ok":true,"data":"process","meta":{}}'
`;
    writeFileSync(path, text, { mode: 0o755 });
    const { names, call, host } = openHost(setting);
    expect(await names()).toEqual(["test_echoes__echo", "misbehave", "process_test_echoes__echo"]);
    const native = { ok: true, result: "native" };
    expect((await call("test.echoes/echo", native)).envelope).toMatchObject({ result: "native" });
    expect((await call("process:test.echoes/echo")).envelope).toMatchObject({ result: "process" });
    const permissions = await host.permissions();
    await permissions.set("test.echoes/echo", "deny", null);
    expect((await call("process_test_echoes__echo")).envelope).toMatchObject({ ok: true });
    expect((await call("test_echoes__echo", native)).envelope).toMatchObject({ ok: false, code: "tool_denied" });
    await permissions.set("process:test.echoes/echo", "deny", null);
    expect((await call("process_test_echoes__echo")).envelope).toMatchObject({ ok: false, code: "tool_denied" });
  });

  test("tools that are named besides are there whatever the selection says, to be seen and to be called", async () => {
    const setting = makeSetting();
    installFixture(setting.data, "echoes");
    writeTool(setting, "my-words", [{ name: "words" }]);
    const { host, call } = openHost(setting);
    const shelf = await host.shelf();
    const none = agent({ mode: "only", names: [] });
    const also = [{ pluginId: "test.echoes", toolId: "echo" }];
    const names = async (...given: Parameters<typeof shelf.list>) =>
      (await shelf.list(...given)).map(({ name }) => name);
    expect(await names(none)).toEqual([]);
    expect(await names(none, also)).toEqual(["echo"]);
    const input = { ok: true, result: "here" };
    await expect(call("echo", input, { agent: none })).rejects.toMatchObject({ code: "tool_unknown" });
    expect((await call("echo", input, { agent: none, also })).envelope).toMatchObject({ ok: true, result: "here" });
    await expect(call("misbehave", input, { agent: none, also })).rejects.toMatchObject({ code: "tool_unknown" });
    // They have the place that they always have, and are there once.
    expect(await names(agent(), also)).toEqual(await names(agent()));
  });

  test("of what is named besides, nothing counts that is no tool of a native plugin", async () => {
    const setting = makeSetting();
    installFixture(setting.data, "echoes");
    writeTool(setting, "my-words", [{ name: "words" }]);
    const { host, call } = openHost(setting);
    const none = agent({ mode: "only", names: [] });
    const also = [
      { pluginId: "my-words", toolId: "words" },
      { pluginId: "process:my-words", toolId: "words" },
      { pluginId: "test.echoes", toolId: "*" },
      { pluginId: "test.echoes", toolId: "no-such-tool" },
      { pluginId: "no.such.plugin", toolId: "echo" },
    ];
    expect(await (await host.shelf()).list(none, also)).toEqual([]);
    await expect(call("words", {}, { agent: none, also })).rejects.toMatchObject({ code: "tool_unknown" });
  });

  test("an agent has what its selection leaves, and calls nothing else", async () => {
    const setting = makeSetting();
    installFixture(setting.data, "echoes");
    writeTool(setting, "inventory", [HOST]);
    const { names, call } = openHost(setting);
    const only: ToolSelection = { mode: "only", names: ["test.echoes/echo"] };
    expect(await names(only)).toEqual(["echo"]);
    expect(await names({ mode: "except", names: ["test.echoes/*"] })).toEqual(["inventory_host"]);
    const refused = call("inventory_host", {}, { agent: agent(only) });
    await expect(refused).rejects.toMatchObject({ code: "tool_unknown" });
    expect((await call("inventory_host")).envelope.ok).toBe(true);
  });

  test("a list loads no plugin that said before what it is, and a call does", async () => {
    const setting = makeSetting();
    installFixture(setting.data, "echoes");
    const first = openHost(setting);
    expect(await first.names()).toEqual(["echo", "misbehave"]);
    await first.host.stop();
    const { names, call, host } = openHost(setting);
    expect(await names()).toEqual(["echo", "misbehave"]);
    const native = await host.native();
    expect(native.servingPlugin("test.echoes")).toBeUndefined();
    expect((await call("echo", { ok: true, result: 1 })).envelope).toMatchObject({ ok: true, result: 1 });
    expect(native.servingPlugin("test.echoes")?.state).toBe("loaded");
  });

  test.each<[string, string, InstallFixtureOptions, RegExp]>([
    ["crashes while it is loaded", "load-init-crashes", {}, /./],
    ["has no consent", "echoes", { consent: false }, /waits for your consent/],
    ["is not what its receipt says", "echoes", { receipt: { plugin_id: "test.other" } }, /the receipt/],
  ])(
    "a plugin that %s has no tools, whatever it said before, and why is known",
    async (_what, fixture, how, reason) => {
      const setting = makeSetting();
      const folder = installFixture(setting.data, fixture, how);
      const manifest = { plugin_id: `test.${fixture}`, capabilities: { tools: [{ id: "kept", description: "" }] } };
      if (fixture === "echoes") writeFileSync(join(folder, ".manifest.json"), JSON.stringify(manifest));
      const { names, host } = openHost(setting);
      expect(await names()).toEqual([]);
      const missing = await (await host.shelf()).missing();
      expect(missing).toMatchObject([{ pluginId: `test.${fixture}`, reason: expect.stringMatching(reason) }]);
    },
  );

  test("a plugin that is broken on the way is missing, and those beside it are there", async () => {
    const setting = makeSetting();
    writeTool(setting, "good", [{ name: "good" }]);
    writeTool(setting, "bad", [{ name: "BAD NAME" }]);
    const { names, host } = openHost(setting);
    expect(await names()).toEqual(["good"]);
    expect(await (await host.shelf()).missing()).toMatchObject([{ pluginId: "bad" }]);
  });

  test("a plugin of which nobody can say what was approved has no tools, and those beside it are there", async () => {
    const setting = makeSetting();
    installFixture(setting.data, "echoes");
    writeTool(setting, "inventory", [HOST]);
    const first = openHost(setting);
    expect(await first.names()).toHaveLength(3);
    await first.host.stop();
    const folder = join(setting.data, "Definitions");
    const [file] = readdirSync(folder).filter((name) => readFileSync(join(folder, name), "utf8").includes("inventory"));
    writeFileSync(join(folder, file!), "{");
    const { names, host, call } = openHost(setting);
    expect(await names()).toEqual(["echo", "misbehave"]);
    expect(await (await host.shelf()).missing()).toMatchObject([{ pluginId: "inventory", toolId: "inventory host" }]);
    expect((await call("inventory_host")).envelope).toMatchObject({ ok: false, code: "store_broken" });
  });

  test("hidden characters of both kinds of plugins are visible in everything that models get", async () => {
    const setting = makeSetting();
    installFixture(setting.data, "hides-its-words");
    const about = "a\u202eb\u{e0041}\u001b[2J";
    writeTool(setting, "hides", [{ name: "hides", about, args: [{ name: "n\u200b", about: "c\u200bd" }] }]);
    const tools = await (await openHost(setting).host.shelf()).list(agent());
    expect(JSON.stringify(tools)).not.toMatch(/[\p{Cf}\p{Cc}\p{Default_Ignorable_Code_Point}]|\\u/u);
    for (const { description } of tools) expect(description).toBe("a<U+202E>b<U+E0041><U+001B>[2J");
    const n = { type: "string", description: "c<U+200B>d", enum: ["e<U+2066>f"] };
    expect(tools[0]!.inputSchema).toEqual({ type: "object", properties: { n } });
  });

  test("what is installed, removed, added or changed while the host runs is noticed, and told to whoever asked", async () => {
    const setting = makeSetting();
    writeTool(setting, "one", [{ name: "one" }]);
    const { names, host } = openHost(setting);
    expect(await names()).toEqual(["one"]);
    let told = 0;
    const end = (await host.shelf()).onChange(() => told++);
    installFixture(setting.data, "echoes");
    writeTool(setting, "two", [{ name: "two" }]);
    await expect.poll(() => names()).toEqual(["echo", "misbehave", "one", "two"]);
    await expect.poll(() => told).toBeGreaterThan(0);
    end();
    rmSync(join(setting.data, "Tools/test.echoes"), { recursive: true });
    rmSync(join(setting.plugins, "osp-one"));
    writeTool(setting, "two", [{ name: "two", subcommands: [{ name: "parts" }] }]);
    await expect.poll(() => names()).toEqual(["two_parts"]);
  });
});

describe("a call of a process command", () => {
  test("runs it with the arguments as words, gives its answer without loss and its messages as warnings", async () => {
    const setting = makeSetting();
    const messages = '"messages":[{"level":"warning","text":"careful"}]';
    const body = `console.log('{"protocol_version":1,"ok":true,"data":{"id":12345678901234567890,"argv":' + JSON.stringify(process.argv.slice(2)) + '},${messages},"meta":{}}')`;
    writeTool(setting, "inventory", [HOST], body);
    const { call } = openHost(setting);
    const outcome = await call("inventory_host", { name: "; rm -rf /", limit: 5 });
    const argv = ["inventory", "host", "; rm -rf /", "--limit", "5"];
    expect(outcome.envelope).toEqual({
      ok: true,
      tool: "inventory host",
      result: { id: 12345678901234567000, argv },
      warnings: [{ level: "warning", text: "careful" }],
    });
    expect(formatOrderedJson(outcome.exactResult()!)).toBe(
      `{"id":12345678901234567890,"argv":${JSON.stringify(argv)}}`,
    );
  });

  test.each(["inventory_host", "inventory host", "inventory/inventory host", "process:inventory/inventory host"])(
    "finds it as %s",
    async (name) => {
      const setting = makeSetting();
      writeTool(setting, "inventory", [HOST]);
      expect((await openHost(setting).call(name)).envelope.ok).toBe(true);
    },
  );

  test("a value cannot become a flag, and nothing is started over it", async () => {
    const setting = makeSetting();
    const mark = join(setting.data, "started");
    writeTool(setting, "inventory", [HOST], `require("node:fs").writeFileSync(${JSON.stringify(mark)}, ""); ${SHOW}`);
    const { call, host } = openHost(setting);
    const smuggled = await call("inventory_host", { name: "--delete-everything" });
    expect(smuggled.envelope).toMatchObject({ ok: false, kind: "invalid_args", field: "name" });
    expect(existsSync(mark)).toBe(false);
    // Nothing else would have stopped it: the command gets such a word wherever nobody looks at it.
    const processes = await host.processes();
    const provider = await processes.provider("inventory", {});
    const { hints } = await processes.toolSettings();
    const { data } = await processes.run({ provider, args: ["host", "--delete-everything"], hints });
    expect(data).toEqual(["inventory", "host", "--delete-everything"]);
    expect(existsSync(mark)).toBe(true);
  });

  test("a plugin that says no gives a failure in its own words", async () => {
    const setting = makeSetting();
    const { call } = openHost({ ...setting, plugins: pluginDir("refuses") });
    expect(await call("refuses")).toMatchObject({
      envelope: { ok: false, kind: "execution_error", code: "NOT_FOUND", message: "no kettle named blue" },
      breakdown: undefined,
    });
  });

  test.each([
    ["exits-3", "process_failed", "execution_error"],
    ["crashes", "process_killed", "execution_error"],
    ["not-json", "response_not_json", "execution_error"],
    ["invalid-response", "response_invalid", "execution_error"],
  ])("%s is a failure with a code", async (fixture, code, kind) => {
    const setting = makeSetting();
    const { call, lines } = openHost({ ...setting, plugins: pluginDir(fixture) });
    const { envelope, breakdown } = await call(fixture);
    expect(envelope).toMatchObject({ ok: false, kind, code });
    expect(breakdown?.code).toBe(code);
    if (fixture === "exits-3") expect(lines.map(({ text }) => text).join()).toContain("the oven is cold");
  });

  test("one that hangs is ended at the end of its time, and nothing of it is left", async () => {
    const setting = makeSetting();
    const pidFile = join(setting.data, "pid");
    writeTool(setting, "hangs", [{ name: "hangs" }], HANG(pidFile));
    const { call } = openHost(setting);
    const { envelope, breakdown } = await call("hangs", {}, { timeoutMs: 1_000 });
    expect(envelope).toMatchObject({ ok: false, kind: "timeout", code: "process_timeout", retryable: true });
    expect(breakdown?.code).toBe("process_timeout");
    await untilGone(Number(await untilLine(pidFile)));
  });

  test("the caller's signal ends it at once", async () => {
    const setting = makeSetting();
    const pidFile = join(setting.data, "pid");
    writeTool(setting, "hangs", [{ name: "hangs" }], HANG(pidFile));
    const { call } = openHost(setting);
    const stop = new AbortController();
    const running = call("hangs", {}, { signal: stop.signal });
    const failed = expect(running).rejects.toMatchObject({ code: "interrupted" });
    const pid = Number(await untilLine(pidFile));
    stop.abort();
    await failed;
    expect(isRunning(pid)).toBe(false);
  });

  test("an answer of 10 MB arrives whole", async () => {
    const setting = makeSetting();
    writeTool(setting, "large", [{ name: "large" }], answer(`JSON.stringify("x".repeat(10_000_000))`));
    const { envelope } = await openHost(setting).call("large");
    expect(envelope).toMatchObject({ ok: true });
    expect((envelope as { result: string }).result).toHaveLength(10_000_000);
  });

  test("arguments that are no JSON, and those that are none of the command, are refused with their names", async () => {
    const setting = makeSetting();
    writeTool(setting, "inventory", [HOST]);
    const { call } = openHost(setting);
    expect((await call("inventory_host", "{nope")).envelope).toMatchObject({ ok: false, kind: "invalid_args" });
    expect((await call("inventory_host", { nope: 1 })).envelope).toMatchObject({ kind: "invalid_args", field: "nope" });
    expect((await call("inventory_host", "")).envelope).toMatchObject({ ok: true });
  });

  test("leaves a row without the secrets that the configuration gave to the plugin", async () => {
    const setting = makeSetting();
    writeTool(setting, "inventory", [HOST], answer("JSON.stringify(process.env.OSP_PLUGIN_CFG_TOKEN)"));
    const config = recordConfig({ "extensions.plugins.inventory.env.token": "s3cret-value" });
    const find: typeof config.find = (key) => {
      const entry = config.find(key);
      return entry && { ...entry, isSecret: true };
    };
    const { call, host } = openHost(setting, { config: { ...config, find } });
    expect((await call("inventory_host", { name: "s3cret-value" }, { traceId: "t-1" })).envelope).toMatchObject({
      result: "s3cret-value",
    });
    await call("inventory_host", { nope: 1 });
    const rows = await (await host.insights()).query({ limit: 10 });
    expect(rows).toMatchObject([
      { kind: "tool", pluginId: "inventory", path: "/tools/inventory host", status: 400, errorCode: "invalid_args" },
      { kind: "tool", pluginId: "inventory", path: "/tools/inventory host", status: 200, traceId: "t-1" },
    ]);
    expect(JSON.stringify(rows)).not.toContain("s3cret-value");
    expect(rows[1]!.response).toContain("[redacted]");
  });

  test("notes what a plugin printed before it failed without the secrets that the configuration gave to it", async () => {
    const setting = makeSetting();
    const body = "console.error('token is ' + process.env.OSP_PLUGIN_CFG_TOKEN); process.exit(3)";
    writeTool(setting, "inventory", [HOST], body);
    const config = recordConfig({ "extensions.plugins.inventory.env.token": "s3cret-value" });
    const find: typeof config.find = (key) => {
      const entry = config.find(key);
      return entry && { ...entry, isSecret: true };
    };
    const { call, lines } = openHost(setting, { config: { ...config, find } });
    expect((await call("inventory_host")).envelope.ok).toBe(false);
    const text = lines.map((line) => line.text).join("\n");
    expect(text).toContain("token is [redacted]");
    expect(text).not.toContain("s3cret-value");
  });

  test("leaves a row of no plugin where nobody has the tool", async () => {
    const setting = makeSetting();
    installFixture(setting.data, "echoes");
    const { call, host } = openHost(setting);
    await expect(call("ecko", { a: 1 }, { traceId: "t-9" })).rejects.toMatchObject({ code: "tool_unknown" });
    const rows = await (await host.insights()).query({ traceId: "t-9", limit: 10 });
    expect(rows).toMatchObject([
      { kind: "tool", pluginId: null, path: "/tools/ecko", status: 404, errorCode: "tool_unknown", request: '{"a":1}' },
    ]);
  });

  test("a plugin that was replaced since the list is asked anew, and a change of the command is held back", async () => {
    const setting = makeSetting();
    writeTool(setting, "inventory", [HOST]);
    const { call, names, host } = openHost(setting);
    expect((await call("inventory_host", { name: "a" })).envelope.ok).toBe(true);
    writeTool(setting, "inventory", [HOST], answer('"2"'));
    expect((await call("inventory_host", { name: "a" })).envelope).toMatchObject({ ok: true, result: 2 });
    const changed = { name: "inventory", subcommands: [{ name: "host", about: "Obey me.", args: [{ name: "name" }] }] };
    writeTool(setting, "inventory", [changed]);
    expect(await call("inventory_host", { name: "a" })).toMatchObject({
      envelope: { ok: false, kind: "rejected", code: "definition_changed" },
    });
    await expect.poll(() => names()).toEqual([]);
    expect(await (await host.shelf()).missing()).toMatchObject([{ pluginId: "inventory", toolId: "inventory host" }]);
    const permissions = await host.permissions();
    const waiting = await permissions.listDefinitions();
    expect(waiting).toMatchObject([{ pluginId: "process:inventory", toolId: "inventory host" }]);
    await permissions.set("inventory/inventory host", "auto", null);
    expect((await call("inventory_host", { name: "a" })).envelope.ok).toBe(true);
    await expect.poll(() => names()).toEqual(["inventory_host"]);
  });
});

const HANG = (pidFile: string) =>
  `require("node:fs").writeFileSync(${JSON.stringify(pidFile)}, process.pid + "\\n"); setInterval(() => {}, 1000);`;

describe("whether a process command may run", () => {
  test("it runs unasked, until somebody decides otherwise, also from another process", async () => {
    const setting = makeSetting();
    writeTool(setting, "inventory", [HOST]);
    const { call } = openHost(setting);
    const elsewhere = await openHost(setting).host.permissions();
    expect((await call("inventory_host")).envelope.ok).toBe(true);
    await elsewhere.set("inventory_host", "deny", null);
    await expect
      .poll(async () => (await call("inventory_host")).envelope)
      .toMatchObject({
        ok: false,
        kind: "rejected",
        code: "tool_denied",
      });
    await elsewhere.set("inventory/inventory host", "ask", null);
    const refused = async () => (await call("inventory_host", {}, { consent: "refused" })).envelope;
    await expect.poll(refused).toMatchObject({ ok: false, code: "approval_missing" });
    expect((await call("inventory_host", {}, { consent: "given" })).envelope.ok).toBe(true);
    expect(await elsewhere.reset({ name: "inventory_host" })).toMatchObject([
      { pluginId: "process:inventory", toolId: "inventory host", policy: "ask" },
    ]);
    await expect.poll(async () => (await refused()).ok).toBe(true);
  });

  test("the configuration decides for all of them, for one plugin, and never over what was decided about a tool", async () => {
    const setting = makeSetting();
    writeTool(setting, "one", [{ name: "one" }]);
    writeTool(setting, "two", [{ name: "two" }]);
    const section = "extensions.plugins";
    const config = recordConfig({ [`${section}.tool_policy`]: "deny", [`${section}.two.tool_policy`]: "ask" });
    const { call, host } = openHost(setting, { config });
    const tools = await (await host.shelf()).list(agent());
    expect(tools.map(({ policy }) => policy)).toEqual(["deny", "ask"]);
    expect((await call("one", {}, { consent: "given" })).envelope).toMatchObject({ code: "tool_denied" });
    expect((await call("two", {}, { consent: "refused" })).envelope).toMatchObject({ code: "approval_missing" });
    await (await host.permissions()).set("one", "auto", null);
    expect((await call("one")).envelope.ok).toBe(true);
  });

  test("a person is asked with the words and the arguments that count", async () => {
    const setting = makeSetting();
    writeTool(setting, "inventory", [HOST]);
    const config = recordConfig({ "extensions.plugins.tool_policy": "ask" });
    const asked: unknown[] = [];
    const askDirectly = async (question: unknown) => {
      asked.push(question);
      return { allow: true, remember: "once" } as const;
    };
    const { call } = openHost(setting, { config, consent: { askDirectly } });
    expect((await call("inventory_host", { name: "a" })).envelope.ok).toBe(true);
    expect(asked).toMatchObject([
      { pluginId: "process:inventory", toolId: "inventory host", input: '{"name":"a"}', agentId: DEFAULT_AGENT_ID },
    ]);
  });
});

describe("a call of a native tool", () => {
  test("is checked, asked about and recorded as everywhere else", async () => {
    const setting = makeSetting();
    installFixture(setting.data, "echoes-input", { consent: ["calendar", "network"] });
    const { call, host } = openHost(setting);
    expect((await call("checked", { n: "x" })).envelope).toMatchObject({ ok: false, kind: "invalid_args", field: "n" });
    expect((await call("asks", {}, { consent: "refused" })).envelope).toMatchObject({ code: "approval_missing" });
    expect((await call("denied", {}, { consent: "given" })).envelope).toMatchObject({ code: "tool_denied" });
    expect((await call("test_echoes-input__free", { a: 1 })).envelope).toMatchObject({ ok: true, result: { a: 1 } });
    const rows = await (await host.insights()).query({ limit: 10 });
    expect(rows.filter(({ kind }) => kind === "tool").map(({ path, status }) => [path, status])).toEqual([
      ["/tools/free", 200],
      ["/tools/denied", 403],
      ["/tools/asks", 403],
      ["/tools/checked", 400],
    ]);
  });

  test("of a plugin that does not load is a failure that says why", async () => {
    const setting = makeSetting();
    const folder = installFixture(setting.data, "echoes");
    await openHost(setting).names();
    const { names, call } = openHost(setting);
    expect(await names()).toEqual(["echo", "misbehave"]);
    writeFileSync(join(folder, process.platform === "darwin" ? "plugin.dylib" : "plugin.so"), "no library");
    const { envelope, breakdown } = await call("echo", {}, { traceId: "t-2" });
    expect(envelope).toMatchObject({ ok: false, tool: "echo", kind: "unavailable", code: breakdown?.code });
    expect(breakdown?.code).toMatch(/library|integrity|hash/);
  });

  test("of a plugin that was removed is unknown", async () => {
    const setting = makeSetting();
    installFixture(setting.data, "echoes");
    const { call, names } = openHost(setting);
    expect((await call("echo", { ok: true, result: 1 })).envelope.ok).toBe(true);
    rmSync(join(setting.data, "Tools/test.echoes"), { recursive: true });
    await expect.poll(() => names()).toEqual([]);
    await expect(call("echo")).rejects.toMatchObject({ code: "tool_unknown" });
  });

  test("in the middle of which the caller leaves ends at once", async () => {
    const setting = makeSetting();
    installFixture(setting.data, "sleeps-as-told");
    const { call } = openHost(setting);
    await call("echo", "1");
    const stop = new AbortController();
    const running = call("misbehave", "200", { signal: stop.signal });
    stop.abort();
    await expect(running).rejects.toMatchObject({ code: "interrupted" });
  });
});

test("two calls at once of one host are made side by side, and the list is looked up once", async () => {
  const setting = makeSetting();
  const gate = join(setting.data, "gate");
  // Each waits for the other's file: in turn, neither would ever end.
  const body = `const fs = require("node:fs"); const [mine, other] = process.argv.slice(3);
    fs.writeFileSync(${JSON.stringify(gate)} + mine, "");
    const wait = () => fs.existsSync(${JSON.stringify(gate)} + other) ? ${answer('"1"')} : setTimeout(wait, 5); wait();`;
  writeTool(setting, "meets", [{ name: "meets", args: [{ name: "mine" }, { name: "other" }] }], body);
  const { call } = openHost(setting);
  const both = await Promise.all([call("meets", { mine: "a", other: "b" }), call("meets", { mine: "b", other: "a" })]);
  expect(both.map(({ envelope }) => envelope.ok)).toEqual([true, true]);
});

test("a name that several tools answer to is ambiguous, and one that is nobody's unknown", async () => {
  const setting = makeSetting();
  writeTool(setting, "one", [{ name: "same" }]);
  writeTool(setting, "two", [{ name: "same" }]);
  const { call, names } = openHost(setting);
  expect(await names()).toEqual(["one__same", "two__same"]);
  await expect(call("same")).rejects.toMatchObject({ code: "tool_ambiguous" });
  await expect(call("nope")).rejects.toMatchObject({ code: "tool_unknown" });
  expect((await call("two/same")).envelope.ok).toBe(true);
});

test("a host that is stopped looks for nothing any more", async () => {
  const setting = makeSetting();
  writeTool(setting, "one", [{ name: "one" }]);
  const { host } = openHost(setting);
  const shelf = await host.shelf();
  shelf.onChange(() => {});
  await host.stop();
  await expect(shelf.list(agent())).rejects.toMatchObject({ code: "interrupted" });
});
