import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { AGENT, OTHER_AGENT, openHostApi } from "../../test/helpers/host-api.ts";
import { agentOf, toldInference, untilEnded } from "../../test/helpers/told-inference.ts";
import { type ErrorCode, HostError } from "../protocol/errors.ts";
import type { HostCall } from "../protocol/host-slots.ts";
import type { RunOutcome } from "../protocol/inference.ts";
import type { HostApiDeps } from "./create-host-api.ts";

const HELLO = { role: "user", content: "Hello" };
const request = (members: object = {}) => JSON.stringify({ messages: [HELLO], ...members });
const ID = expect.stringMatching(/^cmpl-[0-9a-f]{12}$/);
const USAGE = { promptTokens: 2, completionTokens: 3, totalTokens: 5 };
const CALL = { id: "c1", name: "look", arguments: "{}" };
const ARTIFACT = {
  filename: "a.txt",
  mime_type: "text/plain",
  size: 1,
  host_path: "/a.txt",
  is_directory: false,
};

/** A plugin's host with inference that does as told. */
function open(told: Parameters<typeof toldInference>[0] = {}, deps: Partial<HostApiDeps> = {}) {
  const inference = toldInference(told);
  const api = openHostApi({ inference, ...deps });
  const chunks: string[] = [];
  const streaming: Partial<HostCall> = { chunk: async (text) => void chunks.push(text) };
  return {
    ...api,
    inference,
    chunks,
    deltas: () => chunks.map((text) => JSON.parse(text).choices[0]),
    async complete(members?: object, context?: Partial<HostCall>) {
      return JSON.parse((await api.call("complete", [request(members)], context))!);
    },
    async stream(members?: object, context?: Partial<HostCall>) {
      const args = [request(members), "chunks"];
      return JSON.parse((await api.call("complete_stream", args, { ...streaming, ...context }))!);
    },
    cancel: (streamId: string, context?: Partial<HostCall>) => api.call("complete_cancel", [streamId], context),
  };
}

/** Until the host has asked for so many runs. */
async function untilRuns({ inference }: Pick<ReturnType<typeof open>, "inference">, count: number): Promise<void> {
  while (inference.runs.length < count) await new Promise(setImmediate);
}

test("an answer has the members of OpenAI-compatible ones, in the order of their names", async () => {
  const { call } = open({ run: () => ({ content: "Hi", usage: USAGE }) });
  const answer = await call("complete", [request()]);
  expect(answer).toMatch(
    /^\{"choices":\[\{"finish_reason":"stop","index":0,"message":\{"content":"Hi","role":"assistant"\}\}\],"id":"cmpl-[0-9a-f]{12}","model":"m","usage":\{"completion_tokens":3,"prompt_tokens":2,"total_tokens":5\}\}$/,
  );
});

test("token counts that are guessed say so, in answers and in envelopes", async () => {
  const usage = { ...USAGE, isEstimated: true } as const;
  const whole = await open({ run: () => ({ usage }) }).complete();
  const ended = await open({ run: () => ({ usage, finish: "cancelled" }) }).complete();
  for (const answer of [whole, ended]) {
    expect(answer).toMatchObject({ usage: { total_tokens: 5 }, usage_is_estimated: true });
  }
  expect(await open({ run: () => ({ usage: USAGE }) }).complete()).not.toHaveProperty("usage_is_estimated");
});

test("what was called and shared is told when there was something", async () => {
  const executed = [{ name: "look", tool_call_id: "c1" }];
  const { complete } = open({ run: () => ({ toolCallsExecuted: executed, sharedArtifacts: [ARTIFACT] }) });
  expect(await complete()).toMatchObject({ tool_calls_executed: executed, shared_artifacts: [ARTIFACT] });
  expect(Object.keys(await open().complete())).toEqual(["choices", "id", "model"]);
});

test("calls that are for the plugin itself are in the message", async () => {
  const { complete } = open({ run: () => ({ finish: "tool_calls", pendingToolCalls: [CALL] }) });
  const [choice] = (await complete()).choices;
  expect(choice).toMatchObject({ finish_reason: "tool_calls", message: { content: "" } });
  expect(choice.message.tool_calls).toEqual([
    { id: "c1", type: "function", function: { name: "look", arguments: "{}" } },
  ]);
});

