// Everything here goes over sockets to a real HTTP server.

import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  callsTools,
  completion,
  cutStream,
  delta,
  event,
  events,
  finish,
  hangingStream,
  type ModelAnswer,
  type ModelServer,
  responds,
  says,
  silence,
  startModelServer,
  stream,
  thinks,
  usage,
} from "../../test/helpers/model-server.ts";
import { startRawServer } from "../../test/helpers/raw-server.ts";
import type { HostError } from "../protocol/errors.ts";
import type { ChatMessage, ModelEvent, Sampling, ToolDefinition } from "../protocol/inference.ts";
import {
  INFERENCE_ANSWER_BYTES_MAX,
  INFERENCE_EVENT_BYTES_MAX,
  INFERENCE_FIRST_MS_MAX,
  INFERENCE_REASON_CHARS_MAX,
  INFERENCE_RETRIES_MAX,
  INFERENCE_RETRY_AFTER_MS_MAX,
  INFERENCE_SILENT_MS_MAX,
  MODELS_MS_MAX,
  RUN_MS_MAX,
} from "../protocol/limits.ts";
import { OPENAI_LIMITS, type OpenAiLimits, openAiModel } from "./openai-model.ts";

const KEY = 'sk-"secret"/0123456789abcdef';
const USER: ChatMessage = { role: "user", content: "Hi" };
const NEVER = new AbortController().signal;

interface Asked {
  readonly messages?: readonly ChatMessage[];
  readonly tools?: readonly ToolDefinition[];
  readonly sampling?: Sampling;
  readonly signal?: AbortSignal;
  readonly limits?: Partial<OpenAiLimits>;
  readonly apiKey?: string;
}

function modelAt(url: string, { limits = {}, apiKey }: Asked = {}) {
  const server = { provider: "test", baseUrl: url, apiKey, apiKeyEnv: null };
  return openAiModel(async () => server, { retryMs: 1, ...limits });
}

function streamFrom(url: string, asked: Asked = {}): AsyncIterable<ModelEvent> {
  const { messages = [USER], tools = [], sampling = {}, signal = NEVER } = asked;
  return modelAt(url, asked).stream({ model: "m", messages, tools, sampling }, signal);
}

/** What came, and how it failed. */
async function collect(url: string, asked?: Asked): Promise<{ events: ModelEvent[]; error: HostError | undefined }> {
  const collected: ModelEvent[] = [];
  try {
    for await (const one of streamFrom(url, asked)) collected.push(one);
    return { events: collected, error: undefined };
  } catch (error) {
    return { events: collected, error: error as HostError };
  }
}

async function answered(answer: ModelAnswer, asked?: Asked) {
  const server = await startModelServer({ answers: [answer] });
  return { server, ...(await collect(server.url, asked)) };
}

const textOf = (list: readonly ModelEvent[]) => list.map((one) => (one.type === "text" ? one.text : "")).join("");

test("the bounds that tests make smaller are otherwise the limits", () => {
  expect(OPENAI_LIMITS).toEqual({
    firstMsMax: INFERENCE_FIRST_MS_MAX,
    silentMsMax: INFERENCE_SILENT_MS_MAX,
    bytesMax: INFERENCE_ANSWER_BYTES_MAX,
    eventBytesMax: INFERENCE_EVENT_BYTES_MAX,
    modelsMsMax: MODELS_MS_MAX,
    embedMsMax: RUN_MS_MAX,
    retryMs: 500,
    retriesMax: INFERENCE_RETRIES_MAX,
    retryAfterMsMax: INFERENCE_RETRY_AFTER_MS_MAX,
  });
});

