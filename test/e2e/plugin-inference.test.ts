// A plugin's completions through the real program and, where it matters how a model's server behaves, over real sockets:
// tools of the plugin itself, transcripts, records, servers that fail in the middle, and who is told when nobody waits.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { resolvePaths } from "../../src/base/paths.ts";
import { withCaller } from "../../src/host/caller-scope.ts";
import { createHost, type Host } from "../../src/host/create-host.ts";
import type { ToolCall, ToolOutcome } from "../../src/tools/call-tool.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
import {
  callsTools,
  cutStream,
  delta,
  event,
  hangingStream,
  type ModelServer,
  responds,
  says,
  silence,
  startModelServer,
} from "../helpers/model-server.ts";
import { runCli } from "../helpers/run-cli.ts";
import { tempDir } from "../helpers/temp-dir.ts";
import { makeTempHome } from "../helpers/temp-home.ts";

const PLUGIN = "test.asks-models";
const HELLO = { role: "user", content: "Hello" };
const AGENT_ID = "00000000-0000-0000-0000-000000000001";

/** A data folder with the plugin, and the program on it. */
function user() {
  const home = makeTempHome();
  onTestFinished(() => home.remove());
  installFixture(home.env["OSAURUS_HOME"]!, "asks-models");
  const osaurus = (...args: string[]) => runCli(args, { program: "osaurus", env: home.env });
  return {
    env: home.env,
    osaurus,
    /** What the plugin's tool returned, line by line. */
    async call(tool: string, request: object = {}) {
      const args = JSON.stringify({ request: { messages: [HELLO], ...request } });
      const { stdout, stderr } = await osaurus("tools", "call", PLUGIN, tool, "--args", args, "--json");
      expect(stderr).not.toContain("error");
      return linesOf((JSON.parse(stdout) as { result: string }).result);
    },
    rows: async (...args: string[]) =>
      JSON.parse((await osaurus(...args, "--json")).stdout) as Record<string, unknown>[],
  };
}