test("what is asked for reaches whoever runs agents, with the plugin's instructions and the call's agent and trace", async () => {
  const { complete, inference } = open({}, { instructions: () => "Speak of dinosaurs." });
  const members = { model: "demo/x", tools: true, max_iterations: 3, session_id: "s", temperature: 0.5 };
  await complete(members, { agentId: OTHER_AGENT, traceId: "t-1" });
  expect(inference.runs).toMatchObject([
    {
      pluginId: "p",
      instructions: "Speak of dinosaurs.",
      agent: { id: OTHER_AGENT },
      model: "demo/x",
      messages: [HELLO],
      tools: true,
      sampling: { temperature: 0.5 },
      maxIterations: 3,
      sessionKey: "s",
      traceId: "t-1",
    },
  ]);
});

test("a request cannot choose the agent: what it says is ignored, and that is said once for each function", async () => {
  const { complete, stream, call, inference, warnings } = open();
  for (let i = 0; i < 2; i++) {
    await complete({ agent_id: OTHER_AGENT, agent_address: "0x0" });
    await stream({ agent_id: OTHER_AGENT });
    await call("embed", [JSON.stringify({ input: "x", agent_address: OTHER_AGENT })]);
  }
  expect(new Set(inference.runs.map(({ agent }) => agent?.id))).toEqual(new Set([AGENT]));
  expect(warnings).toEqual([
    expect.stringMatching(/^\[PluginHostAPI\] complete was given agent_id and agent_address;/),
    expect.stringMatching(/^\[PluginHostAPI\] complete_stream was given agent_id;/),
    expect.stringMatching(/^\[PluginHostAPI\] embed was given agent_address;/),
  ]);
});

test("where no agent is bound there are no tools, whatever is asked for, and a warning, once for each function", async () => {
  const { complete, stream, call, inference, warnings } = open();
  const unbound = { agentId: undefined };
  const tools = [{ function: { name: "f" } }];
  for (let i = 0; i < 2; i++) {
    await complete({ tools: true }, unbound);
    await stream({ tools }, unbound);
    await call("embed", ['{"input":"x"}'], unbound);
  }
  expect(inference.runs).toHaveLength(4);
  for (const run of inference.runs) expect(run).toMatchObject({ agent: undefined, tools: undefined });
  expect(warnings).toEqual(
    ["complete", "complete_stream", "embed"].map((name) =>
      expect.stringMatching(`${name} was called where no agent is bound`),
    ),
  );
});

test("an agent that is not there any more is as none, with a warning", async () => {
  const { complete, inference, warnings } = open({ agent: async () => undefined });
  await complete({ tools: true });
  expect(inference.runs).toMatchObject([{ agent: undefined, tools: undefined }]);
  expect(warnings).toEqual([expect.stringContaining("for an agent that is not there")]);
});

test("a third request is refused at once while two are under way, of whatever kind and for whatever agent", async () => {
  const opened = open({
    run: untilEnded,
    embed: async (_model, _texts, signal) => {
      await untilEnded({ signal });
      throw new HostError("interrupted", "interrupted");
    },
  });
  const gone = new AbortController();
  const first = opened.stream({}, { gone: gone.signal });
  const second = opened.call("embed", ['{"input":"x"}'], { gone: gone.signal, agentId: OTHER_AGENT });
  const busy = { error: "plugin_busy", max_inflight: 2, message: expect.any(String) };
  expect(await opened.complete({}, { runner: {} })).toEqual(busy);
  expect(await opened.stream()).toEqual(busy);
  expect(JSON.parse((await opened.call("embed", ["no JSON at all"]))!)).toEqual(busy);
  expect(JSON.parse((await opened.call("list_models"))!)).toEqual({ models: [] });
  expect(opened.rows.filter(({ errorCode }) => errorCode === "plugin_busy").map(({ status }) => status)).toEqual([
    429, 429, 429,
  ]);
  gone.abort();
  await Promise.all([first, second]);
});

/** Inference that ends when it is ended, and not before. */
const endless = {
  run: untilEnded,
  embed: async (_model: unknown, _texts: unknown, signal: AbortSignal) => {
    await untilEnded({ signal });
    throw new HostError("interrupted", "interrupted");
  },
};

