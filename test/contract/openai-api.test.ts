// The OpenAI-compatible API as stock clients use it: the official client, a real host, and a model's server that is
// scripted by the test.

import { once } from "node:events";
import OpenAI, { APIError } from "openai";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import type { Host } from "../../src/host/create-host.ts";
import {
  CONTENT_PARTS_MAX,
  EMBED_INPUTS_MAX,
  INFERENCE_MESSAGES_MAX,
  REQUEST_STOPS_MAX,
  REQUEST_TOOLS_MAX,
  RUN_TOOL_CALLS_MAX,
} from "../../src/protocol/limits.ts";
import { stopServer } from "../../src/server/listen.ts";
import { installFixture } from "../helpers/installed-plugin.ts";
import {
  callsTools,
  cutStream,
  delta,
  event,
  events,
  finish,
  hangingStream,
  keptModelServer,
  type ModelAnswer,
  type ModelServer,
  responds,
  says,
  thinks,
} from "../helpers/model-server.ts";
import { openRaw, requestText, type ServedHost, serveHost } from "../helpers/served-host.ts";

let served: ServedHost;
let upstream: ModelServer;
/** What is answered at paths in place of what is mostly answered there. */
const paths: Record<string, ModelAnswer> = {};
let client: OpenAI;
let echo: string;

beforeAll(async () => {
  upstream = await keptModelServer({ paths });
  served = await serveHost();
  installFixture(served.home.env["OSAURUS_HOME"]!, "echoes-input", { consent: ["calendar", "network"] });
  await addProvider(served.host, upstream);
  client = clientOf(served);
  const agent = await (await served.host.agents()).find(undefined);
  const tools = await (await served.host.shelf()).list(agent);
  echo = tools.find(({ toolId }) => toolId === "checked")!.name;
});
afterAll(async () => {
  await served.stop();
  await upstream.stop();
});
beforeEach(() => {
  upstream.answers(says("Hello"));
  upstream.requests.length = 0;
  delete paths["/v1/embeddings"];
});

function clientOf({ url, key }: ServedHost, headers: Record<string, string> = {}): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0, defaultHeaders: headers });
}

async function addProvider(host: Host, { url }: ModelServer): Promise<void> {
  const wish = { name: "up", baseUrl: url, model: "test-model", embeddingModel: "test-embed" };
  await (await host.models()).addProvider(wish, new AbortController().signal);
}

async function post(path: string, body: unknown, headers: Record<string, string> = {}) {
  return await fetch(`${served.url}/v1${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${served.key}`, "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

async function refusal(path: string, body: unknown) {
  const response = await post(path, body);
  const { error } = (await response.json()) as { error: Record<string, string | null> };
  return { status: response.status, ...error } as { status: number; message: string; param: string; code: string };
}

async function allOf<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of stream) all.push(one);
  return all;
}

async function failure(work: PromiseLike<unknown>): Promise<APIError> {
  const error = await Promise.resolve(work).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(APIError);
  return error as APIError;
}

const USER = [{ role: "user" as const, content: "hi" }];
/** A message of the assistant with so many calls, and their results. */
function callMessages(count: number): object[] {
  const ids = Array.from({ length: count }, (_, index) => `call_${index}`);
  const calls = ids.map((id) => ({ id, type: "function", function: { name: "weather", arguments: "{}" } }));
  const results = ids.map((id) => ({ role: "tool", tool_call_id: id, content: "x" }));
  return [...USER, { role: "assistant", content: null, tool_calls: calls }, ...results];
}

const CHAT = { model: "test-model", messages: USER };
const WEATHER = {
  name: "weather",
  description: "tells the weather",
  parameters: { type: "object", properties: { city: { type: "string" } } },
};

