// The loop with a model and a shelf that are written down in the test.

import { expect, test } from "vitest";
import { AGENT, breaks, hangs, resultsIn, says, setUpRun, stream, wants } from "../../test/helpers/told-runs.ts";
import { HostError } from "../protocol/errors.ts";
import type { ChatMessage, ModelEvent } from "../protocol/inference.ts";
import {
  MODEL_OUTPUT_BYTES_MAX,
  RUN_ITERATIONS_MAX,
  RUN_REPLAY_CHARS_MAX,
  RUN_SAME_ROUNDS_MAX,
  RUN_TOOL_CALLS_MAX,
  RUN_TOOL_CALLS_PARALLEL_MAX,
  RUNS_PER_TRACE_MAX,
} from "../protocol/limits.ts";
import { toolFailure } from "../tools/envelope.ts";
import type { ShelfCall } from "../tools/shelf.ts";
import { LEFT_OUT_NOTICE } from "./conversation.ts";
import type { ModelRequest } from "./model-service.ts";
import { UNTRUSTED_NOTICE } from "./untrusted-text.ts";

test("a run without tools is one call of the model", async () => {
  const { run, asked, events } = setUpRun([says("Hi.")]);
  const outcome = await run({ tools: { kind: "none" } });
  expect(outcome).toMatchObject({ finish: "stop", content: "Hi.", model: "test-model", error: undefined });
  expect(outcome.id).toMatch(/^cmpl-[0-9a-f]{12}$/);
  expect(outcome.turns).toEqual([{ role: "assistant", content: "Hi." }]);
  expect(asked).toHaveLength(1);
  expect(asked[0]!.messages[0]).toEqual({ role: "system", content: "Be brief." });
  expect(asked[0]!.sampling).toEqual({ temperature: 0.5 });
  expect(events.map(({ type }) => type)).toEqual(["text", "usage"]);
});

test("several calls in one answer run side by side, and their results stand in the calls' order", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const fast = () => {
    resolve();
    return "fast";
  };
  const tools = { slow: () => promise.then(() => "slow"), fast };
  const { run, asked, events } = setUpRun([wants(["slow"], ["fast"]), says("Done.")], tools);
  const outcome = await run();
  expect(outcome.toolCallsExecuted.map(({ name }) => name)).toEqual(["slow", "fast"]);
  expect(resultsIn(asked[1]!).map((text) => text.includes('"slow"'))).toEqual([true, false]);
  const results = events.filter((event) => event.type === "tool_result");
  expect(results.map(({ content }) => JSON.parse(content).result)).toEqual(["slow", "fast"]);
  expect(outcome.usage).toEqual({ promptTokens: 20, completionTokens: 10, totalTokens: 30 });
});

test("no more calls run side by side than may", async () => {
  let [now, most] = [0, 0];
  const slow = async () => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setImmediate(resolve));
    now--;
    return "done";
  };
  const many = Array.from({ length: RUN_TOOL_CALLS_PARALLEL_MAX + 1 }, () => ["slow"] as const);
  await setUpRun([wants(...many), says("Done.")], { slow }).run();
  expect(most).toBe(RUN_TOOL_CALLS_PARALLEL_MAX);
});

test.each([
  ["at the limit all calls are made", RUN_TOOL_CALLS_MAX, 0],
  ["one past it the last is left out, and the model is told", RUN_TOOL_CALLS_MAX + 1, 1],
])("calls in one answer: %s", async (_title, count, leftOut) => {
  const tools = { echo: () => "x" };
  const { run, asked } = setUpRun(
    [wants(...Array.from({ length: count }, () => ["echo"] as const)), says("Done.")],
    tools,
  );
  const outcome = await run();
  expect(outcome.toolCallsExecuted).toHaveLength(RUN_TOOL_CALLS_MAX);
  expect(resultsIn(asked[1]!).at(-1)!.includes("1 more in the same answer")).toBe(leftOut === 1);
});