test("when nobody waits for the call any more, what it asked for is cancelled, and the places are free", async () => {
  const opened = open(endless);
  const caller = new AbortController();
  const context = { abandoned: () => caller.signal };
  const asked = [opened.stream({ stream_id: "s" }, context), opened.call("embed", ['{"input":"x"}'], context)];
  expect(await opened.complete()).toMatchObject({ error: "plugin_busy" });
  caller.abort();
  const [streamed, embedded] = await Promise.all(asked);
  const told = { error: "cancelled", message: expect.stringContaining("Nobody waits") };
  expect(streamed).toMatchObject({ ...told, stream_id: "s", partial_content: "", tool_calls_executed: [], usage: {} });
  expect(JSON.parse(embedded)).toEqual(told);
  // Whatever the plugin goes on to ask in that call ends at once.
  expect(await opened.complete({}, context)).toMatchObject(told);
});

test("a plugin that does not take its last chunks has no place any more once its request is ended", async () => {
  const stuck = Promise.withResolvers<void>();
  const opened = open({
    async run({ messages: [first], onEvent, signal }) {
      if (first?.content !== "Hello") return { content: "yes" };
      const taken = onEvent?.({ type: "text", text: "Hel" });
      await Promise.race([taken, untilEnded({ signal })]);
      return { finish: "cancelled" };
    },
  });
  const caller = new AbortController();
  const context = { chunk: () => stuck.promise, abandoned: () => caller.signal };
  const asked = [opened.stream({}, context), opened.stream({}, context)];
  await untilRuns(opened, 2);
  const other = { messages: [{ role: "user", content: "other" }] };
  expect(await opened.complete(other)).toMatchObject({ error: "plugin_busy" });
  caller.abort();
  await expect.poll(() => opened.complete(other), { interval: 1, timeout: 10_000 }).not.toHaveProperty("error");
  stuck.resolve();
  expect(await Promise.all(asked)).toMatchObject([{ error: "cancelled" }, { error: "cancelled" }]);
});

test("another plugin's requests are its own", async () => {
  const gone = new AbortController();
  const opened = open({ run: untilEnded });
  const two = [opened.complete({}, { gone: gone.signal }), opened.complete({}, { gone: gone.signal })];
  expect(await open().complete()).not.toHaveProperty("error");
  gone.abort();
  await Promise.all(two);
});

test("however a request ends, its place is free again", async () => {
  const failures: (() => Promise<Partial<RunOutcome>>)[] = [
    async () => ({ finish: "failed" }),
    async () => ({ finish: "cancelled" }),
    async () => ({ finish: "max_iterations" }),
    async () => Promise.reject(new HostError("model_unknown", "there is no such model")),
    async () => Promise.reject(new Error("unforeseen")),
    async () => ({}),
  ];
  let next = 0;
  const { call, complete } = open({
    run: () => failures[next++]!(),
    embed: async () => Promise.reject(new Error("unforeseen")),
  });
  for (let i = 0; i < 3; i++) await call("complete", ["no JSON"]);
  for (let i = 0; i < 3; i++) await call("embed", ['{"input":"x"}']);
  for (let i = 0; i < 3; i++) await call("complete_stream", [request(), null], { room: async () => false });
  for (let i = 3; i < failures.length; i++) await complete();
  next = failures.length - 1;
  expect(await complete()).not.toHaveProperty("error");
});

test("chunks come in the order of the events, then the last one, and then the whole answer", async () => {
  const { stream, chunks, deltas } = open({
    async run({ onEvent }) {
      await onEvent?.({ type: "reasoning", text: "hm" });
      await onEvent?.({ type: "text", text: "Let me look. " });
      await onEvent?.({ type: "tool_call", call: CALL });
      await onEvent?.({ type: "tool_result", callId: "c1", name: "look", content: '{"ok":true}', isError: false });
      await onEvent?.({ type: "text", text: "A cat." });
      await onEvent?.({ type: "usage", usage: USAGE, tokensPerSecond: 9, unclosedReasoning: false });
      return { content: "A cat.", usage: USAGE, toolCallsExecuted: [{ name: "look", tool_call_id: "c1" }] };
    },
  });
  const answer = await stream();
  expect(deltas()).toEqual([
    { index: 0, delta: { reasoning_content: "hm" } },
    { index: 0, delta: { content: "Let me look. " } },
    {
      index: 0,
      delta: { tool_calls: [{ id: "c1", function: { name: "look", arguments: "{}" } }] },
      finish_reason: "tool_calls",
    },
    { index: 0, delta: { role: "tool", tool_call_id: "c1", content: '{"ok":true}' } },
    { index: 0, delta: { content: "A cat." } },
    { index: 0, delta: { usage: { completion_tokens: 3, tokens_per_second: 9, unclosed_reasoning: false } } },
    { index: 0, delta: {}, finish_reason: "stop" },
  ]);
  expect(new Set(chunks.map((text) => JSON.parse(text).id))).toEqual(new Set([answer.id]));
  expect(answer).toMatchObject({ choices: [{ message: { content: "A cat." } }] });
});