describe("what is asked", () => {
  test("a request has what it was given, under the names of the protocol, and nothing else", async () => {
    const server = await startModelServer();
    const messages: ChatMessage[] = [
      { role: "system", content: "S" },
      USER,
      {
        role: "assistant",
        content: null,
        reasoning: "secret thoughts",
        toolCalls: [{ id: "c", name: "t", arguments: "{}" }],
      },
      { role: "tool", content: "R", toolCallId: "c" },
    ];
    const tools = [{ name: "t", description: "D", parameters: { type: "object" } }];
    const sampling = { max_tokens: 5, temperature: 0, stop: ["x"], tool_choice: "auto", enable_thinking: false };
    expect((await collect(server.url, { messages, tools, sampling, apiKey: KEY })).error).toBeUndefined();
    const [request] = server.completions;
    expect(request!.body).toEqual({
      model: "m",
      messages: [
        { role: "system", content: "S" },
        { role: "user", content: "Hi" },
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: "c", type: "function", function: { name: "t", arguments: "{}" } }],
        },
        { role: "tool", content: "R", tool_call_id: "c" },
      ],
      tools: [{ type: "function", function: { name: "t", description: "D", parameters: { type: "object" } } }],
      max_tokens: 5,
      temperature: 0,
      stop: ["x"],
      tool_choice: "auto",
      enable_thinking: false,
      chat_template_kwargs: { enable_thinking: false },
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(Object.keys(request!.headers).sort()).toEqual([
      "accept",
      "accept-encoding",
      "authorization",
      "connection",
      "content-length",
      "content-type",
      "host",
      "user-agent",
    ]);
  });

  test("without tools and a key, none are sent, whatever variables others left in the environment", async () => {
    const left = { OPENAI_API_KEY: "sk-other", OPENAI_CUSTOM_HEADERS: "x-other: 1", OPENAI_ORG_ID: "org" };
    for (const [name, value] of Object.entries(left)) process.env[name] = value;
    onTestFinished(() => {
      for (const name of Object.keys(left)) delete process.env[name];
    });
    const { server } = await answered(says("x"));
    const { headers, body } = server.completions[0]!;
    expect(body).not.toHaveProperty("tools");
    expect(JSON.stringify(headers)).not.toMatch(/sk-other|x-other|org/);
    expect(headers.authorization).toBeUndefined();
  });

  test("a server that does not know how to send usage is asked without", async () => {
    const refusal = responds(400, { error: { message: "Unknown parameter: stream_options" } });
    const server = await startModelServer({ answers: [refusal, says("x")] });
    expect(textOf((await collect(server.url)).events)).toBe("x");
    expect(server.completions[1]!.body).not.toHaveProperty("stream_options");
  });
});