describe("chat completions", () => {
  test("give the whole answer", async () => {
    upstream.answers(thinks("hm", "Hello"));
    const completion = await client.chat.completions.create({ ...CHAT, temperature: 0.5, stop: ["x"], seed: 1 });
    expect(completion).toMatchObject({
      object: "chat.completion",
      model: "test-model",
      choices: [
        { index: 0, finish_reason: "stop", message: { role: "assistant", content: "Hello", reasoning_content: "hm" } },
      ],
      usage: { prompt_tokens: 7, completion_tokens: 2, total_tokens: 9 },
      osaurus: { finish: "stop" },
    });
    expect(completion.id).toMatch(/^chatcmpl-/);
    expect(upstream.completions[0]!.body).toMatchObject({ temperature: 0.5, stop: ["x"], seed: 1 });
  });

  test("stream it, with its usage when that is asked for", async () => {
    upstream.answers(says("Hel", "lo", " wörld"));
    const stream = await client.chat.completions.create({
      ...CHAT,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = await allOf(stream);
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).toBe("Hello wörld");
    expect(chunks[0]!.choices[0]!.delta).toEqual({ role: "assistant", content: "" });
    expect(chunks.at(-2)!.choices[0]!.finish_reason).toBe("stop");
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
    });
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
  });

  test("end a stream with [DONE], and without usage unless it is asked for", async () => {
    const response = await post("/chat/completions", { ...CHAT, stream: true });
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    const text = await response.text();
    expect(text).toMatch(/data: \[DONE\]\n\n$/);
    expect(text).not.toContain('usage":');
  });

  test("hand calls of the client's tools to the client, and take their results", async () => {
    upstream.answers(callsTools({ name: "weather", arguments: { city: "Bern" }, id: "call_1" }));
    const tools = [{ type: "function" as const, function: WEATHER }];
    const first = await client.chat.completions.create({ ...CHAT, tools, tool_choice: "auto" });
    const [choice] = first.choices;
    expect(choice).toMatchObject({
      finish_reason: "tool_calls",
      message: {
        content: null,
        tool_calls: [{ id: "call_1", type: "function", function: { name: "weather", arguments: '{"city":"Bern"}' } }],
      },
    });
    // None of the agent's own tools was offered beside them.
    expect(upstream.completions[0]!.body.tools).toEqual([{ type: "function", function: WEATHER }]);
    upstream.answers(says("It rains"));
    const result = { role: "tool" as const, tool_call_id: "call_1", content: "rain" };
    const second = await client.chat.completions.create({
      ...CHAT,
      tools,
      messages: [...USER, choice!.message, result],
    });
    expect(second.choices[0]!.message.content).toBe("It rains");
    expect(upstream.completions.at(-1)!.body.messages.slice(-2)).toMatchObject([
      { role: "assistant", tool_calls: [{ id: "call_1" }] },
      { role: "tool", tool_call_id: "call_1", content: "rain" },
    ]);
  });

  test("stream calls of the client's tools", async () => {
    upstream.answers(
      callsTools(
        { name: "weather", arguments: { city: "Bern" }, id: "a" },
        { name: "weather", arguments: "{", id: "b" },
      ),
    );
    const chunks = await allOf(
      await client.chat.completions.create({ ...CHAT, stream: true, tools: [{ type: "function", function: WEATHER }] }),
    );
    const calls = chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? []);
    expect(calls.map(({ index, id, function: made }) => [index, id, made?.arguments])).toEqual([
      [0, "a", '{"city":"Bern"}'],
      [1, "b", "{"],
    ]);
    expect(chunks.at(-1)!.choices[0]!.finish_reason).toBe("tool_calls");
  });

  test("run the agent's own tools in the host when the request brings none", async () => {
    const scripted = () => upstream.answers(callsTools({ name: echo, arguments: { n: 7 } }), says("Done"));
    scripted();
    const completion = await client.chat.completions.create(CHAT);
    expect(completion).toMatchObject({
      choices: [{ finish_reason: "stop", message: { content: "Done" } }],
      osaurus: { tool_calls_executed: [{ name: echo }] },
    });
    expect(completion.choices[0]!.message.tool_calls).toBeUndefined();
    expect(upstream.completions[1]!.body.messages.at(-1)).toMatchObject({ role: "tool" });
    expect(upstream.completions[1]!.body.messages.at(-1).content).toContain('"n":7');
    scripted();
    const chunks = await allOf(await client.chat.completions.create({ ...CHAT, stream: true }));
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).toBe("Done");
    expect(chunks.every(({ choices }) => choices[0]?.delta.tool_calls === undefined)).toBe(true);
    const told = chunks.map((chunk) => (chunk as { osaurus?: object }).osaurus).filter((one) => one !== undefined);
    expect(told).toMatchObject([
      { tool_call: { name: echo } },
      { tool_result: { is_error: false } },
      { finish: "stop" },
    ]);
  });

  test("keep what a model says before its tools apart from what it says after them", async () => {
    const before = events(
      delta({ content: "Let me see." }),
      delta({ tool_calls: [{ index: 0, id: "c", type: "function", function: { name: echo, arguments: "{}" } }] }),
      finish("tool_calls"),
    );
    upstream.answers(before, says("Done"));
    const chunks = await allOf(await client.chat.completions.create({ ...CHAT, stream: true }));
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).toBe("Let me see.\n\nDone");
  });

  test("offer no tools at all for an empty list, or the choice of none", async () => {
    await client.chat.completions.create({ ...CHAT, tools: [] });
    await client.chat.completions.create({ ...CHAT, tool_choice: "none" });
    await client.chat.completions.create(CHAT);
    expect(upstream.completions.map(({ body }) => (body.tools ?? []).length > 0)).toEqual([false, false, true]);
  });

  test("pass on pictures, formats and the newer name of the bound", async () => {
    const content = [
      { type: "text" as const, text: "what is it?" },
      { type: "image_url" as const, image_url: { url: "data:image/png;base64,AA==" } },
    ];
    const response_format = { type: "json_object" as const };
    await client.chat.completions.create({
      ...CHAT,
      messages: [{ role: "user", content }],
      response_format,
      max_completion_tokens: 5,
    });
    const { body } = upstream.completions[0]!;
    expect(body.messages.at(-1).content).toEqual(content);
    expect(body).toMatchObject({ response_format, max_tokens: 5 });
  });

  test("are for the agent that the header or the model names", async () => {
    const agents = await served.host.agents();
    const poet = await agents.create({ name: "poet", systemPrompt: "You rhyme.", model: "test-model" });
    for (const [headers, model] of [
      [{}, "agent:poet"],
      [{ "X-Osaurus-Agent-Id": poet.id }, "test-model"],
      [{ "X-Osaurus-Agent-Id": "poet" }, "agent:Poet"],
    ] as const) {
      await clientOf(served, headers).chat.completions.create({ model, messages: USER });
      const [first] = upstream.completions.at(-1)!.body.messages;
      expect([model, first.role, String(first.content).startsWith("You rhyme.")]).toEqual([model, "system", true]);
    }
    const both = clientOf(served, { "X-Osaurus-Agent-Id": "poet" });
    expect(await failure(both.chat.completions.create({ model: "agent:default", messages: USER }))).toMatchObject({
      status: 400,
      param: "model",
    });
    expect(await failure(client.chat.completions.create({ model: "agent:nobody", messages: USER }))).toMatchObject({
      status: 404,
      code: "agent_unknown",
    });
  });

  test("keep no transcript, unless a session is named", async () => {
    const agents = await served.host.agents();
    const before = (await agents.sessionsOf({})).length;
    await client.chat.completions.create(CHAT);
    expect(await agents.sessionsOf({})).toHaveLength(before);
    const first = await post("/chat/completions", CHAT, { "x-osaurus-session-id": "new" });
    const id = first.headers.get("x-osaurus-session-id")!;
    await first.text();
    const again = await post("/chat/completions", CHAT, { "x-osaurus-session-id": id });
    expect(((await again.json()) as { osaurus: object }).osaurus).toMatchObject({ session_id: id });
    expect(
      upstream.completions.at(-1)!.body.messages.filter(({ role }: { role: string }) => role !== "system"),
    ).toMatchObject([
      { role: "user", content: "hi" },
      { role: "assistant", content: "Hello" },
      { role: "user", content: "hi" },
    ]);
    const unknown = await post("/chat/completions", CHAT, { "x-osaurus-session-id": crypto.randomUUID() });
    expect(unknown.status).toBe(404);
  });
});

