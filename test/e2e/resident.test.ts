// Commands while `osaurus serve` runs on the same data folder: the host that runs on does the work, and it looks as if
// there were none.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { installFixture } from "../helpers/installed-plugin.ts";
import { startModelServer } from "../helpers/model-server.ts";
import { nativeFixture } from "../helpers/native-plugins.ts";
import { runCli, startCli } from "../helpers/run-cli.ts";
import { startServe } from "../helpers/serve.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { makeTempHome } from "../helpers/temp-home.ts";

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
    env: { ...env, QUESTION: "may it run?", ANSWERS: "o" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let screen = "";
  typed.stdout.on("data", (chunk: Buffer) => {
    screen += chunk.toString("utf8");
  });
  const [code] = await once(typed, "close");
  expect(screen).toContain("may it run?");
  expect(code, screen).toBe(0);
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
  const orphan = startCli(call("test.sleeps-forever", "misbehave"), { program: "osaurus", env });
  await untilConnected(env.OSAURUS_HOME);
  serve.child.kill("SIGKILL");
  const { code, stderr } = await orphan.result;
  expect([code, stderr]).toEqual([30, expect.stringContaining("[plugin_stopped]")]);
});

/** A program has handed its command over. */
async function untilConnected(data: string): Promise<void> {
  const path = join(data, "run", "host.sock");
  const ends = () =>
    readFileSync("/proc/net/unix", "utf8")
      .split("\n")
      .filter((line) => line.endsWith(path));
  // One of them is where the host listens.
  await expect.poll(() => ends().length, { timeout: 5_000 }).toBeGreaterThan(1);
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