test("what is wrong with a call is told to the model, and the run goes on", async () => {
  const tools = {
    fails: () => toolFailure("fails", { kind: "execution_error", message: "no luck" }),
    throws: () => Promise.reject(new TypeError("secret place")),
    refused: () => Promise.reject(new HostError("definition_changed", "it changed")),
  };
  const { run, asked } = setUpRun([wants(["nowhere"], ["fails"], ["throws"], ["refused"]), says("Sorry.")], tools);
  const outcome = await run();
  expect(outcome).toMatchObject({ finish: "stop", content: "Sorry." });
  const [unknown, failing, throwing, refused] = resultsIn(asked[1]!);
  expect(unknown).toContain('"kind":"tool_not_found"');
  expect(failing).toContain("no luck");
  expect(throwing).toContain('"code":"internal"');
  expect(throwing).not.toContain("secret place");
  expect(refused).toContain('"code":"definition_changed"');
  expect(outcome.toolCallsExecuted.map(({ name }) => name)).toEqual(["fails", "throws", "refused"]);
});

test.each([
  [1, 0],
  [3, 2],
])("with %i iterations, the tools run %i times and the last calls are pending", async (maxIterations, times) => {
  let count = 0;
  const { run } = setUpRun([() => stream(wants(["echo", `{"n":${count}}`]))], { echo: () => ++count });
  const outcome = await run({ maxIterations });
  expect(outcome).toMatchObject({ finish: "max_iterations", pendingToolCalls: [{ name: "echo" }] });
  expect(outcome.toolCallsExecuted).toHaveLength(times);
});

test("more iterations than there may be are cut down to the limit", async () => {
  let count = 0;
  const { run, asked } = setUpRun([() => stream(wants(["echo"]))], { echo: () => ++count });
  await run({ maxIterations: RUN_ITERATIONS_MAX + 1 });
  expect(asked).toHaveLength(RUN_ITERATIONS_MAX);
});

test("a model that goes round in circles is told once, and then the run ends", async () => {
  const { run, asked } = setUpRun([() => stream(wants(["echo"]))], { echo: () => "the same" });
  const outcome = await run();
  expect(outcome).toMatchObject({ finish: "max_iterations", pendingToolCalls: [] });
  expect(asked).toHaveLength(RUN_SAME_ROUNDS_MAX);
  const told = resultsIn(asked.at(-1)!).filter((text) => text.includes("given the same results several times"));
  expect(told).toHaveLength(1);
});

test("calls to tools that only the caller has end the run", async () => {
  const definitions = [
    { name: "echo", description: "", parameters: {} },
    { name: "theirs", description: "", parameters: {} },
  ];
  const tools = { echo: () => "x", hidden: () => "y" };
  const { run } = setUpRun([wants(["echo"], ["theirs"])], tools);
  const mixed = await run({ tools: { kind: "given", definitions, runsOnShelf: true } });
  expect(mixed).toMatchObject({ finish: "tool_calls", toolCallsExecuted: [{ name: "echo" }] });
  expect(mixed.pendingToolCalls).toMatchObject([{ name: "theirs" }]);
  const alone = await run({ tools: { kind: "given", definitions, runsOnShelf: false } });
  expect(alone).toMatchObject({ finish: "tool_calls", toolCallsExecuted: [] });
  expect(alone.pendingToolCalls).toHaveLength(2);
});

test("a tool of the agent's that the caller did not name cannot be called", async () => {
  const definitions = [{ name: "echo", description: "", parameters: {} }];
  const hidden = () => expect.unreachable();
  const { run, asked } = setUpRun([wants(["hidden"]), says("No.")], { echo: () => "x", hidden });
  await run({ tools: { kind: "given", definitions, runsOnShelf: true } });
  expect(resultsIn(asked[1]!)[0]).toContain("tool_not_found");
});