describe("what comes back", () => {
  test("text and reasoning come in their pieces, then the usage and the end", async () => {
    const { events: list } = await answered(thinks("hm", "yes"));
    expect(list).toEqual([
      { type: "reasoning", text: "hm" },
      { type: "text", text: "yes" },
      { type: "usage", usage: { promptTokens: 7, completionTokens: 2, totalTokens: 9 } },
      { type: "finish", reason: "stop" },
    ]);
  });

  test("an event is told before the next one was sent", async () => {
    const { promise: seen, resolve } = Promise.withResolvers<void>();
    const server = await startModelServer({
      answers: [
        async (response) => {
          response.writeHead(200, { "content-type": "text/event-stream" }).write(event(delta({ content: "a" })));
          await seen;
          response.end(event(delta({ content: "b" })) + event(finish("stop")));
        },
      ],
    });
    let text = "";
    for await (const one of streamFrom(server.url)) {
      if (one.type === "text") text += one.text;
      resolve();
    }
    expect(text).toBe("ab");
  });

  test("several calls of tools are told whole, and what is no JSON as it is", async () => {
    const { events: list } = await answered(
      callsTools({ name: "one", arguments: { a: "ä🧀" } }, { name: "two", arguments: "not json" }),
    );
    expect(list.filter(({ type }) => type === "tool_call")).toEqual([
      { type: "tool_call", call: { id: "call_one", name: "one", arguments: '{"a":"ä🧀"}' } },
      { type: "tool_call", call: { id: "call_two", name: "two", arguments: "not json" } },
    ]);
    expect(list.at(-1)).toEqual({ type: "finish", reason: "tool_calls" });
  });

  test("without usage it is estimated, and said to be", async () => {
    const { events: list } = await answered(events(delta({ content: "12345678" }), finish("stop")));
    expect(list.at(-2)).toMatchObject({ usage: { promptTokens: 1, completionTokens: 2, isEstimated: true } });
  });

  test("a whole completion as JSON is as good as a stream", async () => {
    const tool_calls = [{ id: "c", type: "function", function: { name: "t", arguments: "{}" } }];
    const { events: list } = await answered(completion({ content: "Hello", tool_calls }, "tool_calls"));
    expect(list).toEqual([
      { type: "text", text: "Hello" },
      { type: "tool_call", call: { id: "c", name: "t", arguments: "{}" } },
      { type: "usage", usage: { promptTokens: 3, completionTokens: 4, totalTokens: 7 } },
      { type: "finish", reason: "tool_calls" },
    ]);
  });

  test("an answer that is cut behind its end is whole", async () => {
    const { events: list, error } = await answered(cutStream(event(delta({ content: "x" })), event(finish("stop"))));
    expect([textOf(list), list.at(-1), error]).toEqual(["x", { type: "finish", reason: "stop" }, undefined]);
  });

  test("the same events come out however the bytes of an answer are split", async () => {
    const whole = Buffer.from(
      event(delta({ content: "käse 🧀" })) +
        event(delta({ tool_calls: [{ index: 0, id: "c", function: { name: "t", arguments: '{"a":"ü"}' } }] })) +
        event(finish("tool_calls")) +
        event(usage(1, 2)) +
        "data: [DONE]\r\n\r\n",
    );
    const server = await startModelServer();
    const eventsFor = async (...pieces: readonly Uint8Array[]) => {
      server.answers(stream(...pieces));
      return (await collect(server.url)).events;
    };
    const expected = await eventsFor(whole);
    expect(expected).toHaveLength(4);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(whole.length), { maxLength: 6 }), async (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), whole.length];
        expect(await eventsFor(...places.slice(1).map((to, at) => whole.subarray(places[at], to)))).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });
});

