// One tool of each kind on each face: the same answer, the same check of arguments, the same permission, the same record.
// The model is a server that calls whatever the person tells it to call, so every face runs the real thing.

import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import OpenAI from "openai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { installFixture } from "../helpers/installed-plugin.ts";
import { callsTools, keptModelServer, type ModelServer, says } from "../helpers/model-server.ts";
import { runCli, startCli } from "../helpers/run-cli.ts";
import { makeTempHome } from "../helpers/temp-home.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const home = makeTempHome();
const data = home.env["OSAURUS_HOME"]!;
let upstream: ModelServer;
let serve: ReturnType<typeof startCli>;
let url = "";
let key = "";

/** Greets somebody, with a flag and an argument: what a process plugin mostly is. */
const GREETS = `#!/usr/bin/env node
const command = {
  name: "greets",
  about: "Greet somebody",
  args: [{ name: "who", required: true }],
  flags: { "--times": { about: "how often" } },
};
const args = process.argv.slice(2);
const at = args.indexOf("--times");
const times = at === -1 ? 1 : Number(args[at + 1]);
const who = args.slice(1).filter((_, index) => at === -1 || (index + 1 !== at && index !== at))[0];
const print = (value) => process.stdout.write(JSON.stringify(value));
if (args[0] === "--describe") print({ protocol_version: 1, plugin_id: "greets", plugin_version: "1.0.0", commands: [command] });
else print({ protocol_version: 1, ok: true, data: Array(times).fill({ text: "hello " + who }), meta: {} });
`;

interface ToolCase {
  readonly kind: string;
  /** As models and MCP clients know it. */
  readonly name: string;
  readonly plugin: string;
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** Words behind `osp` that call it. */
  readonly words: readonly string[];
  readonly says: string;
  /** Arguments that it does not take, and what the refusal names. */
  readonly wrong: Readonly<Record<string, unknown>>;
  readonly names: string;
}

const TOOLS: readonly ToolCase[] = [
  {
    kind: "native",
    name: "shout",
    plugin: "test.shouts",
    tool: "shout",
    args: { text: "hello moon" },
    words: ["test.shouts", "shout", "--text", "hello moon"],
    says: "HELLO MOON",
    wrong: { text: "hello moon", loud: true },
    names: "loud",
  },
  {
    kind: "process",
    name: "greets",
    plugin: "greets",
    tool: "greets",
    args: { who: "moon", times: "2" },
    words: ["greets", "moon", "--times", "2"],
    says: "hello moon",
    wrong: { who: "moon", shout: "yes" },
    names: "shout",
  },
];

interface Answer {
  readonly text: string;
  readonly failed: boolean;
}

/** The faces that programs and models use: each takes a tool's name and arguments, and gives what came of it. */
const FACES: Readonly<Record<string, (name: string, args: unknown) => Promise<Answer>>> = {
  async chat(name, args) {
    told(name, args);
    const { stdout } = await runCli(["chat", "call it"], { program: "osaurus", env: home.env });
    return modelSaw(stdout);
  },
  async "OpenAI API"(name, args) {
    told(name, args);
    const answer = await new OpenAI({ baseURL: `${url}/v1`, apiKey: key }).chat.completions.create({
      model: "default",
      messages: [{ role: "user", content: "call it" }],
    });
    return modelSaw(answer.choices[0]!.message.content ?? "");
  },
  async "OpenAI API, streamed"(name, args) {
    told(name, args);
    const stream = await new OpenAI({ baseURL: `${url}/v1`, apiKey: key }).chat.completions.create({
      model: "default",
      messages: [{ role: "user", content: "call it" }],
      stream: true,
    });
    let text = "";
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
    return modelSaw(text);
  },
  async "a plugin's completion"(name, args) {
    told(name, args);
    const request = { messages: [{ role: "user", content: "call it" }], tools: true };
    const input = JSON.stringify({ request });
    const { stdout } = await runCli(["tools", "call", "test.asks-models", "complete", "--args", input, "--json"], {
      program: "osaurus",
      env: home.env,
    });
    const { result } = JSON.parse(stdout) as { result: string };
    const answer = JSON.parse(result) as { choices: { message: { content: string } }[] };
    return modelSaw(answer.choices[0]!.message.content);
  },
  async "MCP on stdio"(name, args) {
    const client = new Client({ name: "parity", version: "1.0.0" });
    const command = join(ROOT, "bin", "osaurus");
    await client.connect(new StdioClientTransport({ command, args: ["mcp"], env: home.env, stderr: "ignore" }));
    return await called(client, name, args);
  },
  async "MCP on HTTP"(name, args) {
    const client = new Client({ name: "parity", version: "1.0.0" });
    const headers = { authorization: `Bearer ${key}` };
    await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit: { headers } }));
    return await called(client, name, args);
  },
};