test("a run that is cancelled in the middle of an answer keeps what came", async () => {
  const stop = new AbortController();
  const { run, sessions } = setUpRun([(_request, signal) => hangs("Once upon", signal)]);
  const session = { kind: "new", pluginId: null, title: "Tale" } as const;
  const outcome = await run({ signal: stop.signal, session, onEvent: () => stop.abort() });
  expect(outcome).toMatchObject({ finish: "cancelled", content: "Once upon", error: undefined });
  expect(await sessions.turns(outcome.sessionId!)).toEqual([
    { role: "user", content: "Hello" },
    { role: "assistant", content: "Once upon" },
  ]);
});

test("a run that is cancelled while tools run makes no further calls and has a result for each", async () => {
  const stop = new AbortController();
  let made = 0;
  const stuck = (_input: string, { signal }: ShelfCall) => {
    if (++made === RUN_TOOL_CALLS_PARALLEL_MAX) stop.abort();
    return new Promise((_resolve, reject) =>
      signal!.addEventListener("abort", () => reject(new HostError("interrupted", "interrupted"))),
    );
  };
  const many = Array.from({ length: RUN_TOOL_CALLS_PARALLEL_MAX + 2 }, () => ["stuck"] as const);
  const outcome = await setUpRun([wants(...many)], { stuck }).run({ signal: stop.signal });
  expect(outcome.finish).toBe("cancelled");
  expect(made).toBe(RUN_TOOL_CALLS_PARALLEL_MAX);
  expect(outcome.toolCallsExecuted).toHaveLength(RUN_TOOL_CALLS_PARALLEL_MAX);
  expect(outcome.turns.filter(({ role }) => role === "tool")).toHaveLength(many.length);
});

test("a signal that is aborted already, and a host that is stopped, cancel the run", async () => {
  const stopped = AbortSignal.abort();
  expect((await setUpRun([says("x")]).run({ signal: stopped })).finish).toBe("cancelled");
  expect((await setUpRun([says("x")], {}, { signal: stopped }).run()).finish).toBe("cancelled");
});

test("a taker of events that fails cancels the run", async () => {
  const outcome = await setUpRun([says("Hi.")]).run({ onEvent: () => Promise.reject(new Error("gone")) });
  expect(outcome).toMatchObject({ finish: "cancelled", content: "Hi." });
});

test("a run that takes too long fails", async () => {
  const { run } = setUpRun([(_request, signal) => hangs("Once", signal)], {}, { msMax: 20 });
  expect(await run()).toMatchObject({ finish: "failed", content: "Once", error: { code: "inference_timeout" } });
});

test("a model that hangs and notices no signal does not hold the run, and the message names the time", async () => {
  async function* deaf(): AsyncIterable<ModelEvent> {
    yield { type: "text", text: "Once" };
    await new Promise(() => {});
  }
  const outcome = await setUpRun([deaf], {}, { msMax: 20 }).run();
  expect(outcome).toMatchObject({
    finish: "failed",
    content: "Once",
    error: { message: expect.stringContaining("20 ms") },
  });
  const stop = new AbortController();
  const { run } = setUpRun([deaf]);
  expect(await run({ signal: stop.signal, onEvent: () => stop.abort() })).toMatchObject({ finish: "cancelled" });
});

test("what was said stands in the session while the run goes on: calls before they are made, results once they are there", async () => {
  const seen: string[][] = [];
  const look = async () => {
    const [session] = await sessions.list({ limit: 1 });
    seen.push((await sessions.turns(session!.id)).map(({ role }) => role));
    return "ok";
  };
  const { run, sessions } = setUpRun([wants(["look"]), wants(["look"], ["look"]), says("Done.")], { look });
  const outcome = await run({ session: { kind: "new", pluginId: null, title: "A" } });
  const first = ["user", "assistant"];
  const second = [...first, "tool", "assistant"];
  expect(seen).toEqual([first, second, second]);
  expect(await sessions.turns(outcome.sessionId!)).toEqual([{ role: "user", content: "Hello" }, ...outcome.turns]);
});