describe("what goes wrong", () => {
  test.each([
    ["400", responds(400, { error: { message: "bad thing" } }), "inference_refused", "bad thing"],
    ["404", responds(404, "no such model"), "inference_refused", "no such model"],
    ["401", responds(401, { error: { message: "x" } }), "inference_unauthorized", "API key"],
    ["403", responds(403, ""), "inference_unauthorized", "403"],
    ["429", responds(429, { error: { message: "slow" } }), "inference_rate_limited", "slow"],
    ["500", responds(500, { error: "boom" }), "inference_refused", "boom"],
    [
      "a code for too much",
      responds(400, { error: { code: "context_length_exceeded", message: "m" } }),
      "context_too_long",
      "m",
    ],
    [
      "words for too much",
      responds(400, { error: { message: "This model's maximum context length is 10 tokens" } }),
      "context_too_long",
      "10 tokens",
    ],
    [
      "too much within the stream",
      events({ error: { message: "the prompt is too long" } }),
      "context_too_long",
      "prompt",
    ],
    [
      "an error within the stream",
      events(delta({ content: "a" }), { error: { message: "oom" } }),
      "inference_refused",
      "oom",
    ],
    ["an error event", stream('event: error\ndata: {"message":"oom"}\n\n'), "inference_refused", "oom"],
    ["an error as JSON with 200", responds(200, { error: { message: "oom" } }), "inference_refused", "oom"],
    ["a cut stream", cutStream(event(delta({ content: "a" }))), "inference_cut", "broke off"],
    ["a stream without an end", stream(event(delta({ content: "a" }))), "inference_cut", "broke off"],
    ["[DONE] without an end", events(delta({ content: "a" })), "inference_cut", "broke off"],
    ["a stream with nothing", stream(""), "inference_cut", "broke off"],
    ["events that are no JSON", stream("data: {oops\n\n"), "inference_invalid", "no JSON"],
    ["lines that are no events", stream("oops\n\n"), "inference_invalid", "event stream"],
    ["a wrong shape", events({ choices: 7 }), "inference_invalid", "choices"],
    ["half of a JSON answer", responds(200, '{"choices":['), "inference_invalid", "no JSON"],
    ["a web page", responds(200, "<html>", { "content-type": "text/html" }), "inference_invalid", "web page"],
    ["a redirect", responds(302, "", { location: "http://127.0.0.1:9/x?y" }), "inference_refused", "elsewhere"],
  ])("%s", async (_name, answer, code, words) => {
    const { error } = await answered(answer);
    expect([error?.code, error?.message]).toEqual([code, expect.stringContaining(words)]);
  });

  test("what had come before a cut is not lost", async () => {
    const { events: list, error } = await answered(cutStream(event(delta({ content: "half an " }))));
    expect([textOf(list), error?.code]).toEqual(["half an ", "inference_cut"]);
  });

  test("a server that is not there, and a name that has no address", async () => {
    const server = await startModelServer();
    await server.stop();
    expect((await collect(server.url)).error).toMatchObject({
      code: "inference_unreachable",
      details: { reason: "ECONNREFUSED" },
    });
    expect((await collect("http://no-such-host.invalid/v1")).error).toMatchObject({ code: "inference_unreachable" });
  });

  test("what is no HTTP at all", async () => {
    const raw = await startRawServer((socket) => void socket.end("SSH-2.0-x\r\n"));
    expect((await collect(`http://127.0.0.1:${raw.port}/v1`)).error?.code).toBe("inference_invalid");
  });

  test("no answer in time, headers without a body, and silence in the middle", async () => {
    const limits = { firstMsMax: 60, silentMsMax: 60 };
    const first = await answered(silence(), { limits });
    expect(first.error).toMatchObject({
      code: "inference_timeout",
      message: expect.stringContaining("gave no answer"),
    });
    const headers = await answered(hangingStream(), { limits });
    expect(headers.error).toMatchObject({ code: "inference_timeout" });
    const middle = await answered(hangingStream(event(delta({ content: "a" }))), { limits });
    expect(middle.error).toMatchObject({ code: "inference_timeout", message: expect.stringContaining("silent") });
    expect(textOf(middle.events)).toBe("a");
    await Promise.all([first, headers, middle].map(({ server }) => server.completions[0]!.over));
    expect([first, headers, middle].map(({ server }) => server.completions.length)).toEqual([1, 1, 1]);
  });

  test("a taker that is slow is no silence of the server's", async () => {
    const server = await startModelServer({ answers: [says("a", "b", "c")] });
    let text = "";
    for await (const one of streamFrom(server.url, { limits: { silentMsMax: 80 } })) {
      await delay(120); // Longer than the server may be silent.
      if (one.type === "text") text += one.text;
    }
    expect(text).toBe("abc");
  });

  test("an event and an answer of the largest size are taken, and one byte more is not", async () => {
    const one = event(delta({ content: "x".repeat(500) }));
    const end = `${event(finish("stop"))}data: [DONE]\n\n`;
    const whole = one + one + end;
    const eventBytes = one.trimEnd().length;
    const sizes = async (limits: Partial<OpenAiLimits>) => (await answered(stream(whole), { limits })).error?.code;
    expect(await sizes({ eventBytesMax: eventBytes, bytesMax: whole.length })).toBeUndefined();
    expect(await sizes({ eventBytesMax: eventBytes - 1 })).toBe("inference_invalid");
    expect(await sizes({ bytesMax: one.length * 2 - 1 })).toBe("inference_invalid");
    const json = await answered(completion({ content: "x".repeat(500) }), { limits: { bytesMax: 400 } });
    expect(json.error?.code).toBe("inference_invalid");
  });
});