/** A script that a scripted model follows. */
function scriptFile(script: object): string {
  const file = join(tempDir(), "script.json");
  writeFileSync(file, JSON.stringify({ model: "tale", ...script }));
  return file;
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into it as they like.
const linesOf = (text: string): any[] => text.split("\n").map((line) => JSON.parse(line));

test("a completion calls a tool of the very plugin that waits for it; transcript and records tell all of it", async () => {
  const { call, osaurus, rows } = user();
  const turns = [{ tool_calls: [{ name: "echo", arguments: { a: 1 } }] }, { text: ["It said ", "something."] }];
  expect(await osaurus("providers", "add", "demo", "--script", scriptFile({ turns }))).toMatchObject({ code: 0 });
  const lines = await call("stream", { tools: true, session_id: "talk" });
  const choices = lines.map((line) => line.choices[0]);
  expect(choices.filter(({ delta: { usage } = {} }) => usage === undefined)).toEqual([
    {
      index: 0,
      delta: { tool_calls: [{ id: expect.any(String), function: { name: "echo", arguments: '{"a":1}' } }] },
      finish_reason: "tool_calls",
    },
    {
      index: 0,
      delta: { role: "tool", tool_call_id: expect.any(String), content: expect.stringContaining('"ok":true') },
    },
    { index: 0, delta: { content: "It said " } },
    { index: 0, delta: { content: "something." } },
    { index: 0, delta: {}, finish_reason: "stop" },
    { index: 0, message: { role: "assistant", content: "It said something." }, finish_reason: "stop" },
  ]);
  expect(choices.filter(({ delta: { usage } = {} }) => usage !== undefined)).toHaveLength(2);
  expect(lines.at(-1).tool_calls_executed).toMatchObject([{ name: "echo" }]);

  const found = await rows("sessions", "list");
  expect(found).toMatchObject([{ agent_id: AGENT_ID, plugin_id: PLUGIN, session_key: "talk" }]);
  const recorded = await rows("insights");
  const traces = ["/tools/stream", "/host-api/chat/completions", "/tools/echo"].map((path) =>
    recorded.filter((row) => row["path"] === path),
  );
  expect(traces.map((some) => some.length)).toEqual([1, 1, 1]);
  expect(new Set(traces.flat().map((row) => row["trace_id"])).size).toBe(1);
  // The run itself is no row of its own: the plugin's call is.
  expect(recorded.filter((row) => row["kind"] === "inference")).toEqual([]);
});

/** A host in this process with the plugin, and models. */
async function openHost(provider?: { readonly url: string } | { readonly script: string }) {
  const { env } = user();
  const paths = resolvePaths({ env, platform: process.platform });
  const host = createHost({ paths, env, cwd: tempDir() });
  onTestFinished(() => host.stop());
  if (provider !== undefined) {
    const where = "url" in provider ? { baseUrl: provider.url } : provider;
    await (await host.models()).addProvider({ name: "demo", ...where }, new AbortController().signal);
  }
  const native = await host.native();
  const plugin = await native.plugin(PLUGIN);
  const call = async (
    tool: string,
    request: object = {},
    agentId = AGENT_ID,
    bounds: Pick<ToolCall, "signal" | "timeoutMs"> = {},
  ): Promise<ToolOutcome> => {
    const input = JSON.stringify({ request: { messages: [HELLO], ...request } });
    return await native.callTool(plugin, { tool, input, agentId, ...bounds });
  };
  const lines = async (tool: string, request?: object, agentId?: string) => told(await call(tool, request, agentId));
  return { host, call, lines };
}

function told({ envelope }: ToolOutcome) {
  if (!envelope.ok) throw new Error(JSON.stringify(envelope));
  return linesOf(envelope.result as string);
}

test("one session for each agent and key, whatever the plugin asks; without a key each completion has its own", async () => {
  const { host, lines } = await openHost({ script: scriptFile({ turns: [{ text: "yes" }] }) });
  const agents = await host.agents();
  const { id: other } = await agents.create({ name: "other" });
  await lines("complete", { session_id: "k" });
  await lines("complete", { session_id: "k" });
  await lines("complete", { session_id: "k" }, other);
  await lines("complete");
  const sessions = await agents.sessionsOf({});
  const found = sessions.map(({ agentId, externalKey, turnCount }) => `${agentId} ${externalKey} ${turnCount}`);
  expect(found.sort()).toEqual([`${AGENT_ID} k 4`, `${AGENT_ID} null 2`, `${other} k 2`].sort());
});

test("embeddings and models are those of the providers", async () => {
  const { lines } = await openHost({ script: scriptFile({ turns: [], embedding_dimensions: 3 }) });
  expect(await lines("models")).toMatchObject([
    {
      models: [
        { id: "tale", type: "chat" },
        { id: "tale-embedding", type: "embedding", dimensions: 3 },
      ],
    },
  ]);
  const [embedded] = await lines("embed", { input: ["a", "b"] });
  expect(embedded).toMatchObject({ model: "tale-embedding", data: [{ index: 0, dimensions: 3 }, { index: 1 }] });
});

test("without a provider the plugin is told so, and not more", async () => {
  const { lines } = await openHost();
  expect(await lines("complete")).toMatchObject([
    { error: "inference_error", code: "model_provider_missing", partial_content: "" },
  ]);
  expect(await lines("embed", { input: "x" })).toMatchObject([{ error: "embedding_error" }]);
  expect(await lines("models")).toEqual([{ models: [] }]);
});

test("what a plugin asks for is not asked for by whoever had it loaded", async () => {
  const server = await startModelServer({
    answers: [callsTools({ name: "echo", arguments: {} }), says("Done.")],
    models: ["m"],
  });
  const askDirectly = async () => expect.unreachable();
  const session = { kind: "conversation", id: "of somebody" } as const;
  const { host, lines } = await withCaller({ consent: { askDirectly }, session }, async () => {
    const opened = await openHost(server);
    await opened.call("echo");
    return opened;
  });
  const permissions = await host.permissions();
  await permissions.set(`${PLUGIN}/complete`, "auto", null);
  await permissions.set(`${PLUGIN}/echo`, "ask", null);
  const later = lines("complete", { tools: true });
  const [waiting] = await vi.waitFor(async () => {
    const all = await permissions.listApprovals();
    expect(all).toHaveLength(1);
    return all;
  }, WAIT);
  expect(waiting).toMatchObject({ toolId: "echo", conversation: undefined });
  await permissions.answer(waiting!.id, { allow: false });
  expect(await later).toMatchObject([{ choices: [{ message: { content: "Done." } }] }]);
});

test("an agent that nobody made has neither tools nor a session", async () => {
  const { host, lines } = await openHost({ script: scriptFile({ turns: [{ text: "yes" }] }) });
  const [answer] = await lines("complete", { tools: true }, "AAAAAAAA-0000-0000-0000-000000000001");
  expect(answer).toMatchObject({ choices: [{ message: { content: "yes" } }] });
  expect(await (await host.agents()).sessionsOf({})).toEqual([]);
});

const WAIT = { interval: 5, timeout: 10_000 };

const piece = (content: string) => event(delta({ content }));

/** The first request to the model's server, once there is one. */
async function asked(server: ModelServer) {
  return (await untilAsked(server, 1))[0]!;
}

test("a server that breaks off in the middle leaves what it had said, and no last chunk", async () => {
  const server = await startModelServer({ answers: [cutStream(piece("Hel"), piece("lo"))] });
  const { lines } = await openHost(server);
  const all = await lines("stream");
  expect(all.filter(({ choices }) => choices?.[0].finish_reason !== undefined)).toEqual([]);
  expect(all.at(-1)).toMatchObject({ error: "inference_error", code: "inference_cut", partial_content: "Hello" });
});

test.each([
  [responds(401, { error: { message: "Incorrect API key" } }), "inference_unauthorized"],
  [responds(400, { error: { message: "x", code: "context_length_exceeded" } }), "context_too_long"],
  [responds(200, "no JSON at all", { "content-type": "application/json" }), "inference_invalid"],
])("a server that refuses is told with its code", async (answer, code) => {
  const server = await startModelServer({ answers: [answer] });
  const { lines } = await openHost(server);
  expect(await lines("complete")).toMatchObject([{ error: "inference_error", code, partial_content: "" }]);
});

test("a cancel from inside on_chunk ends the request to the model's server", async () => {
  const server = await startModelServer({ answers: [hangingStream(piece("Hel"))] });
  const { lines } = await openHost(server);
  const all = await lines("cancel-inside", { stream_id: "s" });
  expect(all.at(-2)).toMatchObject({ choices: [{ finish_reason: "cancelled" }] });
  expect(all.at(-1)).toMatchObject({ error: "cancelled", stream_id: "s", partial_content: "Hel" });
  const request = await asked(server);
  await request.over;
  expect(request.isCancelled).toBe(true);
});

test("a plugin that crashes in the middle ends the request to the model's server", async () => {
  const server = await startModelServer({ answers: [hangingStream(piece("Hel"))] });
  const { call } = await openHost(server);
  expect(await call("crash-inside")).toMatchObject({ breakdown: { code: "plugin_crashed" } });
  const request = await asked(server);
  await request.over;
  expect(request.isCancelled).toBe(true);
});

const ENDS: [string, (host: Host) => Promise<unknown>][] = [
  ["the host stops", (host) => host.stop()],
  ["the plugin is given up", async (host) => await (await (await host.native()).plugin(PLUGIN)).retire()],
];

test.each(ENDS)(
  "when %s in the middle, the request to the model's server ends, and the plugin gets what there was",
  async (_what, end) => {
    const server = await startModelServer({ answers: [hangingStream(piece("Hel"))] });
    const { host, lines } = await openHost(server);
    const streaming = lines("stream");
    const request = await asked(server);
    const [all] = await Promise.all([streaming, end(host)]);
    expect(all.at(-1)).toMatchObject({ error: "cancelled", message: "The host ended the request." });
    await request.over;
    expect(request.isCancelled).toBe(true);
  },
);

/** The next requests to the model's server, once there are so many. */
async function untilAsked(server: ModelServer, count: number): Promise<ModelServer["requests"]> {
  await vi.waitFor(() => expect(server.completions.length).toBeGreaterThanOrEqual(count), WAIT);
  return server.completions;
}

test("calls whose callers left: what they asked for ends, and the plugin may ask again at once", async () => {
  const server = await startModelServer({ answers: [hangingStream(piece("Hel"))] });
  const { call, lines } = await openHost(server);
  const caller = new AbortController();
  const bounds = { signal: caller.signal };
  const calls = [call("complete", {}, AGENT_ID, bounds), call("stream", {}, AGENT_ID, bounds)];
  const over = Promise.allSettled(calls);
  const requests = await untilAsked(server, 2);
  expect(await lines("complete")).toMatchObject([{ error: "plugin_busy" }]);
  server.answers(says("yes"));
  caller.abort();
  expect(await over).toMatchObject([{ reason: { code: "interrupted" } }, { reason: { code: "interrupted" } }]);
  await Promise.all(requests.map((request) => request.over));
  expect(requests.map(({ isCancelled }) => isCancelled)).toEqual([true, true]);
  await untilServed(lines);
});

test("a call whose time is over: what it asked for ends, and what another call asked for goes on", async () => {
  const server = await startModelServer({ answers: [hangingStream(piece("Hel"))] });
  const { call, lines } = await openHost(server);
  const caller = new AbortController();
  const other = call("complete", {}, AGENT_ID, { signal: caller.signal }).catch((error: unknown) => error);
  await untilAsked(server, 1);
  expect(await call("complete", {}, AGENT_ID, { timeoutMs: 300 })).toMatchObject({
    breakdown: { code: "plugin_timeout" },
  });
  const [kept, ended] = await untilAsked(server, 2);
  await ended!.over;
  expect(ended!.isCancelled).toBe(true);
  expect(kept!.isCancelled).toBe(false);
  server.answers(says("yes"));
  await untilServed(lines);
  caller.abort();
  expect(await other).toMatchObject({ code: "interrupted" });
  await kept!.over;
});

test("embeddings of a call whose caller left end as well", async () => {
  const server = await startModelServer({ paths: { "/v1/embeddings": silence() } });
  const { call } = await openHost(server);
  const caller = new AbortController();
  const calling = call("embed", { input: "a" }, AGENT_ID, { signal: caller.signal }).catch((error: unknown) => error);
  const find = () => server.requests.find(({ path }) => path === "/v1/embeddings");
  await vi.waitFor(() => expect(find()).toBeDefined(), WAIT);
  caller.abort();
  expect(await calling).toMatchObject({ code: "interrupted" });
  await find()!.over;
  expect(find()!.isCancelled).toBe(true);
});

test("completions within completions all end with the outermost call", async () => {
  const asksAgain = callsTools({ name: "complete", arguments: { request: { messages: [HELLO], tools: true } } });
  const server = await startModelServer({ answers: [asksAgain, hangingStream(piece("Hel"))] });
  const { call, host, lines } = await openHost(server);
  const caller = new AbortController();
  const bounds = { signal: caller.signal };
  const calling = call("complete", { tools: true }, AGENT_ID, bounds).catch((error: unknown) => error);
  const [, inner] = await untilAsked(server, 2);
  server.answers(says("yes"));
  caller.abort();
  expect(await calling).toMatchObject({ code: "interrupted" });
  await inner!.over;
  expect(inner!.isCancelled).toBe(true);
  await untilServed(lines);

  // The same below a run of the agent, which is what a conversation is.
  server.answers(asksAgain, asksAgain, hangingStream(piece("Hel")));
  const before = server.completions.length;
  const run = new AbortController();
  const agent = await (await host.agents()).find("default");
  const running = (await host.inference()).run({
    agent,
    model: undefined,
    messages: [{ role: "user", content: "Hello" }],
    tools: { kind: "agent" },
    sampling: {},
    traceId: "t",
    signal: run.signal,
  });
  const innermost = (await untilAsked(server, before + 3)).at(-1)!;
  server.answers(says("yes"));
  run.abort();
  expect(await running).toMatchObject({ finish: "cancelled" });
  await innermost.over;
  expect(innermost.isCancelled).toBe(true);
  await untilServed(lines);
});

/** A plugin that has both of its places taken is refused: until it is not, which the request's end is just before. */
async function untilServed(lines: (tool: string) => Promise<Record<string, unknown>[]>): Promise<void> {
  for (;;) {
    const [answer] = await lines("complete");
    if (answer?.["error"] === undefined) return;
    expect(answer).toMatchObject({ error: "plugin_busy" });
  }
}

test("what a plugin adds stands behind the agent's prompt, in the one system message", async () => {
  const server = await startModelServer({ answers: [says("yes")] });
  const { host, lines } = await openHost(server);
  const agents = await host.agents();
  await agents.update("default", { systemPrompt: "You are the agent." });
  await lines("complete", { messages: [{ role: "system", content: "From the request." }, HELLO], temperature: 0.25 });
  const { body } = await asked(server);
  const systems = body.messages.filter(({ role }: { role: string }) => role === "system");
  expect(systems).toHaveLength(1);
  expect(systems[0].content).toMatch(/You are the agent\.[\s\S]*From the request\.[\s\S]*Speak of dinosaurs\./);
  expect(body).toMatchObject({ temperature: 0.25 });
});

test("a tool of the plugin's own list that the agent does not have is the plugin's to call", async () => {
  const server = await startModelServer({ answers: [callsTools({ name: "mine", arguments: { a: 1 } })] });
  const { lines } = await openHost(server);
  const tools = [{ type: "function", function: { name: "mine", description: "", parameters: { type: "object" } } }];
  const [answer] = await lines("complete", { tools });
  expect(answer.choices[0]).toMatchObject({
    finish_reason: "tool_calls",
    message: { tool_calls: [{ type: "function", function: { name: "mine", arguments: '{"a":1}' } }] },
  });
});

test("an agent's completion has that agent's tools only", async () => {
  const server = await startModelServer({ answers: [callsTools({ name: "echo", arguments: {} }), says("done")] });
  const { host, lines } = await openHost(server);
  const agents = await host.agents();
  await agents.update("default", { tools: { mode: "except", names: [`${PLUGIN}/echo`] } });
  const [answer] = await lines("complete", { tools: true });
  expect(answer).not.toHaveProperty("tool_calls_executed");
  const names = server.completions[0]?.body.tools.map((tool: { function: { name: string } }) => tool.function.name);
  expect(names).toContain("complete");
  expect(names).not.toContain("echo");
});
