// osaurus secrets list, set and unset, as a user has them, and what the plugins of a host that runs on learn of them.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { resolvePaths } from "../../src/base/paths.ts";
import { createHost } from "../../src/host/create-host.ts";
import { CONFIG_KEY_BYTES_MAX, CONFIG_VALUE_BYTES_MAX } from "../../src/protocol/limits.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
import { nativeFixture } from "../helpers/native-plugins.ts";
import { type CliResult, runCli } from "../helpers/run-cli.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { makeTempHome } from "../helpers/temp-home.ts";

const home = makeTempHome();
afterAll(() => home.remove());

const OSAURUS = join(import.meta.dirname, "../../bin/osaurus");
const TERMINAL = join(import.meta.dirname, "../fixtures/terminal/answers-questions.py");
const DEFAULT = "00000000-0000-0000-0000-000000000001";
const AGENT = "ABCDEFAB-0000-0000-0000-00000000000A";
const ID = "test.keeps-config";

/** A user with the plugin `keeps-config` installed. */
function user() {
  const env = { ...home.env, OSAURUS_HOME: tempDir() };
  installFixture(env.OSAURUS_HOME, "keeps-config");
  const osaurus = (args: readonly string[], input?: string) =>
    runCli(args, { program: "osaurus", env, ...(input === undefined ? {} : { input }) });
  return {
    env,
    data: env.OSAURUS_HOME,
    osaurus,
    set: (key: string, value: string, ...more: string[]) => osaurus(["secrets", "set", ID, key, ...more], value),
    rows: async (...more: string[]) =>
      JSON.parse((await osaurus(["secrets", "list", ID, "--json", ...more])).stdout) as Record<string, unknown>[],
    /** What the plugin itself reads. */
    get: async (key: string, ...more: string[]) =>
      JSON.parse(
        (await osaurus(["tools", "call", ID, "get", "--args", JSON.stringify({ key }), "--json", ...more])).stdout,
      ).result,
  };
}

const errorOf = ({ stdout }: CliResult) =>
  (JSON.parse(stdout) as { error: { code: string; message: string; hint?: string } }).error;

/** Lays a plugin out as it is after it was loaded once: what it said of itself lies beside it. */
function installManifest(data: string, pluginId: string, manifest: Readonly<Record<string, unknown>>): void {
  const folder = join(data, "Tools", pluginId, "1.0.0");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, ".manifest.json"), JSON.stringify({ plugin_id: pluginId, capabilities: {}, ...manifest }));
}

const config = (...fields: unknown[]) => ({ capabilities: { config: { sections: [{ title: "S", fields }] } } });

test("a value is kept as it came, listed as set and never shown, and the plugin reads it", async () => {
  const { set, rows, get, osaurus } = user();
  const done = await set("token", " käse\nmit zwei Zeilen\t");
  expect(done).toMatchObject({ code: 0, stdout: "" });
  expect(done.stderr).toContain(`"token" of "${ID}" is set for the default agent`);
  expect(await get("token")).toBe(" käse\nmit zwei Zeilen\t");
  expect((await rows())[0]).toEqual({
    plugin_id: ID,
    agent_id: DEFAULT,
    key: "token",
    label: "Token",
    kind: "secret",
    type: "secret",
    required: true,
    is_set: true,
    missing: false,
  });
  for (const args of [
    ["secrets", "list", ID, "--json"],
    ["secrets", "list", ID],
  ]) {
    const { stdout, stderr } = await osaurus(args);
    expect(stdout + stderr).not.toContain("zwei Zeilen");
  }
});

test("the list has what is declared, in order, and what is stored besides; defaults, but none of a secret", async () => {
  const { set, rows, osaurus } = user();
  await set("undeclared", "x");
  const list = await rows();
  expect(
    list.map(({ key, kind, type, required, is_set, missing, default: value }) => [
      key,
      kind,
      type,
      required,
      is_set,
      missing,
      value,
    ]),
  ).toEqual([
    ["token", "secret", "secret", true, false, true, undefined],
    ["name", "setting", "text", true, false, true, undefined],
    ["on", "setting", "toggle", false, false, false, "true"],
    ["count", "setting", "number", false, false, false, "10"],
    ["colours", "setting", "multiselect", false, false, false, '["red","blue"]'],
    ["password", "secret", "secret", false, false, false, undefined],
    ...["mine", "second", "crash", "slow"].map((key) => [key, "setting", "text", false, false, false, undefined]),
    ["undeclared", "other", undefined, false, true, false, undefined],
  ]);
  const { stdout, stderr, code } = await osaurus(["secrets", "list", ID]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/token +\| Token +\| secret/);
  expect(stderr).toContain(`it needs token (Token), name: "osaurus secrets set ${ID} KEY" sets one`);
});