test("arguments that are an object nested without end are not valid", async () => {
  const deep = `${'{"a":'.repeat(200_000)}1${"}".repeat(200_000)}`;
  const call = `{"index":0,"id":"c","function":{"name":"t","arguments":${deep}}}`;
  const { error } = await answered(stream(`data: {"choices":[{"delta":{"tool_calls":[${call}]}}]}\n\n`));
  expect(error).toMatchObject({ code: "inference_invalid" });
});

describe("interruption", () => {
  test.each([
    ["before the answer", silence()],
    ["in the middle of it", hangingStream(event(delta({ content: "a" })))],
  ])("%s cancels the request", async (_name, answer) => {
    const server = await startModelServer({ answers: [answer] });
    const ending = new AbortController();
    const running = collect(server.url, { signal: ending.signal });
    await expect.poll(() => server.completions.length).toBe(1);
    ending.abort();
    expect((await running).error).toMatchObject({ code: "interrupted" });
    await server.completions[0]!.over;
    expect(server.completions[0]!.isCancelled).toBe(true);
  });

  test("a signal that is aborted already asks nobody", async () => {
    const server = await startModelServer();
    expect((await collect(server.url, { signal: AbortSignal.abort() })).error?.code).toBe("interrupted");
    expect(server.requests).toEqual([]);
  });

  test("a taker that leaves cancels the request", async () => {
    const server = await startModelServer({ answers: [hangingStream(event(delta({ content: "a" })))] });
    for await (const _ of streamFrom(server.url)) break;
    await server.completions[0]!.over;
    expect(server.completions[0]!.isCancelled).toBe(true);
  });

  test("it ends the wait between two tries", async () => {
    const server = await startModelServer({ answers: [responds(429, "", { "retry-after": "15" })] });
    const ending = new AbortController();
    const running = collect(server.url, { signal: ending.signal });
    await expect.poll(() => server.completions.length).toBe(1);
    await server.completions[0]!.over;
    ending.abort();
    expect((await running).error?.code).toBe("interrupted");
  });
});

describe("trying again", () => {
  const busy = responds(503, "busy");

  test("a server that is busy is asked again, and no more often than it may be", async () => {
    const server = await startModelServer({
      answers: [...Array<ModelAnswer>(INFERENCE_RETRIES_MAX).fill(busy), says("ok")],
    });
    expect(textOf((await collect(server.url)).events)).toBe("ok");
    const always = await answered(busy);
    expect([always.error?.code, always.server.completions.length]).toEqual([
      "inference_refused",
      INFERENCE_RETRIES_MAX + 1,
    ]);
  });

  test("what a server asks to wait is waited, up to a bound", async () => {
    const server = await startModelServer({ answers: [responds(429, "", { "retry-after-ms": "30" }), says("ok")] });
    expect(textOf((await collect(server.url)).events)).toBe("ok");
    const wait = (ms: number) => responds(429, { error: { message: "m" } }, { "retry-after-ms": String(ms) });
    for (const [ms, times] of [
      [30, INFERENCE_RETRIES_MAX + 1],
      [31, 1],
    ] as const) {
      const { error, server } = await answered(wait(ms), { limits: { retryAfterMsMax: 30 } });
      expect([error?.code, error?.details?.["retry_after_ms"], server.completions.length]).toEqual([
        "inference_rate_limited",
        ms,
        times,
      ]);
      expect(error?.hint).toBe("try again in 1 s");
    }
    const later = await answered(wait(INFERENCE_RETRY_AFTER_MS_MAX + 1));
    expect(later.server.completions.length).toBe(1);
  });

  test("a connection that breaks before anything came is made again", async () => {
    const server = await startModelServer({ answers: [(response) => void response.destroy(), says("ok")] });
    expect(textOf((await collect(server.url)).events)).toBe("ok");
  });

  test.each([
    ["a cut answer", cutStream(event(delta({ content: "a" })))],
    ["a cut answer without anything in it", cutStream()],
    ["a refusal", responds(400, "no")],
    ["a wrong key", responds(401, "no")],
    ["a quota that is used up", responds(429, { error: { code: "insufficient_quota" } })],
  ])("%s is final", async (_name, answer) => {
    expect((await answered(answer)).server.completions.length).toBe(1);
  });
});