test("a session that cannot be written in the middle of a run is tried again at its end", async () => {
  const { run, sessions } = setUpRun([wants(["echo"]), says("Done.")], { echo: () => "x" });
  const append = sessions.append.bind(sessions);
  let failures = 2;
  sessions.append = async (...given) => {
    if (failures-- > 0) throw new HostError("store_broken", "locked");
    await append(...given);
  };
  const { finish, sessionId, turns } = await run({ session: { kind: "new", pluginId: null, title: "A" } });
  expect(finish).toBe("stop");
  expect(await sessions.turns(sessionId!)).toEqual([{ role: "user", content: "Hello" }, ...turns]);
});

test("what goes wrong with the model is in the outcome, with what came before", async () => {
  const rateLimited = () => breaks("inference_rate_limited", "Half", { retry_after_ms: 1_500 });
  const outcome = await setUpRun([wants(["echo"]), rateLimited], { echo: () => "x" }).run();
  expect(outcome).toMatchObject({
    finish: "failed",
    content: "Half",
    toolCallsExecuted: [{ name: "echo" }],
    error: { code: "inference_rate_limited", hint: "look at it", retryAfterMs: 1_500 },
  });
  expect(outcome.turns.map(({ role }) => role)).toEqual(["assistant", "tool", "assistant"]);
});

test("the next run in a session is given what was said before, without what was thought", async () => {
  const thinks: ModelEvent[] = [{ type: "reasoning", text: "hm" }, ...says("One.")];
  const { run, asked, sessions } = setUpRun([thinks, says("Two.")]);
  const first = await run({ session: { kind: "new", pluginId: null, title: "Count" } });
  await run({ session: { kind: "id", id: first.sessionId! }, messages: [{ role: "user", content: "And?" }] });
  expect(asked[1]!.messages.slice(1)).toEqual([
    { role: "user", content: "Hello" },
    { role: "assistant", content: "One." },
    { role: "user", content: "And?" },
  ]);
  const kept = await sessions.turns(first.sessionId!);
  expect(kept).toHaveLength(4);
  expect(kept[1]).toEqual({ role: "assistant", content: "One.", reasoning: "hm" });
});

test("a session of another agent cannot be continued", async () => {
  const { run, parts, sessions } = setUpRun([says("x")]);
  const first = await run({ session: { kind: "new", pluginId: null, title: "Mine" } });
  const other = { ...AGENT, id: "00000000-0000-0000-0000-00000000000F" };
  const session = { kind: "id", id: first.sessionId! } as const;
  await expect(run({ agent: other, session })).rejects.toMatchObject({ code: "session_unknown" });
  expect(await sessions.turns(first.sessionId!)).toHaveLength(2);
  await parts.open.settled();
});

test("two runs in one session take turns, and another session does not wait for them", async () => {
  const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
  const { promise: hasBegun, resolve: begin } = Promise.withResolvers<void>();
  const order: string[] = [];
  const { run } = setUpRun([
    ({ messages }) => {
      const text = messages.at(-1)!.content as string;
      return (async function* () {
        order.push(`begin ${text}`);
        if (text === "first") begin();
        if (text === "first") await mayEnd;
        order.push(`end ${text}`);
        yield* says(text);
      })();
    },
  ]);
  const user = (content: string) => [{ role: "user", content } as const];
  const made = await run({ session: { kind: "new", pluginId: null, title: "A" }, messages: user("zero") });
  const session = { kind: "id", id: made.sessionId! } as const;
  order.length = 0;
  const first = run({ session, messages: user("first") });
  await hasBegun;
  const second = run({ session, messages: user("second"), traceId: "b" });
  await run({ session: { kind: "new", pluginId: null, title: "B" }, messages: user("other"), traceId: "c" });
  expect(order).toEqual(["begin first", "begin other", "end other"]);
  end();
  await Promise.all([first, second]);
  expect(order.slice(3)).toEqual(["end first", "begin second", "end second"]);
});