test("complete sends no chunks", async () => {
  const { complete, inference } = open({ run: () => ({ content: "Hi" }) });
  await complete();
  expect(inference.runs[0]?.onEvent).toBeUndefined();
});

test("each chunk is waited for until the plugin takes it", async () => {
  const taken = Promise.withResolvers<void>();
  let isTold = false;
  const { stream } = open({
    async run({ onEvent }) {
      await onEvent?.({ type: "text", text: "a" });
      isTold = true;
      return {};
    },
  });
  const given = Promise.withResolvers<void>();
  const chunk = async () => {
    given.resolve();
    await taken.promise;
  };
  const streaming = stream({}, { chunk });
  await given.promise;
  await delay(0); // Whoever did not wait for the chunk would be on by now.
  expect(isTold).toBe(false);
  taken.resolve();
  await streaming;
  expect(isTold).toBe(true);
});

test("where nobody takes the chunks they are dropped, with a warning, once, and the answer is whole", async () => {
  const { call, warnings, chunks, inference } = open({ run: () => ({ content: "Hi" }) });
  for (let i = 0; i < 2; i++) {
    const answer = JSON.parse((await call("complete_stream", [request(), null]))!);
    expect(answer).toMatchObject({ choices: [{ message: { content: "Hi" } }] });
  }
  expect(chunks).toEqual([]);
  expect(inference.runs[0]?.onEvent).toBeUndefined();
  expect(warnings).toEqual([expect.stringContaining("complete_stream was given NULL for on_chunk")]);
});

test("a NULL in place of the request is answered with NULL", async () => {
  const { call } = open();
  for (const name of ["complete", "complete_stream", "embed"] as const) expect(await call(name, [null])).toBeNull();
});

test("a cancelled stream has what there was, under exactly these names, and a last chunk", async () => {
  const opened = open({
    async run(run) {
      await run.onEvent?.({ type: "text", text: "On" });
      return { ...(await untilEnded(run)), content: "On", usage: USAGE };
    },
  });
  const streaming = opened.stream({ stream_id: " s " });
  await untilRuns(opened, 1);
  expect(await opened.cancel("  s\n")).toBeNull();
  expect(await streaming).toEqual({
    error: "cancelled",
    message: "Streaming completion cancelled by plugin via complete_cancel.",
    id: ID,
    stream_id: "s",
    model: "m",
    partial_content: "On",
    tool_calls_executed: [],
    shared_artifacts: [],
    usage: { prompt_tokens: 2, completion_tokens: 3, total_tokens: 5 },
  });
  expect(opened.deltas().at(-1)).toEqual({ index: 0, delta: {}, finish_reason: "cancelled" });
  expect(opened.rows.at(-2)).toMatchObject({ method: "DELETE", path: "/host-api/streams/  s\n", status: 204 });
});

test("all members are there also when nothing had come", async () => {
  const opened = open({ run: untilEnded });
  const streaming = opened.stream({ stream_id: "s" });
  await opened.cancel("s");
  expect(await streaming).toEqual({
    error: "cancelled",
    message: expect.any(String),
    id: ID,
    stream_id: "s",
    model: "m",
    partial_content: "",
    tool_calls_executed: [],
    shared_artifacts: [],
    usage: {},
  });
});