describe("secrets", () => {
  const echoes: readonly [string, (text: string) => ModelAnswer][] = [
    ["401", (text) => responds(401, { error: { message: `bad key ${text}` } })],
    ["400", (text) => responds(400, { error: { message: `bad key ${text}` } })],
    ["500 as text", (text) => responds(500, `boom ${text}`)],
    ["429", (text) => responds(429, { error: { message: text } })],
    ["the stream", (text) => events({ error: { message: text } })],
    ["a redirect", (text) => responds(302, "", { location: `http://127.0.0.1:9/${encodeURIComponent(text)}` })],
  ];
  const encodings: readonly [string, (key: string) => string][] = [
    ["as it is", (key) => key],
    ["as JSON", (key) => JSON.stringify(key)],
    ["in an address", encodeURIComponent],
    ["in base64", (key) => Buffer.from(key).toString("base64")],
  ];

  test.each(echoes)("a key that the server sends back in %s is in no error", async (_name, answer) => {
    for (const [how, encode] of encodings) {
      const { error } = await answered(answer(encode(KEY)), { apiKey: KEY, limits: { retriesMax: 0 } });
      const shown = JSON.stringify([error?.message, error?.hint, error?.details]);
      for (const [, form] of encodings) expect(shown, how).not.toContain(form(KEY));
      expect(shown, how).not.toContain(JSON.stringify(KEY).slice(1, -1));
    }
  });

  test("the words around a key are there, so that the test above looks at what was shown", async () => {
    const { error } = await answered(responds(400, { error: { message: `bad key ${KEY}!` } }), { apiKey: KEY });
    expect(error?.message).toContain("bad key [redacted]!");
  });

  test("a key is not sent on to where a server leads, on the same host or another one", async () => {
    const other = await startModelServer();
    const server = await startModelServer({
      answers: [responds(307, "", { location: `${other.url}/chat/completions` })],
    });
    const { error } = await collect(server.url, { apiKey: KEY });
    expect([error?.code, other.requests, server.requests.length]).toEqual(["inference_refused", [], 1]);
    expect(error?.hint).toContain(other.origin);
  });

  test("a long reason is cut, on one line, and a key at the cut is not half there", async () => {
    const reason = (before: number, after = 10_000) => `${"x".repeat(before)}${KEY}\n${"y".repeat(after)}`;
    for (const before of [0, INFERENCE_REASON_CHARS_MAX - 10, INFERENCE_REASON_CHARS_MAX]) {
      const { error } = await answered(responds(400, { error: { message: reason(before) } }), { apiKey: KEY });
      const shown = error!.message.split("with 400: ")[1]!;
      expect(shown.length).toBeLessThanOrEqual(INFERENCE_REASON_CHARS_MAX);
      expect(shown).not.toMatch(/sk-|\n/);
    }
    const large = await answered(responds(400, { error: { message: reason(10, 1_000_000) } }), { apiKey: KEY });
    expect(large.error).toMatchObject({ code: "inference_refused", message: expect.not.stringContaining("secret") });
    const exact = await answered(responds(400, { error: { message: "x".repeat(INFERENCE_REASON_CHARS_MAX) } }));
    expect(exact.error!.message.split("with 400: ")[1]).toBe("x".repeat(INFERENCE_REASON_CHARS_MAX));
  });
});