describe("what goes wrong upstream", () => {
  test.each([
    ["a bound on requests", responds(429, { error: { message: "slow down" } }, { "retry-after": "30" }), 429],
    ["a refused key", responds(401, { error: { message: "wrong key" } }), 502],
    [
      "a conversation that is too long",
      responds(400, { error: { message: "x", code: "context_length_exceeded" } }),
      400,
    ],
    ["a failure of its own", responds(500, { error: { message: "boom" } }), 502],
    ["a request that it does not take", responds(400, { error: { message: "no" } }), 400],
    ["an address that it does not have", responds(404, { error: { message: "no" } }), 400],
    ["content that it does not take", responds(422, { error: { message: "no" } }), 400],
  ])("is told with its status: %s", async (name, answer, status) => {
    const plain = new Set([
      "a request that it does not take",
      "an address that it does not have",
      "content that it does not take",
    ]);
    upstream.answers(answer);
    for (const stream of [false, true]) {
      const response = await post("/chat/completions", { ...CHAT, stream });
      expect([stream, response.status]).toEqual([stream, status]);
      if (status === 429) expect(response.headers.get("retry-after")).toBe("30");
      // Clients would try again by themselves what the host has tried already.
      const isOver = status === 502 || plain.has(name);
      expect(response.headers.get("x-should-retry")).toBe(isOver ? "false" : null);
      expect(((await response.json()) as { error: { message: string } }).error.message).not.toBe("");
    }
  });

  test("after a part of the answer ends a stream with an error that has this part", async () => {
    upstream.answers(cutStream(event(delta({ content: "Hel" })), event(delta({ content: "lo" }))));
    const text = await (await post("/chat/completions", { ...CHAT, stream: true })).text();
    const [, last] = /event: error\ndata: (.*)\n\n$/.exec(text)!;
    expect(JSON.parse(last!).error).toMatchObject({
      type: "inference_error",
      code: "inference_cut",
      partial_content: "Hello",
    });
    expect(text).not.toContain("[DONE]");
    const stream = await client.chat.completions.create({ ...CHAT, stream: true });
    const error = await failure(allOf(stream));
    expect(error.code).toBe("inference_cut");
    const whole = await failure(client.chat.completions.create(CHAT));
    expect(whole).toMatchObject({ status: 502, code: "inference_cut", error: { partial_content: "Hello" } });
  });

  test("names a model that is not there", async () => {
    const error = await failure(client.chat.completions.create({ ...CHAT, model: "no-such-model" }));
    expect(error).toMatchObject({ status: 404, code: "model_not_found", type: "invalid_request_error" });
  });
});