test("what is required and missing keeps no plugin from loading", async () => {
  const { osaurus } = user();
  const [row] = JSON.parse((await osaurus(["tools", "list", "--json"])).stdout);
  expect(row).toMatchObject({ plugin_id: ID, state: "loaded" });
});

test.each([
  ["an empty value for what is required", "name", "", "name is required"],
  ["an empty value for a required secret", "token", "", "Token is required"],
  ["a key that is the host's", "tunnel_url", "https://x", '"tunnel_url" cannot be set: it is reserved'],
  ["a line break behind true", "on", "true\n", "on must be true or false"],
  [
    "a byte more than 1 MiB",
    "token",
    "x".repeat(CONFIG_VALUE_BYTES_MAX + 1),
    "the value is over 1048576 bytes, which is the most that a setting may have",
  ],
])("%s is refused", async (_name, key, value, message) => {
  const { set, osaurus, data } = user();
  await osaurus(["tools", "list"]);
  const result = await set(key, value, "--json");
  expect([result.code, errorOf(result)]).toEqual([2, expect.objectContaining({ code: "setting_invalid", message })]);
  expect(existsSync(join(data, "Tools/.settings"))).toBe(false);
  expect(errorOf(result).hint).toBeDefined();
  if (value.endsWith("\n")) expect(errorOf(result).hint).toContain("line break");
});

test("values and keys at their limits are kept, and keys of any characters", async () => {
  const { rows, osaurus } = user();
  const keys = ["k".repeat(CONFIG_KEY_BYTES_MAX), "a\nb", "a\tb", "../../etc/passwd", "käse", "--json"];
  for (const key of keys) {
    const value = key.startsWith("k") ? "x".repeat(CONFIG_VALUE_BYTES_MAX) : "v";
    expect((await osaurus(["secrets", "set", ID, "--", key], value)).code, key.slice(0, 20)).toBe(0);
  }
  const others = (await rows()).filter(({ kind }) => kind === "other");
  expect(others.map(({ key }) => key)).toEqual([...keys].sort());
  const { stdout } = await osaurus(["secrets", "list", ID]);
  expect(stdout).not.toMatch(/^b /m);
  for (const key of keys) expect((await osaurus(["secrets", "unset", ID, "--", key])).code).toBe(0);
  expect((await rows()).filter(({ kind }) => kind === "other")).toEqual([]);
});

test("an agent is the same in either case, and has settings of its own", async () => {
  const { set, rows, get } = user();
  expect((await set("name", "of the agent", "--agent", AGENT.toLowerCase())).code).toBe(0);
  expect(await get("name", "--agent", AGENT)).toBe("of the agent");
  const isSet = (list: Record<string, unknown>[]) => list.find(({ key }) => key === "name")!["is_set"];
  expect(isSet(await rows("--agent", AGENT))).toBe(true);
  expect(isSet(await rows())).toBe(false);
  const result = await set("name", "x y", "--agent", "nobody", "--json");
  expect([result.code, errorOf(result).code]).toEqual([10, "agent_unknown"]);
});

test("what is unset is gone; what there never was is unknown, unless the plugin declares it", async () => {
  const { set, osaurus, rows } = user();
  await set("other", "x");
  const unset = (key: string) => osaurus(["secrets", "unset", ID, key, "--json"]);
  expect(JSON.parse((await unset("other")).stdout)).toMatchObject({ key: "other", is_set: false, was_set: true });
  const again = await unset("other");
  expect([again.code, errorOf(again).code]).toEqual([10, "secret_unknown"]);
  expect(JSON.parse((await unset("token")).stdout)).toMatchObject({ key: "token", was_set: false });
  expect((await rows()).map(({ key }) => key)).not.toContain("other");
});