async function called(client: Client, name: string, args: unknown): Promise<Answer> {
  try {
    const result = await client.callTool({ name, arguments: args as Record<string, unknown> });
    const content = result.content as readonly { readonly type: string; readonly text?: string }[];
    return { text: content.map((part) => part.text ?? "").join("\n"), failed: result.isError === true };
  } finally {
    await client.close();
  }
}

/** The model calls the tool, and then says something of its own. */
function told(name: string, args: unknown): void {
  upstream.answers(callsTools({ name, arguments: args }), says("that was it"));
}

/** What the model was given of the tool's answer, in the request in which it then answered. */
function modelSaw(said: string): Answer {
  expect(said.trim()).toBe("that was it");
  const { messages } = upstream.completions.at(-1)!.body as { messages: { role: string; content: string }[] };
  const text = messages.findLast(({ role }) => role === "tool")!.content;
  return { text, failed: /"ok":\s*false/.test(text) };
}

async function osaurus(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli(args, { program: "osaurus", env: home.env });
  expect(code, stderr).toBe(0);
  return stdout;
}

beforeAll(async () => {
  installFixture(data, "shouts");
  installFixture(data, "asks-models");
  const plugins = join(home.env["XDG_CONFIG_HOME"]!, "osp", "plugins");
  mkdirSync(plugins, { recursive: true });
  writeFileSync(join(plugins, "osp-greets"), GREETS);
  chmodSync(join(plugins, "osp-greets"), 0o755);
  upstream = await keptModelServer({ models: ["model-a"] });
  await osaurus("providers", "add", "up", "--base-url", upstream.url, "--model", "model-a");
  key = (JSON.parse(await osaurus("keys", "create", "--json")) as { key: string }).key;
  serve = startCli(["serve", "--port", "0"], { program: "osaurus", env: home.env });
  url = await firstLine(serve);
});

async function firstLine({ child, result }: ReturnType<typeof startCli>): Promise<string> {
  let text = "";
  const over = result.then(({ stderr }) => {
    throw new Error(`serve ended: ${stderr}`);
  });
  const line = new Promise<string>((resolve) => {
    child.stdout!.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      const found = /https?:\/\/\S+/.exec(text);
      if (found !== null && text.includes("\n")) resolve(found[0].replace(/\/$/, ""));
    });
  });
  over.catch(() => {});
  return await Promise.race([line, over]);
}

afterAll(async () => {
  serve?.child.kill("SIGTERM");
  await serve?.result;
  await upstream?.stop();
  home.remove();
});

const MATRIX = TOOLS.flatMap((tool) => Object.keys(FACES).map((face) => ({ tool, face, kind: tool.kind })));

test.each(TOOLS)("a $kind tool answers in the terminal", async (tool) => {
  const { code, stdout, stderr } = await runCli(tool.words, { env: home.env });
  expect(code, stderr).toBe(0);
  expect(stdout).toContain(tool.says);
});

test.each(MATRIX)("a $kind tool answers on the face: $face", async ({ tool, face }) => {
  const { text, failed } = await FACES[face]!(tool.name, tool.args);
  expect(text).toContain(tool.says);
  expect(failed).toBe(false);
});

test.each(MATRIX)("wrong arguments of a $kind tool are refused by name on the face: $face", async ({ tool, face }) => {
  const { text, failed } = await FACES[face]!(tool.name, tool.wrong);
  expect(text).toContain(tool.names);
  expect(failed).toBe(true);
});

test("wrong arguments of a native tool are refused in the terminal, by the name of the flag", async () => {
  const { code, stderr } = await runCli([...TOOLS[0]!.words, "--loud"], { env: home.env });
  expect(code).toBe(2);
  expect(stderr).toContain("--loud");
});

test("every one of these calls is a row in Insights, those of models with the run that asked for them", async () => {
  const rows = JSON.parse(await osaurus("insights", "--limit", "1000", "--json")) as {
    plugin_id: string;
    path: string;
    status: number;
    trace_id: string | null;
  }[];
  for (const { plugin, tool } of TOOLS) {
    const own = rows.filter((row) => row.plugin_id === plugin && row.path === `/tools/${tool}`);
    const faces = Object.keys(FACES).length;
    expect(own.filter(({ status }) => status === 200).length, plugin).toBeGreaterThanOrEqual(faces);
    expect(own.filter(({ status }) => status === 400).length, plugin).toBeGreaterThanOrEqual(faces);
    expect(own.every((row) => typeof row.trace_id === "string")).toBe(true);
  }
});

// Last: from here on the tools are denied.
test.each(MATRIX)("a $kind tool that was denied runs on no face: $face", async ({ tool, face }) => {
  await osaurus("permissions", "set", `${tool.plugin}/${tool.tool}`, "deny");
  const { text, failed } = await FACES[face]!(tool.name, tool.args);
  expect(text).not.toContain(tool.says);
  expect(text).toMatch(/denied/i);
  expect(failed).toBe(true);
});