test("a key that is revoked ends the stream that it asked for", async () => {
  const other = await serveHost({ times: { keyLookMs: 10 } });
  onTestFinished(other.stop);
  await addProvider(other.host, upstream);
  upstream.answers(hangingStream(event(delta({ content: "Hel" }))));
  const ask = (key: string) =>
    fetch(`${other.url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify({ ...CHAT, stream: true }),
    });
  const keys = await other.host.accessKeys();
  const { key, entry } = await keys.create({ name: "to be revoked", agentId: null, expiresAt: null });
  const [ended, goesOn] = [await ask(key), await ask(other.key)];
  await keys.revoke(entry.id);
  expect(await ended.text()).toMatch(/event: error\ndata: .*"code":"interrupted","partial_content":"Hel"/);
  const reader = goesOn.body!.getReader();
  expect((await reader.read()).done).toBe(false);
  await reader.cancel();
});

test("a key whose time is over ends what it asked for", async () => {
  const other = await serveHost({ times: { keyLookMs: 10 } });
  onTestFinished(other.stop);
  await addProvider(other.host, upstream);
  upstream.answers(hangingStream(event(delta({ content: "Hel" }))));
  const expiresAt = new Date(Date.now() + 500).toISOString();
  const { key } = await (await other.host.accessKeys()).create({ name: "short", agentId: null, expiresAt });
  const response = await fetch(`${other.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ ...CHAT, stream: true }),
  });
  expect(await response.text()).toContain('"code":"interrupted"');
});