test("an unknown plugin is unknown, and a library that is not installed can have settings", async () => {
  const { osaurus, env } = user();
  for (const args of [
    ["list", "no.such"],
    ["set", "no.such", "k"],
    ["unset", "no.such", "k"],
    ["list", "../x"],
    ["list", "library:../x"],
    ["list", "library:"],
  ]) {
    const result = await osaurus(["secrets", ...args, "--json"], "v");
    expect([result.code, errorOf(result).code], args.join(" ")).toEqual([10, "plugin_unknown"]);
  }
  expect((await osaurus(["secrets", "set", `library:${ID}`, "name"], "of the library")).code).toBe(0);
  const called = await runCli(
    ["tools", "call", "--library", nativeFixture("keeps-config"), "get", "--args", '{"key":"name"}', "--yes", "--json"],
    { program: "osaurus", env },
  );
  expect(JSON.parse(called.stdout).result).toBe("of the library");
});

test("a value on the command line is refused and not repeated", async () => {
  const { osaurus } = user();
  const result = await osaurus(["secrets", "set", ID, "token", "s3cret", "--json"]);
  expect(result.code).toBe(2);
  expect(result.stdout + result.stderr).not.toContain("s3cret");
});

test("where running hosts cannot be told, the value is kept and that is said", async () => {
  const { set, osaurus, data, rows } = user();
  mkdirSync(join(data, "Tools/.settings"));
  const done = await set("second", "x");
  expect([done.code, done.stderr]).toEqual([0, expect.stringContaining("hosts that run were not told")]);
  expect((await rows()).find(({ key }) => key === "second")).toMatchObject({ is_set: true });
  expect((await osaurus(["secrets", "unset", ID, "second"])).stderr).toContain("hosts that run were not told");
});

test("a mistyped key is kept with a warning that names the right one", async () => {
  const { set } = user();
  expect((await set("tokem", "x")).stderr).toContain('the plugin declares no "tokem"; did you mean "token"?');
});

test("a plugin that does not load can be given its settings all the same", async () => {
  const { osaurus, data } = user();
  installFixture(data, "load-init-crashes");
  const result = await osaurus(["secrets", "set", "test.load-init-crashes", "token"], "x");
  expect(result.code).toBe(0);
  expect(result.stderr).toContain("what the plugin declares is not known, because it does not load");
  const rows = JSON.parse((await osaurus(["secrets", "list", "test.load-init-crashes", "--json"])).stdout);
  expect(rows).toMatchObject([{ key: "token", kind: "other", is_set: true }]);
});

test("a manifest's pattern that would run for years is ended, and its escape codes reach no screen", async () => {
  const { osaurus, data } = user();
  installManifest(data, "test.hostile", {
    secrets: [{ id: "s\u001b[2J", label: "\u001b]0;owned\u0007\u202eLabel\nerror: forged" }],
    ...config({ key: "slow", type: "text", label: "\u001b[31mSlow", validation: { pattern: "^(a+)+$" } }),
  });
  const list = await osaurus(["secrets", "list", "test.hostile"]);
  const slow = await osaurus(["secrets", "set", "test.hostile", "slow"], `${"a".repeat(64)}!`);
  expect(slow.code).toBe(2);
  expect(slow.stderr).toContain("cannot be checked: the plugin's pattern for it takes too long");
  for (const { stdout, stderr } of [list, slow]) {
    expect(stdout + stderr).not.toMatch(/[\u001b\u0007\u202e]/);
    expect(stdout + stderr).not.toMatch(/^error: forged/m);
  }
});

test("two processes that set at once lose nothing of each other's", async () => {
  const { set, rows, get } = user();
  const keys = Array.from({ length: 6 }, (_, index) => `k${index}`);
  const results = await Promise.all([...keys.map((key) => set(key, key)), set("same", "one"), set("same", "two")]);
  expect(results.map(({ code }) => code)).toEqual(results.map(() => 0));
  expect((await rows()).filter(({ kind }) => kind === "other").map(({ key }) => key)).toEqual([...keys, "same"]);
  expect(["one", "two"]).toContain(await get("same"));
});