describe("lists and embeddings", () => {
  const at = (server: ModelServer) => modelAt(server.url, { limits: { retriesMax: 0 } });

  test("a list tells chat models from those for embedding, and leaves out what is none", async () => {
    const server = await startModelServer({
      models: [
        "llama",
        "nomic-embed-text",
        "bge-m3",
        { id: "x", type: "embeddings" },
        { id: "e5-but-chat", type: "llm" },
        { id: "big", context_length: 4096, capabilities: ["tool_use", 7, "a b"], name: "Big" },
        { id: "ctx", meta: { n_ctx_train: 8192 } },
        { id: "llama" },
        { id: "" },
        { id: "a\nb" },
        { id: 7 },
        {},
      ],
    });
    const models = await at(server).models(NEVER);
    expect(models.map(({ id, type }) => `${id} ${type}`)).toEqual([
      "llama chat",
      "nomic-embed-text embedding",
      "bge-m3 embedding",
      "x embedding",
      "e5-but-chat chat",
      "big chat",
      "ctx chat",
    ]);
    expect(models[5]).toEqual({
      id: "big",
      name: "Big",
      type: "chat",
      capabilities: ["chat", "tool_use"],
      contextWindow: 4096,
    });
    expect(models[6]!.contextWindow).toBe(8192);
  });

  test.each([
    ["no list", responds(200, {})],
    ["no JSON", responds(200, "oops")],
  ])("%s is no list of models", async (_name, answer) => {
    const server = await startModelServer({ paths: { "/v1/models": answer } });
    await expect(at(server).models(NEVER)).rejects.toMatchObject({ code: "inference_invalid" });
  });

  test("a list is not waited for as long as an answer is", async () => {
    const server = await startModelServer({ paths: { "/v1/models": silence() } });
    const model = modelAt(server.url, { limits: { modelsMsMax: 50 } });
    await expect(model.models(NEVER)).rejects.toMatchObject({ code: "inference_timeout" });
  });

  test.each(["models", "embeddings"])(
    "%s that come little by little and never end are bounded in time",
    async (path) => {
      const drip: ModelAnswer = async (response, { over }) => {
        response.writeHead(200, { "content-type": "application/json" });
        const timer = setInterval(() => response.write(" "), 5);
        await over;
        clearInterval(timer);
      };
      const server = await startModelServer({ paths: { [`/v1/${path}`]: drip } });
      const model = modelAt(server.url, { limits: { modelsMsMax: 100, embedMsMax: 100 } });
      const asked = path === "models" ? model.models(NEVER) : model.embed("e", ["a"], NEVER);
      await expect(asked).rejects.toMatchObject({ code: "inference_timeout" });
      await server.requests[0]!.over;
    },
  );

  test("there is a vector for each text, in the order of the texts", async () => {
    const server = await startModelServer();
    expect(await at(server).embed("e", ["a", "bb"], NEVER)).toEqual({
      model: "e",
      vectors: [
        [1, 2, 3],
        [2, 3, 4],
      ],
      promptTokens: 2,
    });
    expect(server.requests[0]!.body).toEqual({ model: "e", input: ["a", "bb"], encoding_format: "float" });
    const packed = Buffer.from(new Float32Array([0.5, -1]).buffer).toString("base64");
    const data = [
      { index: 1, embedding: [7] },
      { index: 0, embedding: packed },
    ];
    const other = await startModelServer({ paths: { "/v1/embeddings": responds(200, { data }) } });
    expect(await at(other).embed("e", ["a", "b"], NEVER)).toMatchObject({ model: "e", vectors: [[0.5, -1], [7]] });
  });

  test.each([
    [{}],
    [{ data: [] }],
    [{ data: [{ embedding: [1] }, { embedding: [1] }] }],
    [{ data: [{ embedding: [] }] }],
    [{ data: [{ embedding: [null] }] }],
    [{ data: [{ embedding: "abc" }] }],
    [{ data: [{ index: 1, embedding: [1] }] }],
    [{ data: [7] }],
  ])("%j is not the vector of one text", async (body) => {
    const server = await startModelServer({ paths: { "/v1/embeddings": responds(200, body) } });
    await expect(at(server).embed("e", ["a"], NEVER)).rejects.toMatchObject({ code: "inference_invalid" });
  });
});