describe("a client that goes away", () => {
  test("in the middle of a stream ends what is asked of the model", async () => {
    upstream.answers(hangingStream(event(delta({ content: "Hel" }))));
    const stream = await client.chat.completions.create({ ...CHAT, stream: true });
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content === "Hel") break;
    await upstream.completions[0]!.over;
    expect(upstream.completions[0]!.isCancelled).toBe(true);
  });

  test("while it waits for the whole answer does so too", async () => {
    const begun = Promise.withResolvers<void>();
    upstream.answers(async (_, { over }) => {
      begun.resolve();
      await over;
    });
    const body = JSON.stringify(CHAT);
    const socket = openRaw(served.port);
    const headers = ["host: 127.0.0.1", `authorization: Bearer ${served.key}`, "content-type: application/json"];
    socket.write(requestText("POST /v1/chat/completions", headers, body));
    await begun.promise;
    socket.destroy();
    await upstream.completions[0]!.over;
    expect(upstream.completions[0]!.isCancelled).toBe(true);
  });

  test("or does not read slows the model down, and nothing piles up", async () => {
    const piece = event(delta({ content: "x".repeat(64 * 1024) }));
    let sent = 0;
    upstream.answers(async (response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      const closed = once(response, "close");
      for (; sent < 2_000 && !response.destroyed; sent++) {
        if (!response.write(piece)) await Promise.race([once(response, "drain"), closed]);
      }
      response.end();
    });
    const socket = openRaw(served.port);
    const headers = ["host: 127.0.0.1", `authorization: Bearer ${served.key}`, "content-type: application/json"];
    socket.write(requestText("POST /v1/chat/completions", headers, JSON.stringify({ ...CHAT, stream: true })));
    await once(socket, "data");
    socket.pause();
    const seen = [-1];
    // It stands still once all buffers in between are full.
    await expect.poll(() => seen.push(sent) && seen.at(-1) === seen.at(-2), { interval: 200 }).toBe(true);
    expect(sent).toBeLessThan(1_000);
    socket.destroy();
    await upstream.completions[0]!.over;
  });
});

test("a host that is stopped ends streams that do not end by themselves with an error", async () => {
  const other = await serveHost();
  onTestFinished(other.stop);
  await addProvider(other.host, upstream);
  upstream.answers(hangingStream(event(delta({ content: "Hel" }))));
  const response = await fetch(`${other.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${other.key}`, "content-type": "application/json" },
    body: JSON.stringify({ ...CHAT, stream: true }),
  });
  await stopServer(other.server, 1);
  const text = await response.text();
  expect(text).toContain("Hel");
  expect(text).toMatch(/event: error\ndata: .*"code":"interrupted","partial_content":"Hel"/);
});