test("cancelling twice is cancelling once, and no name of a stream is nothing", async () => {
  const opened = open({ run: untilEnded });
  const streaming = opened.stream({ stream_id: "s" });
  for (const streamId of ["", "  ", "other", "S", "s", "s"]) await opened.cancel(streamId);
  expect(await streaming).toMatchObject({ error: "cancelled" });
  await opened.cancel("s");
  expect(opened.warnings).toEqual([]);
});

test("a cancel that comes before its stream, or between two of one name, is lost", async () => {
  const opened = open({ run: () => ({ content: "whole" }) });
  await opened.cancel("s");
  expect(await opened.stream({ stream_id: "s" })).not.toHaveProperty("error");
  await opened.cancel("s");
  expect(await opened.stream({ stream_id: "s" })).not.toHaveProperty("error");
});

test("two streams of one name are both cancelled, and one of another name goes on", async () => {
  const gone = new AbortController();
  const same = open({ run: untilEnded });
  const two = [same.stream({ stream_id: "s" }), same.stream({ stream_id: "s" })];
  await same.cancel("s");
  expect(await Promise.all(two)).toMatchObject([{ error: "cancelled" }, { error: "cancelled" }]);

  const apart = open({ run: untilEnded });
  const first = apart.stream({ stream_id: "a" }, { gone: gone.signal });
  const second = apart.stream({ stream_id: "b" });
  await apart.cancel("b");
  expect(await second).toMatchObject({ stream_id: "b" });
  expect(apart.inference.runs[0]?.signal.aborted).toBe(false);
  gone.abort();
  await first;
});

test("a plugin cancels none of another's streams", async () => {
  const gone = new AbortController();
  const opened = open({ run: untilEnded });
  const streaming = opened.stream({ stream_id: "s" }, { gone: gone.signal });
  await untilRuns(opened, 1);
  await open().cancel("s");
  expect(opened.inference.runs[0]?.signal.aborted).toBe(false);
  gone.abort();
  await streaming;
});

test("a thread that works for no call can cancel a stream", async () => {
  const opened = open({ run: untilEnded });
  const streaming = opened.stream({ stream_id: "s" });
  await opened.cancel("s", { isInContext: false, agentId: undefined });
  expect(await streaming).toMatchObject({ error: "cancelled" });
  expect(opened.warnings).toEqual([]);
});

test("a stream that is done when it is cancelled is whole", async () => {
  const opened = open({
    async run() {
      await opened.cancel("s");
      return { content: "whole" };
    },
  });
  expect(await opened.stream({ stream_id: "s" })).toMatchObject({ choices: [{ finish_reason: "stop" }] });
});

test("after a cancel no more chunks come but the last", async () => {
  const opened = open({
    async run({ onEvent }) {
      await opened.cancel("s");
      await onEvent?.({ type: "text", text: "late" });
      return { finish: "cancelled" };
    },
  });
  await opened.stream({ stream_id: "s" });
  expect(opened.deltas()).toEqual([{ index: 0, delta: {}, finish_reason: "cancelled" }]);
});

test.each(["complete", "stream"] as const)(
  "%s that takes too long is ended with what there was, and no last chunk",
  async (name) => {
    const opened = open(
      { run: async (run) => ({ ...(await untilEnded(run)), content: "So f" }) },
      { inferenceMsMax: 1 },
    );
    expect(await opened[name]()).toEqual({
      error: "host_timeout",
      message: expect.any(String),
      id: ID,
      model: "m",
      partial_content: "So f",
      tool_calls_executed: [],
      shared_artifacts: [],
    });
    expect(opened.chunks).toEqual([]);
  },
);

test("what is asked for a runner that is gone, or a plugin that is to end, is cancelled", async () => {
  const gone = new AbortController();
  const closing = new AbortController();
  const opened = open({ run: untilEnded }, { closing: () => closing.signal });
  const first = opened.stream({}, { gone: gone.signal });
  const second = opened.complete();
  await untilRuns(opened, 2);
  gone.abort();
  expect(await first).toMatchObject({ error: "cancelled", message: "The host ended the request.", stream_id: null });
  expect(opened.inference.runs[1]?.signal.aborted).toBe(false);
  closing.abort();
  expect(await second).toMatchObject({ error: "cancelled", partial_content: "" });
  expect(await opened.complete()).toMatchObject({ error: "cancelled" });
});

