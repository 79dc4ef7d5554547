// Commands while `osaurus serve` runs on the same data folder: the host that runs on does the work, and it looks as if
// there were none.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { installFixture } from "../helpers/installed-plugin.ts";
import { delta, event, hangingStream, startModelServer } from "../helpers/model-server.ts";
import { nativeFixture } from "../helpers/native-plugins.ts";
import { runCli, startCli } from "../helpers/run-cli.ts";
import { startServe } from "../helpers/serve.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { makeTempHome } from "../helpers/temp-home.ts";
import { writePlugin } from "../helpers/written-plugins.ts";

const home = makeTempHome();
afterAll(() => home.remove());

const OSAURUS = join(import.meta.dirname, "../../bin/osaurus");
const TERMINAL = join(import.meta.dirname, "../fixtures/terminal/answers-questions.py");

function user(...fixtures: readonly string[]) {
  const env = { ...home.env, OSAURUS_HOME: tempDir() };
  for (const fixture of fixtures) installFixture(env.OSAURUS_HOME, fixture);
  return {
    env,
    data: env.OSAURUS_HOME,
    osaurus: (args: readonly string[], input?: string) =>
      runCli(args, { program: "osaurus", env, ...(input === undefined ? {} : { input }) }),
  };
}

const call = (plugin: string, tool: string, ...more: readonly string[]) => ["tools", "call", plugin, tool, ...more];
const sql = (text: string) => ["--json", "--args", JSON.stringify({ sql: text })];

test("a plugin's one process and its one database serve all of them", async () => {
  const { env, osaurus } = user("tells-its-pid", "stores");
  const serve = await startServe(env);
  const rows = JSON.parse((await osaurus(["tools", "list", "--json"])).stdout) as { plugin_id: string; pid: number }[];
  const pid = rows.find(({ plugin_id }) => plugin_id === "test.tells-its-pid")!.pid;
  expect(readFileSync(`/proc/${pid}/stat`, "utf8").split(" ")[3]).toBe(String(serve.child.pid));
  const said = await osaurus(call("test.tells-its-pid", "misbehave"));
  expect(said).toMatchObject({ code: 0, stdout: expect.stringContaining(String(pid)) });
  const made = await osaurus(call("test.stores", "exec", ...sql("CREATE TABLE t (a)")));
  expect(made.code, made.stderr).toBe(0);
  const all = ["1", "2", "3"].map((value) =>
    osaurus(call("test.stores", "exec", ...sql(`INSERT INTO t VALUES (${value})`))),
  );
  expect((await Promise.all(all)).map(({ code }) => code)).toEqual([0, 0, 0]);
  const counted = await osaurus(call("test.stores", "query", ...sql("SELECT count(*) FROM t")));
  expect(counted.stdout).toContain("[[3]]");
});

test("arguments on standard input, failures and exit codes are those of a command that runs by itself", async () => {
  const { env, osaurus } = user("echoes", "segfaults");
  const alone = await Promise.all([
    osaurus(call("test.echoes", "echo", "--args", "-", "--json"), '{"a":"ü𝄞"}'),
    osaurus(call("test.echoes", "nothing", "--json")),
    osaurus(call("test.missing", "echo")),
    osaurus(call("test.echoes", "echo", "--agent", "nobody")),
  ]);
  await startServe(env);
  const handed = await Promise.all([
    osaurus(call("test.echoes", "echo", "--args", "-", "--json"), '{"a":"ü𝄞"}'),
    osaurus(call("test.echoes", "nothing", "--json")),
    osaurus(call("test.missing", "echo")),
    osaurus(call("test.echoes", "echo", "--agent", "nobody")),
  ]);
  expect(handed).toEqual(alone);
  expect(handed.map(({ code }) => code)).toEqual([0, 10, 10, 10]);
  expect((await osaurus(call("test.segfaults", "misbehave"))).code).toBe(30);
  const large = JSON.stringify({ text: "x".repeat(9_000_000) });
  const echoed = await osaurus(call("test.echoes", "echo", "--args", "-", "--json"), large);
  expect(JSON.parse(echoed.stdout)).toMatchObject({ ok: true });
  expect(echoed.stdout.length).toBeGreaterThan(large.length);
});