describe("a request for a chat completion", () => {
  const bad: [string, unknown, string | null][] = [
    ["no object", [], null],
    ["no messages", {}, "messages"],
    ["empty messages", { messages: [] }, "messages"],
    ["an unknown role", { messages: [{ role: "boss", content: "x" }] }, "messages[0].role"],
    ["no content", { messages: [{ role: "user" }] }, "messages[0].content"],
    ["a part without type", { messages: [{ role: "user", content: [{}] }] }, "messages[0].content[0]"],
    [
      "a text part without text",
      { messages: [{ role: "user", content: [{ type: "text" }] }] },
      "messages[0].content[0]",
    ],
    ["a result without its call", { messages: [{ role: "tool", content: "x" }] }, "messages[0].tool_call_id"],
    ["two answers", { ...CHAT, n: 2 }, "n"],
    ["old functions", { ...CHAT, functions: [] }, "functions"],
    ["logprobs", { ...CHAT, logprobs: true }, "logprobs"],
    ["a wrong bound", { ...CHAT, max_tokens: 0 }, "max_tokens"],
    ["a text as stream", { ...CHAT, stream: "yes" }, "stream"],
    ["a tool of another type", { ...CHAT, tools: [{ type: "custom", custom: {} }] }, "tools[0].type"],
    [
      "a tool's wrong name",
      { ...CHAT, tools: [{ type: "function", function: { name: "a b" } }] },
      "tools[0].function.name",
    ],
    ["tools of one name", { ...CHAT, tools: [0, 1].map(() => ({ type: "function", function: WEATHER })) }, "tools"],
    ["no agent's name", { ...CHAT, model: "agent:" }, "model"],
  ];
  test.each(bad)("is refused with the place: %s", async (_, body, param) => {
    const { status, code, message, ...error } = await refusal("/chat/completions", body);
    expect([status, code, error.param]).toEqual([400, "request_invalid", param]);
    expect(message).not.toMatch(/\.ts|\n/);
  });

  const limits: [string, (count: number) => unknown, number][] = [
    ["messages", (count) => ({ messages: Array(count).fill(USER[0]) }), INFERENCE_MESSAGES_MAX],
    [
      "parts",
      (count) => ({ messages: [{ role: "user", content: Array(count).fill({ type: "text", text: "x" }) }] }),
      CONTENT_PARTS_MAX,
    ],
    ["stops", (count) => ({ ...CHAT, stop: Array(count).fill("x") }), REQUEST_STOPS_MAX],
    [
      "tools",
      (count) => ({
        ...CHAT,
        tools: Array.from({ length: count }, (_, at) => ({ type: "function", function: { name: `t${at}` } })),
      }),
      REQUEST_TOOLS_MAX,
    ],
    ["calls in a message", (count) => ({ messages: callMessages(count) }), RUN_TOOL_CALLS_MAX],
  ];
  test.each(limits)("may have so many %s, and not one more", async (_, body, max) => {
    const allowed = await post("/chat/completions", body(max));
    expect([allowed.status, await allowed.text().then(() => "read")]).toEqual([200, "read"]);
    expect(await refusal("/chat/completions", body(max + 1))).toMatchObject({ status: 400, code: "request_invalid" });
  });
});

describe("models", () => {
  test("are listed with the agents, and shown one by one", async () => {
    const { data } = await client.models.list();
    const ids = data.map(({ id }) => id);
    expect(ids).toContain("agent:default");
    const model = data.find(({ id }) => id.includes("test-model"))!;
    expect(model).toMatchObject({ object: "model", owned_by: "up" });
    expect(await client.models.retrieve(model.id)).toEqual(model);
    expect(await client.models.retrieve("agent:default")).toMatchObject({ owned_by: "osaurus" });
    expect(await failure(client.models.retrieve("no/such"))).toMatchObject({ status: 404, code: "model_not_found" });
  });
});

