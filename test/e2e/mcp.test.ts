// The official MCP client with the real program: `osaurus mcp`, which it starts, and `osaurus serve`.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { Client, type ProgressCallback, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { installFixture } from "../helpers/installed-plugin.ts";
import { untilGone } from "../helpers/processes.ts";
import { runCli } from "../helpers/run-cli.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { makeTempHome } from "../helpers/temp-home.ts";
import { writePlugin } from "../helpers/written-plugins.ts";

const OSAURUS = join(import.meta.dirname, "../../bin/osaurus");
const home = makeTempHome();
const { env } = home;

let serving: ChildProcess;
let url: URL;
let key: string;

beforeAll(async () => {
  const data = env["OSAURUS_HOME"]!;
  installFixture(data, "echoes-input", { consent: ["calendar", "network"] });
  installFixture(data, "says-its-pid");
  writePlugin({ dir: join(env["XDG_CONFIG_HOME"]!, "osp/plugins"), name: "greet", commands: ["greet"] });
  const made = await runCli(["keys", "create", "--name", "test", "--json"], { env, program: "osaurus" });
  key = JSON.parse(made.stdout).key;
  serving = spawn(OSAURUS, ["serve", "--port", "0"], { env, stdio: ["ignore", "pipe", "ignore"] });
  const [line] = (await once(serving.stdout!.setEncoding("utf8"), "data")) as [string];
  url = new URL("/mcp", line.trim());
});

afterAll(async () => {
  const gone = once(serving, "exit");
  serving.kill("SIGTERM");
  await gone;
  home.remove();
});

const ERAS = { "2025-11-25": "legacy", "2026-07-28": "auto" } as const;
type Era = keyof typeof ERAS;

async function connect(over: "stdio" | "HTTP", era: Era, args: readonly string[] = []): Promise<Client> {
  const client = new Client({ name: "test", version: "1.0.0" }, { versionNegotiation: { mode: ERAS[era] } });
  const authorization = `Bearer ${key}`;
  const transport =
    over === "stdio"
      ? new StdioClientTransport({ command: OSAURUS, args: ["mcp", ...args], env, stderr: "ignore" })
      : new StreamableHTTPClientTransport(url, { requestInit: { headers: { authorization } } });
  await client.connect(transport);
  onTestFinished(() => client.close());
  expect(client.getNegotiatedProtocolVersion()).toBe(era);
  return client;
}

describe.each<["stdio" | "HTTP", Era]>([
  ["stdio", "2025-11-25"],
  ["stdio", "2026-07-28"],
  ["HTTP", "2025-11-25"],
  ["HTTP", "2026-07-28"],
])("the official client over %s, speaking %s", (over, era) => {
  test("lists and calls native tools and commands, and is told what went wrong", async () => {
    const client = await connect(over, era);
    const { tools } = await client.listTools();
    const names = tools.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["free", "checked", "greet"]));
    expect(tools.find(({ name }) => name === "checked")!.inputSchema).toMatchObject({ required: ["n"] });

    const native = await client.callTool({ name: "checked", arguments: { n: 5 } });
    expect(native.structuredContent).toMatchObject({ n: 5 });
    expect(JSON.parse((native.content[0] as { text: string }).text)).toMatchObject({ n: 5 });
    const command = await client.callTool({ name: "greet", arguments: {} });
    expect(command.content).toEqual([{ type: "text", text: "greet" }]);

    const wrong = await client.callTool({ name: "checked", arguments: { n: "five" } });
    expect(wrong).toMatchObject({ isError: true, structuredContent: { kind: "invalid_args", field: "n" } });
    const denied = await client.callTool({ name: "denied", arguments: {} });
    expect(denied).toMatchObject({ isError: true, structuredContent: { code: "tool_denied" } });
    await expect(client.callTool({ name: "nowhere", arguments: {} })).rejects.toMatchObject({ code: -32602 });
  });
});

test("the program speaks nothing but the protocol, and ends with its input", async () => {
  const lines = [
    { jsonrpc: "2.0", id: 1, method: "initialize", params: { protocolVersion: "2025-11-25" } },
    { jsonrpc: "2.0", method: "notifications/initialized" },
    "this is no message",
    { jsonrpc: "2.0", id: 2, method: "tools/call", params: { name: "free", arguments: { a: 1 } } },
  ];
  const input = lines.map((line) => `${typeof line === "string" ? line : JSON.stringify(line)}\n`).join("");
  const { code, stdout } = await runCli(["mcp"], { env, program: "osaurus", input });
  expect(code).toBe(0);
  const said = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(said.map(({ id, error }) => [id, error?.code])).toEqual([
    [undefined, -32700],
    [1, undefined],
    [2, undefined],
  ]);
  expect(said[2].result.structuredContent).toMatchObject({ a: 1 });
});

test("a signal ends the program in the middle of a call, and its runners with it", async () => {
  // On a data folder that nobody serves: the runners are the program's own.
  const data = tempDir();
  installFixture(data, "says-its-pid");
  const child = spawn(OSAURUS, ["mcp"], { env: { ...env, OSAURUS_HOME: data }, stdio: ["pipe", "ignore", "pipe"] });
  const call = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "misbehave", arguments: {} } };
  child.stdin.write(`${JSON.stringify(call)}\n`);
  let said = "";
  for await (const text of child.stderr.setEncoding("utf8").iterator({ destroyOnReturn: false })) {
    said += text;
    if (/pid \d+\s/.test(said)) break;
  }
  child.stderr.resume();
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  expect(await gone).toEqual([0, null]);
  await untilGone(Number(/pid (\d+)/.exec(said)![1]));
});

test("an agent gets only the tools that it has; one that is not there is told of, and nothing is served", async () => {
  const wish = ["--name", "narrow", "--tool", "test.echoes-input/free"];
  await runCli(["agents", "create", ...wish], { env, program: "osaurus" });
  const client = await connect("stdio", "2025-11-25", ["--agent", "narrow"]);
  expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(["free"]);
  await expect(client.callTool({ name: "checked", arguments: { n: 1 } })).rejects.toMatchObject({ code: -32602 });
  const nobody = await runCli(["mcp", "--agent", "nobody"], { env, program: "osaurus" });
  expect([nobody.code, nobody.stdout]).toEqual([10, ""]);
});

test("a call that needs consent waits for it, says so meanwhile, and comes to what was answered", async () => {
  const client = await connect("stdio", "2026-07-28");
  const progress: number[] = [];
  const onprogress: ProgressCallback = (told) => void progress.push(told.progress);
  const allowed = client.callTool({ name: "asks", arguments: {} }, { onprogress });
  await runCli(["approvals", "allow", await waitingApproval(), "--once"], { env, program: "osaurus" });
  expect((await allowed).isError).toBe(undefined);
  expect(progress[0]).toBe(0);
  const denied = client.callTool({ name: "asks", arguments: {} });
  await runCli(["approvals", "deny", await waitingApproval()], { env, program: "osaurus" });
  expect(await denied).toMatchObject({ isError: true, structuredContent: { kind: "user_denied" } });
});

async function waitingApproval(): Promise<string> {
  for (;;) {
    const { stdout } = await runCli(["approvals", "list", "--json"], { env, program: "osaurus" });
    const [waiting] = JSON.parse(stdout) as { readonly id: string }[];
    if (waiting !== undefined) return waiting.id;
  }
}