test("at a terminal the value is asked for and not shown", async () => {
  const { env, get } = user();
  const child = spawn("python3", [TERMINAL, OSAURUS, "secrets", "set", ID, "token"], {
    env: { ...env, QUESTION: "(not shown): ", ANSWERS: "typed s3cret" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let screen = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    screen += text;
  });
  expect((await once(child, "close"))[0]).toBe(0);
  expect(screen).toContain(`value of "token" for "${ID}" (not shown): `);
  expect(screen).not.toContain("s3cret");
  expect(await get("token")).toBe("typed s3cret");
});

test.each([
  ["^D", 2, "no value was given"],
  ["^C", 130, ""],
])("%s at the question keeps nothing", async (answer, code, text) => {
  const { env, rows } = user();
  const child = spawn("python3", [TERMINAL, OSAURUS, "secrets", "set", ID, "token"], {
    env: { ...env, QUESTION: "(not shown): ", ANSWERS: answer },
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let screen = "";
  child.stdout.setEncoding("utf8").on("data", (more: string) => {
    screen += more;
  });
  expect((await once(child, "close"))[0]).toBe(code);
  expect(screen).toContain(text);
  expect((await rows())[0]).toMatchObject({ key: "token", is_set: false });
});

/** A host that runs on, with the plugin loaded; `told` is what it was told since the last time. */
async function runningHost(data: string) {
  const env = { OSAURUS_HOME: data, HOME: data };
  const host = createHost({ paths: resolvePaths({ env, platform: "linux" }), env, cwd: data, follow: true });
  onTestFinished(() => host.stop());
  const native = await host.native();
  const plugin = await native.plugin(ID);
  const call = async (tool: string, input = "{}") =>
    (await native.callTool(plugin, { tool, input, agentId: DEFAULT })).envelope as { result?: unknown };
  return { native, plugin, told: async () => (await call("told")).result as [string, string, string][], call };
}

test("a plugin of a host that runs on is told of what another process sets and unsets; the value is in no file", async () => {
  const { data, set, osaurus } = user();
  const { told } = await runningHost(data);
  expect((await told()).slice(1)).toEqual([
    [DEFAULT, "on", "true"],
    [DEFAULT, "count", "10"],
    [DEFAULT, "colours", '["red","blue"]'],
  ]);
  const next = async (count: number) => {
    const list: [string, string, string][] = [];
    await expect
      .poll(async () => list.push(...(await told())) && list.length, { timeout: 20_000 })
      .toBeGreaterThanOrEqual(count);
    return list;
  };
  await set("name", "fresh v4lue", "--agent", AGENT.toLowerCase());
  // An agent that the plugin was told nothing of yet: all of its settings, in their order.
  expect(await next(4)).toEqual([
    [AGENT, "name", "fresh v4lue"],
    [AGENT, "on", "true"],
    [AGENT, "count", "10"],
    [AGENT, "colours", '["red","blue"]'],
  ]);
  await set("count", "10"); // As it knows it already.
  await osaurus(["secrets", "unset", ID, "name", "--agent", AGENT]);
  expect(await next(1)).toEqual([[AGENT, "name", ""]]);
  const wishes = readdirSync(join(data, "Tools")).filter((name) => name.startsWith(".settings"));
  expect(wishes).toEqual([".settings"]);
  const text = readFileSync(join(data, "Tools/.settings"), "utf8");
  expect(text).toContain('"name"');
  expect(text).not.toContain("v4lue");
});

test("a tool that is called right after the load finds its plugin told of its settings", async () => {
  const { set, osaurus } = user();
  await set("name", "stored");
  const { stdout } = await osaurus(["tools", "call", ID, "told", "--json"]);
  expect(
    JSON.parse(stdout)
      .result.slice(1)
      .map(([, key, value]: string[]) => [key, value]),
  ).toEqual([
    ["name", "stored"],
    ["on", "true"],
    ["count", "10"],
    ["colours", '["red","blue"]'],
  ]);
});

test("so does one that is called for an agent that has nothing stored", async () => {
  const { osaurus } = user();
  const { stdout } = await osaurus(["tools", "call", ID, "told", "--agent", AGENT, "--json"]);
  const told = JSON.parse(stdout).result as [string, string, string][];
  expect(told.filter(([agentId]) => agentId === AGENT)).toEqual([
    [AGENT, "on", "true"],
    [AGENT, "count", "10"],
    [AGENT, "colours", '["red","blue"]'],
  ]);
});

test("routes and events of an agent that has nothing stored come after its settings as well", async () => {
  const { data } = user();
  const { native, plugin, told } = await runningHost(data);
  const other = AGENT.replace(/A$/, "B");
  await told();
  const answer = await native.callRoute(plugin, { agentId: AGENT, json: "{}", method: "GET", path: "/", body: null });
  const keys = ["on", "count", "colours"];
  const listed = JSON.parse(answer!).result as [string, string, string][];
  expect(listed.map(([agentId, key]) => [agentId, key])).toEqual(keys.map((key) => [AGENT, key]));
  await native.tellTaskEvent(plugin, { agentId: other, taskId: "t", kind: "started", json: "{}" });
  expect((await told()).map(([agentId, key]) => [agentId, key])).toEqual(keys.map((key) => [other, key]));
});