test.each<[string, string, object]>([
  ["/embeddings", "input[1]: must not be empty", { input: ["a", ""] }],
  ["/embeddings", "input[1]: must be text", { input: ["a", 1] }],
  ["/embeddings", "input: must be text or a list of texts", { input: 1 }],
  ["/embeddings", "input: is missing", {}],
  ["/embeddings", "dimensions: must be at least 1", { input: "a", dimensions: 0 }],
  ["/responses", "input[0]: must be an object", { input: ["x"] }],
  ["/responses", "input: must be text or a list of items", { input: 1 }],
  ["/responses", "input: is missing", {}],
  ["/responses", "max_output_tokens: must be at least 1", { input: "x", max_output_tokens: 0 }],
  ["/chat/completions", "stop[1]: must be text", { ...CHAT, stop: ["x", 1] }],
  ["/chat/completions", "stop: must be at most 1000 characters long", { ...CHAT, stop: "x".repeat(1_001) }],
  [
    "/chat/completions",
    "stop: must have at most 16 entries",
    { ...CHAT, stop: Array(REQUEST_STOPS_MAX + 1).fill("x") },
  ],
  ["/chat/completions", "max_tokens: must be at least 1", { ...CHAT, max_tokens: 0 }],
])("a request to %s says what is wrong in it and where: %s", async (path, message, body) => {
  expect(await refusal(path, body)).toMatchObject({ status: 400, message });
});

describe("embeddings", () => {
  test.each([
    [400, 400, "invalid_request_error"],
    [404, 400, "invalid_request_error"],
    [413, 400, "invalid_request_error"],
    [422, 400, "invalid_request_error"],
    [405, 502, "inference_error"],
    [401, 502, "inference_error"],
  ])("that the model's server refuses with %i are refused with %i, and not tried again", async (its, status, type) => {
    paths["/v1/embeddings"] = responds(its, { error: { message: "no" } });
    const ours = new OpenAI({ baseURL: `${served.url}/v1`, apiKey: served.key, maxRetries: 2 });
    const asked = { model: "test-embed", input: "a" };
    expect(await failure(ours.embeddings.create(asked))).toMatchObject({ status, type });
    expect(upstream.requests).toHaveLength(1);
    expect((await post("/embeddings", asked)).headers.get("x-should-retry")).toBe("false");
  });

  test("are the same as numbers and in base64, which the client asks for by itself", async () => {
    const asked = { model: "test-embed", input: ["a", "four"] };
    const packed = await client.embeddings.create(asked);
    const plain = await client.embeddings.create({ ...asked, encoding_format: "float" });
    expect(packed.data.map(({ embedding }) => [...embedding])).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(plain.data).toMatchObject([
      { index: 0, embedding: [1, 2, 3] },
      { index: 1, embedding: [4, 5, 6] },
    ]);
    expect(plain.model).toBe("test-embed");
    const raw = await (await post("/embeddings", { ...asked, input: "a", encoding_format: "base64" })).json();
    expect((raw as { data: { embedding: string }[] }).data[0]!.embedding).toBe("AACAPwAAAEAAAEBA");
  });

  test.each([
    [{ input: [] }, "input"],
    [{ input: "" }, "input"],
    [{ input: [1, 2] }, "input"],
    [{ input: [[1, 2]] }, "input"],
    [{}, "input"],
    [{ input: "a", dimensions: 2 }, "dimensions"],
    [{ input: "a", encoding_format: "hex" }, "encoding_format"],
    [{ input: "a", model: "agent:default" }, "model"],
  ])("are refused for %j", async (body, param) => {
    expect(await refusal("/embeddings", { model: "test-embed", ...body })).toMatchObject({ status: 400, param });
  });

  test("are made for as many texts as may be, and not for one more", async () => {
    const many = (count: number) => ({ model: "test-embed", input: Array(count).fill("a") });
    const response = await post("/embeddings", many(EMBED_INPUTS_MAX));
    expect(((await response.json()) as { data: unknown[] }).data).toHaveLength(EMBED_INPUTS_MAX);
    expect(await refusal("/embeddings", many(EMBED_INPUTS_MAX + 1))).toMatchObject({ status: 400 });
  });
});