test.each(["complete", "stream"] as const)(
  "%s that is not done after its iterations has what there was",
  async (name) => {
    const executed = [{ name: "look", tool_call_id: "c0" }];
    const opened = open({
      run: () => ({
        finish: "max_iterations",
        content: "Let me look",
        pendingToolCalls: [CALL],
        toolCallsExecuted: executed,
        sharedArtifacts: [ARTIFACT],
      }),
    });
    expect(await opened[name]()).toEqual({
      error: "max_iterations_reached",
      message: expect.any(String),
      id: ID,
      model: "m",
      partial_content: "Let me look",
      pending_tool_calls: [{ id: "c1", type: "function", function: { name: "look", arguments: "{}" } }],
      tool_calls_executed: executed,
      shared_artifacts: [ARTIFACT],
    });
    expect(opened.deltas().map(({ finish_reason }) => finish_reason)).toEqual(
      name === "complete" ? [] : ["max_iterations"],
    );
  },
);

test("a model that fails in the middle is an inference_error with its own code and what there was, without a last chunk", async () => {
  const { stream, deltas, rows } = open({
    async run({ onEvent }) {
      await onEvent?.({ type: "text", text: "Hel" });
      return {
        finish: "failed",
        content: "Hel",
        error: { code: "inference_rate_limited", message: "too many", hint: "wait 5 s", retryAfterMs: 5000 },
      };
    },
  });
  expect(await stream()).toEqual({
    error: "inference_error",
    code: "inference_rate_limited",
    message: "Too many.",
    hint: "wait 5 s",
    retry_after_ms: 5000,
    id: ID,
    model: "m",
    partial_content: "Hel",
    tool_calls_executed: [],
    shared_artifacts: [],
  });
  expect(deltas()).toEqual([{ index: 0, delta: { content: "Hel" } }]);
  expect(rows).toMatchObject([{ status: 500, errorCode: "inference_error", path: "/host-api/chat/completions" }]);
});

const THROWN: ErrorCode[] = ["model_unknown", "model_provider_missing", "inference_unreachable", "context_too_long"];

test.each(THROWN)("%s is an inference_error with that code", async (code) => {
  const { complete } = open({ run: () => Promise.reject(new HostError(code, "it went wrong", { hint: "try again" })) });
  expect(await complete()).toEqual({
    error: "inference_error",
    code,
    message: "It went wrong.",
    hint: "try again",
    id: ID,
    partial_content: "",
  });
});

test("a request that whoever runs agents refuses is an invalid one", async () => {
  const run = () => Promise.reject(new HostError("request_invalid", "messages[0] is odd"));
  expect(await open({ run }).complete()).toMatchObject({ error: "invalid_request", message: "messages[0] is odd" });
});

test("what nobody foresaw is told as an internal error, without what it was", async () => {
  const { complete } = open({ run: () => Promise.reject(new TypeError("secret of the host")) });
  const answer = await complete();
  expect(answer).toMatchObject({ error: "internal" });
  expect(JSON.stringify(answer)).not.toContain("secret of the host");
});

test("a request that is wrong is refused with the name of the member, and asks nobody", async () => {
  const { call, inference, rows } = open();
  const answer = JSON.parse((await call("complete", ['{"messages":5}']))!);
  expect(answer).toEqual({ error: "invalid_request", message: "messages is no list" });
  expect(inference.runs).toEqual([]);
  expect(rows).toMatchObject([{ status: 400, errorCode: "invalid_request" }]);
});

test("half a character in an answer is replaced", async () => {
  const { call } = open({ run: () => ({ content: "a\ud83d" }) });
  expect(await call("complete", [request()])).toContain('"a\ufffd"');
});

test("whoever made the call is in the answer of nobody else: agents at the same time do not mix", async () => {
  const both = Promise.withResolvers<void>();
  let count = 0;
  const { complete } = open({
    async run({ agent }) {
      if (++count === 2) both.resolve();
      await both.promise;
      return { content: agent!.name };
    },
  });
  const [one, other] = await Promise.all([complete({}, { agentId: AGENT }), complete({}, { agentId: OTHER_AGENT })]);
  expect([one, other].map(({ choices }) => choices[0].message.content)).toEqual([
    agentOf(AGENT).name,
    agentOf(OTHER_AGENT).name,
  ]);
});