test("a run inside a run of the same session does not wait for it", async () => {
  let id = "";
  const inner: { finish?: string } = {};
  const tools = {
    nest: async () => {
      const outcome = await run({ session: { kind: "id", id }, messages: [{ role: "user", content: "inner" }] });
      inner.finish = outcome.finish;
      return outcome.content;
    },
  };
  const { run } = setUpRun([says("Zero."), wants(["nest"]), says("Inner."), says("Outer.")], tools);
  id = (await run({ session: { kind: "new", pluginId: null, title: "A" } })).sessionId!;
  expect(await run({ session: { kind: "id", id } })).toMatchObject({ finish: "stop", content: "Outer." });
  expect(inner.finish).toBe("stop");
});

test("a tool that leads to itself comes to an end", async () => {
  let deepest = 0;
  let open = 0;
  const tools = {
    nest: async () => {
      deepest = Math.max(deepest, ++open);
      const { finish, error } = await run();
      open--;
      return error?.code ?? finish;
    },
  };
  const { run, asked } = setUpRun(
    [(request) => stream(resultsIn(request).length > 0 ? says("Up.") : wants(["nest"]))],
    tools,
  );
  expect(await run()).toMatchObject({ finish: "stop" });
  expect(deepest).toBe(RUNS_PER_TRACE_MAX);
  expect(asked.flatMap(resultsIn).join()).toContain("inference_refused");
});

test("an over-long conversation is sent again without its older half", async () => {
  const short = (request: ModelRequest) =>
    request.messages.length > 5 ? breaks("context_too_long") : stream(says("Fits."));
  const { run, asked } = setUpRun([says("1"), says("2"), says("3"), short]);
  const first = await run({ session: { kind: "new", pluginId: null, title: "A" } });
  const session = { kind: "id", id: first.sessionId! } as const;
  await run({ session });
  await run({ session });
  expect(await run({ session })).toMatchObject({ finish: "stop", content: "Fits." });
  expect(
    asked
      .at(-1)!
      .messages.slice(1)
      .map(({ role }) => role)[0],
  ).toBe("user");
});

test("of a session that is too long the newest is sent, and whoever asked and the model are told", async () => {
  const { run, asked, sessions } = setUpRun([says("1"), says("2")]);
  const first = await run({ session: { kind: "new", pluginId: null, title: "A" } });
  expect(first.isShortened).toBeUndefined();
  const id = first.sessionId!;
  const long: ChatMessage[] = [
    { role: "user", content: "What is in it?" },
    { role: "tool", toolCallId: "c", content: "x".repeat(RUN_REPLAY_CHARS_MAX) },
    { role: "assistant", content: "A cat." },
  ];
  await sessions.append(id, long);
  expect(await run({ session: { kind: "id", id } })).toMatchObject({ finish: "stop", isShortened: true });
  const [system, ...turns] = asked[1]!.messages;
  expect(system!.content).toContain(LEFT_OUT_NOTICE);
  expect(asked[0]!.messages[0]!.content).not.toContain(LEFT_OUT_NOTICE);
  expect(turns.map(({ content }) => content)).toEqual(["Hello", "1", "What is in it?", "A cat.", "Hello"]);
  // In the session there is all of it.
  expect((await sessions.turns(id)).slice(2, 5)).toEqual(long);
});

test("a run without tools is told how to take results that stand in its session", async () => {
  const { run, asked } = setUpRun([wants(["echo"]), says("1"), says("2")], { echo: () => "x" });
  const { sessionId } = await run({ session: { kind: "new", pluginId: null, title: "A" } });
  await run({ session: { kind: "id", id: sessionId! }, tools: { kind: "none" } });
  expect(asked[2]!.messages[0]!.content).toContain(UNTRUSTED_NOTICE);
  await run({ tools: { kind: "none" } });
  expect(asked[3]!.messages[0]!.content).not.toContain(UNTRUSTED_NOTICE);
});