test("the person at the terminal of the command is asked, not the host", async () => {
  const { env, data, osaurus } = user();
  installFixture(data, "asks-then-denies", { library: nativeFixture("asks-version-1") });
  const serve = await startServe(env);
  const typed = spawn("python3", [TERMINAL, OSAURUS, ...call("test.asks-then-denies", "act")], {
    env: { ...env, QUESTION: "may it run?", ANSWERS: "s" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let screen = "";
  typed.stdout.on("data", (chunk: Buffer) => {
    screen += chunk.toString("utf8");
  });
  const [code] = await once(typed, "close");
  expect(screen).toContain("may it run?");
  expect(code, screen).toBe(0);
  // What was allowed while that program runs has ended with it.
  // Without a terminal, the time to wait is the command's own; and somebody else's answer reaches it.
  const refused = await osaurus(call("test.asks-then-denies", "act", "--approval-timeout", "0"));
  expect(refused.code).toBe(20);
  const waiting = startCli(call("test.asks-then-denies", "act", "--approval-timeout", "30"), {
    program: "osaurus",
    env,
  });
  await waiting.stderrContains("approvals allow ");
  const [{ id }] = JSON.parse((await osaurus(["approvals", "list", "--json"])).stdout) as [{ id: string }];
  expect((await osaurus(["approvals", "allow", id])).code).toBe(0);
  expect((await waiting.result).code).toBe(0);
  serve.child.kill("SIGTERM");
  expect((await serve.result).stderr).not.toContain("approvals allow");
});

test("a command that is interrupted is over, and one whose host dies says so", async () => {
  const { env } = user("sleeps-forever");
  const serve = await startServe(env);
  const interrupted = startCli(call("test.sleeps-forever", "misbehave"), { program: "osaurus", env });
  const mark = join(env.OSAURUS_HOME, "run", "serve.json");
  const { socket } = JSON.parse(readFileSync(mark, "utf8")) as { socket: string };
  expect([statSync(mark).mode & 0o777, statSync(socket).mode & 0o777]).toEqual([0o600, 0o600]);
  await untilConnected(env.OSAURUS_HOME);
  interrupted.child.kill("SIGINT");
  expect((await interrupted.result).code).toBe(130);
  await untilConnected(env.OSAURUS_HOME, 0);
  const orphan = startCli(call("test.sleeps-forever", "misbehave"), { program: "osaurus", env });
  await untilConnected(env.OSAURUS_HOME);
  serve.child.kill("SIGKILL");
  const { code, stderr } = await orphan.result;
  expect([code, stderr]).toEqual([30, expect.stringContaining("[plugin_stopped]")]);
});

/** So many programs have handed a command over, which runs. */
async function untilConnected(data: string, programs = 1): Promise<void> {
  const path = join(data, "run", "host.sock");
  const ends = () =>
    readFileSync("/proc/net/unix", "utf8")
      .split("\n")
      .filter((line) => line.endsWith(path));
  // One of them is where the host listens.
  await expect.poll(() => ends().length, { timeout: 5_000 }).toBe(1 + programs);
}

test("a chat runs in the host, with the streams of the command", async () => {
  const upstream = await startModelServer({ models: ["m"] });
  const { env, osaurus } = user();
  await osaurus(["providers", "add", "up", "--base-url", upstream.url, "--model", "m"]);
  const serve = await startServe(env);
  expect(await osaurus(["chat", "Hi"])).toMatchObject({ code: 0, stdout: "Hello\n" });
  expect(await osaurus(["chat"], "Hi")).toMatchObject({ code: 0, stdout: "Hello\n" });
  serve.child.kill("SIGTERM");
  expect((await serve.result).code).toBe(0);
  // Without the host, the same by itself.
  expect(await osaurus(["chat", "Hi"])).toMatchObject({ code: 0, stdout: "Hello\n" });
  expect(upstream.completions).toHaveLength(3);
});

test("what a host left behind that died, or a stranger's socket, holds up no command", async () => {
  const { env, data, osaurus } = user("echoes");
  const serve = await startServe(env);
  const mark = join(data, "run", "serve.json");
  const text = readFileSync(mark, "utf8");
  serve.child.kill("SIGKILL");
  await serve.result;
  expect(existsSync(mark)).toBe(true);
  expect((await osaurus(call("test.echoes", "echo"))).code).toBe(0);
  // A host of another version takes no commands.
  const path = join(data, "run", "other.sock");
  const other = createServer((socket) => socket.end('{"type":"refused"}\n')).listen(path);
  onTestFinished(() => void other.close());
  await once(other, "listening");
  writeFileSync(mark, JSON.stringify({ ...(JSON.parse(text) as object), socket: path, ...ownMark() }));
  expect((await osaurus(call("test.echoes", "echo"))).code).toBe(0);
  writeFileSync(mark, JSON.stringify({ ...(JSON.parse(text) as object), socket: mark, ...ownMark() }));
  expect((await osaurus(call("test.echoes", "echo"))).code).toBe(0);
});

/** As if this process served. */
function ownMark() {
  const start = readFileSync(`/proc/${process.pid}/stat`, "utf8").split(") ")[1]!.split(" ")[19];
  return { pid: process.pid, mark: `${process.pid} ${start}` };
}

test("an MCP client that starts the program talks to the host that runs on", async () => {
  const { env } = user("tells-its-pid");
  const serve = await startServe(env);
  const client = new Client({ name: "resident", version: "1.0.0" });
  await client.connect(new StdioClientTransport({ command: OSAURUS, args: ["mcp"], env, stderr: "ignore" }));
  const { content } = await client.callTool({ name: "misbehave", arguments: {} });
  const pid = Number((content[0] as { text: string }).text);
  expect(readFileSync(`/proc/${pid}/stat`, "utf8").split(" ")[3]).toBe(String(serve.child.pid));
  const large = "y".repeat(3_000_000);
  const echoed = await client.callTool({ name: "echo", arguments: { large } });
  expect(JSON.stringify(echoed.content)).toContain(large);
  await client.close();
  // The host goes on.
  const again = await runCli(call("test.tells-its-pid", "misbehave"), { program: "osaurus", env });
  expect(again.stdout.trim()).toBe(String(pid));
});

test("what only the host has can be decided about, and reload is the host's", async () => {
  const { env, osaurus } = user("tells-its-pid");
  const plugins = tempDir();
  writePlugin({ dir: plugins, name: "inventory", commands: [{ name: "inventory", subcommands: [{ name: "host" }] }] });
  await startServe(env, ["--plugin-dir", plugins]);
  const set = await osaurus(["permissions", "set", "inventory_host", "deny", "--json"]);
  expect(set.code, set.stderr).toBe(0);
  expect(JSON.parse(set.stdout)).toMatchObject({ plugin_id: "process:inventory", tool: "inventory host" });
  expect((await osaurus(call("inventory", "inventory_host"))).code).toBe(20);
  expect((await osaurus(["permissions", "reset", "inventory_host"])).code).toBe(0);
  expect((await osaurus(call("inventory", "inventory_host"))).code).toBe(0);
  const pid = async () => (await osaurus(call("test.tells-its-pid", "misbehave"))).stdout;
  const before = await pid();
  const reloaded = await osaurus(["reload"]);
  expect(reloaded).toMatchObject({ code: 0, stderr: expect.stringContaining("Reload signal sent.") });
  expect(await pid()).not.toBe(before);
});

test("the key of a model is looked for in the environment of the command's caller", async () => {
  const upstream = await startModelServer({ models: ["m"], key: "callers-key" });
  const { env } = user();
  const osaurus = (args: readonly string[], more: object = {}) =>
    runCli(args, { program: "osaurus", env: { ...env, ...more } });
  await osaurus(["providers", "add", "up", "--base-url", upstream.url, "--api-key-env", "UP_KEY"]);
  await startServe(env);
  expect((await osaurus(["chat", "Hi"])).code).toBe(10);
  expect(await osaurus(["chat", "Hi"], { UP_KEY: "callers-key" })).toMatchObject({ code: 0, stdout: "Hello\n" });
  // The next one has none again: what was found out with somebody's key is not for it.
  expect((await osaurus(["chat", "Hi"])).code).toBe(10);
});

test("a process plugin works in the folder and the environment of the command's caller, over MCP too", async () => {
  const { data, env: base } = user();
  const env = { ...base, XDG_CONFIG_HOME: tempDir() };
  const plugins = join(env.XDG_CONFIG_HOME, "osp", "plugins");
  mkdirSync(plugins, { recursive: true });
  writeFileSync(join(plugins, "osp-whereami"), TELLS_ITS_PLACE, { mode: 0o755 });
  const script = join(data, "script.json");
  writeFileSync(
    script,
    JSON.stringify({ turns: [{ tool_calls: [{ name: "whereami", arguments: {} }] }, { text: "{{last_tool}}" }] }),
  );
  const osaurus = (args: readonly string[], more: object = {}, cwd = data) =>
    runCli(args, { program: "osaurus", env: { ...env, ...more }, cwd });
  expect((await osaurus(["providers", "add", "demo", "--script", script])).code).toBe(0);
  expect((await osaurus(["permissions", "set", "whereami", "auto"])).code).toBe(0);
  await startServe(env);
  const folders = [realpathSync(tempDir()), realpathSync(tempDir())] as const;
  const said = await Promise.all(
    folders.map((folder, at) => osaurus(["chat", "--yes", "Where?"], { MARK: `mark ${at}` }, folder)),
  );
  for (const [at, { stdout, stderr }] of said.entries()) {
    expect(stdout, stderr).toContain(`${folders[at]} mark ${at}`);
  }
  const client = new Client({ name: "resident", version: "1.0.0" });
  const [cwd] = folders;
  await client.connect(
    new StdioClientTransport({
      command: OSAURUS,
      args: ["mcp"],
      env: { ...env, MARK: "of MCP" },
      cwd,
      stderr: "ignore",
    }),
  );
  onTestFinished(() => client.close());
  expect(JSON.stringify(await client.callTool({ name: "whereami", arguments: {} }))).toContain(`${cwd} of MCP`);
});

const TELLS_ITS_PLACE = `#!/bin/sh
if [ "$1" = --describe ]; then
  echo '{"protocol_version":1,"plugin_id":"whereami","plugin_version":"1.0.0","commands":[{"name":"whereami"}]}'
else
  printf '{"protocol_version":1,"ok":true,"data":"%s %s","meta":{}}' "$PWD" "$MARK"
fi
`;

test("an answer that is interrupted ends as it does without the host: its line, or its document", async () => {
  const answer = hangingStream(event(delta({ content: "Once" })));
  const upstream = await startModelServer({ models: ["m"], answers: [answer, answer] });
  const { env, osaurus } = user();
  await osaurus(["providers", "add", "up", "--base-url", upstream.url, "--model", "m"]);
  await startServe(env);
  const text = startCli(["chat", "Hi"], { program: "osaurus", env });
  await once(text.child.stdout!, "data");
  text.child.kill("SIGINT");
  expect(await text.result).toMatchObject({ code: 130, stdout: "Once\n" });
  const json = startCli(["chat", "--json", "Hi"], { program: "osaurus", env });
  await expect.poll(() => upstream.completions.length, { timeout: 5_000 }).toBe(2);
  json.child.kill("SIGINT");
  const { code, stdout } = await json.result;
  expect([code, JSON.parse(stdout)]).toEqual([130, expect.objectContaining({ finish: "cancelled" })]);
});

test("for a data folder far down the socket lies in the user's folder for sockets, and goes with the host", async () => {
  const base = tempDir();
  const far = join(base, "d".repeat(60), "e".repeat(60));
  const runtime = join(base, "run");
  mkdirSync(runtime, { mode: 0o700 });
  const env = { ...home.env, OSAURUS_HOME: far, XDG_RUNTIME_DIR: runtime };
  installFixture(far, "tells-its-pid");
  const pidOf = async () => (await runCli(call("test.tells-its-pid", "misbehave"), { program: "osaurus", env })).stdout;
  const serve = await startServe(env);
  expect(readdirSync(runtime)).toEqual([expect.stringMatching(/^osaurus-[0-9a-f]{16}$/)]);
  expect(await pidOf()).toBe(await pidOf());
  serve.child.kill("SIGTERM");
  await serve.result;
  expect(readdirSync(runtime)).toEqual([]);
  // Without such a folder there is no socket, and commands run by themselves.
  const { XDG_RUNTIME_DIR: _, ...bare } = env;
  await startServe(bare);
  const alone = await runCli(call("test.tells-its-pid", "misbehave"), { program: "osaurus", env: bare });
  expect(alone.code, alone.stderr).toBe(0);
});