test("a question that nobody answered begins no session, and stays in one that was begun", async () => {
  const fails = () => breaks("inference_unreachable");
  const { run, sessions } = setUpRun([fails, fails, says("1"), fails]);
  const failed = await run({ session: { kind: "new", pluginId: null, title: "A" } });
  expect(failed).toMatchObject({ finish: "failed", sessionId: undefined });
  expect(await sessions.list({ limit: 10 })).toEqual([]);
  const { id } = await sessions.create({ agentId: AGENT.id, pluginId: null, externalKey: null, title: "B" });
  const session = { kind: "id", id } as const;
  expect(await run({ session })).toMatchObject({ finish: "failed", sessionId: id });
  expect(await sessions.turns(id)).toEqual([]);
  await run({ session });
  await run({ session });
  expect((await sessions.turns(id)).map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
});

test("a run that broke off in the middle of its first answer leaves its session", async () => {
  const { run, sessions } = setUpRun([() => breaks("inference_cut", "Once upon")]);
  const { sessionId } = await run({ session: { kind: "new", pluginId: null, title: "A" } });
  expect(await sessions.turns(sessionId!)).toHaveLength(2);
});

test("a result that is too long is cut for the model, whole for everybody else, and can be read on", async () => {
  const text = `${"a".repeat(5_000_000)}MIDDLE${"z".repeat(5_000_000)}`;
  const idOf = (request: ModelRequest) => /with id "([0-9a-f]+)"/.exec(resultsIn(request)[0]!)![1]!;
  const reads = (request: ModelRequest) =>
    stream(wants(["read_tool_output", JSON.stringify({ id: idOf(request), offset: 5_000_000, limit: 6 })]));
  const { run, asked, events } = setUpRun([wants(["big"]), reads, says("Done.")], { big: () => text });
  const outcome = await run({ session: { kind: "new", pluginId: null, title: "Big" } });
  expect(outcome.finish).toBe("stop");
  const [shown] = resultsIn(asked[1]!);
  expect(Buffer.byteLength(shown!)).toBeLessThan(MODEL_OUTPUT_BYTES_MAX + 1_000);
  expect(asked[0]!.tools.map(({ name }) => name)).toEqual(["big"]);
  expect(asked[1]!.tools.map(({ name }) => name)).toEqual(["big", "read_tool_output"]);
  expect(resultsIn(asked[2]!)[1]).toContain('"content":"MIDDLE"');
  const whole = events.find((event) => event.type === "tool_result")!;
  expect(JSON.parse(whole.content).result).toBe(text);
});

test("another session cannot read what was kept in this one", async () => {
  let id = "";
  const first = (request: ModelRequest) => {
    id = /with id "([0-9a-f]+)"/.exec(resultsIn(request)[0]!)![1]!;
    return stream(says("Done."));
  };
  const steals = () => stream(wants(["read_tool_output", JSON.stringify({ id })]));
  const big = () => "x".repeat(MODEL_OUTPUT_BYTES_MAX);
  const { run, asked } = setUpRun([wants(["big"]), first, wants(["big"]), steals, says("Done.")], { big });
  await run({ session: { kind: "new", pluginId: null, title: "A" } });
  await run({ session: { kind: "new", pluginId: null, title: "B" } });
  expect(resultsIn(asked[4]!)[1]).toContain("nothing is kept under that id");
});

test("a choice of tool that is forced holds for the first answer only", async () => {
  const { run, asked } = setUpRun([wants(["echo"]), says("Done.")], { echo: () => "x" });
  await run({ sampling: { tool_choice: "required", temperature: 0 } });
  expect(asked.map(({ sampling }) => sampling)).toEqual([
    { temperature: 0, tool_choice: "required" },
    { temperature: 0, tool_choice: "auto" },
  ]);
});

test("a run without messages is refused", async () => {
  await expect(setUpRun([says("x")]).run({ messages: [] })).rejects.toMatchObject({ code: "request_invalid" });
});
