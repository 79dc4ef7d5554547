// Runs that go on where a transcript ends, and what stands in the session at every moment: whoever is killed leaves a
// transcript that hides nothing.

import { expect, test } from "vitest";
import { AGENT, breaks, hangs, resultsIn, says, setUpRun, wants } from "../../test/helpers/told-runs.ts";
import { HostError } from "../protocol/errors.ts";
import type { ChatMessage, ModelEvent } from "../protocol/inference.ts";
import type { ShelfCall } from "../tools/shelf.ts";
import { resultOfLostCall, unansweredCalls } from "./lost-calls.ts";
import type { RunRequest } from "./run-request.ts";

const user = (content: string): ChatMessage => ({ role: "user", content });
const rolesOf = (turns: readonly ChatMessage[]) => turns.map(({ role }) => role);

/** A session with these turns, and what runs on in it. */
async function setUp(turns: readonly ChatMessage[], ...given: Parameters<typeof setUpRun>) {
  const setting = setUpRun(...given);
  const { id } = await setting.sessions.create({ agentId: AGENT.id, pluginId: null, externalKey: null, title: "A" });
  if (turns.length > 0) await setting.sessions.append(id, turns);
  const goOn = (request: Partial<RunRequest> = {}) =>
    setting.run({ continues: true, messages: [], session: { kind: "id", id }, ...request });
  const appends: (readonly ChatMessage[])[] = [];
  const append = setting.sessions.append.bind(setting.sessions);
  setting.sessions.append = async (sessionId, added) => {
    await append(sessionId, added);
    appends.push(added);
  };
  return { ...setting, id, goOn, appends, turns: () => setting.sessions.turns(id) };
}

test("a run that goes on asks the model with the transcript as it stands, and adds what comes", async () => {
  const call = { id: "c", name: "echo", arguments: "{}" };
  const before: ChatMessage[] = [
    user("Hello"),
    { role: "assistant", content: null, toolCalls: [call] },
    { role: "tool", toolCallId: "c", name: "echo", content: "x" },
  ];
  const { goOn, asked, turns } = await setUp(before, [says("Hi.")]);
  expect(await goOn()).toMatchObject({ finish: "stop", content: "Hi.", turns: [{ role: "assistant" }] });
  expect(asked[0]!.messages.slice(1)).toEqual(before);
  expect(await turns()).toEqual([...before, { role: "assistant", content: "Hi." }]);
});

test.each<[string, Partial<RunRequest>]>([
  ["messages of its own", { messages: [user("more")] }],
  ["no session", { session: undefined }],
  ["a new session", { session: { kind: "new", pluginId: null, title: "B" } }],
])("a run that goes on with %s is refused", async (_title, request) => {
  const { goOn, asked } = await setUp([user("Hello")], [says("x")]);
  await expect(goOn(request)).rejects.toMatchObject({ code: "request_invalid" });
  expect(asked).toEqual([]);
});

test("what comes before its turn is done once those before it in the session are over, and read with the rest", async () => {
  const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
  const { promise: hasBegun, resolve: begin } = Promise.withResolvers<void>();
  async function* first(): AsyncIterable<ModelEvent> {
    begin();
    await mayEnd;
    yield* says("One.");
  }
  const { goOn, asked, turns, sessions, id } = await setUp([user("1")], [first, says("Two.")]);
  const one = goOn();
  await hasBegun;
  const seen: string[][] = [];
  const beforeTurns = async () => {
    seen.push(rolesOf(await turns()));
    await sessions.append(id, [user("2")]);
  };
  const two = goOn({ beforeTurns, traceId: "b" });
  await new Promise((resolve) => setImmediate(resolve));
  expect(seen).toEqual([]);
  end();
  expect((await one).content).toBe("One.");
  expect((await two).content).toBe("Two.");
  expect(seen).toEqual([["user", "assistant"]]);
  expect(asked[1]!.messages.at(-1)).toEqual(user("2"));
});

test("what fails before its turn fails the run, and the model is not asked", async () => {
  const { goOn, asked } = await setUp([user("1")], [says("x")]);
  const beforeTurns = () => Promise.reject(new HostError("store_broken", "the disk is full"));
  expect(await goOn({ beforeTurns })).toMatchObject({ finish: "failed", error: { code: "store_broken" } });
  const broken = () => Promise.reject(new TypeError("a mistake of ours"));
  expect(await goOn({ beforeTurns: broken })).toMatchObject({ finish: "failed", error: { code: "internal" } });
  expect(asked).toEqual([]);
});

test("a run that is cancelled before its turn does nothing any more", async () => {
  const { goOn, asked } = await setUp([user("1")], [says("x")]);
  const beforeTurns = () => expect.unreachable();
  expect(await goOn({ beforeTurns, signal: AbortSignal.abort() })).toMatchObject({ finish: "cancelled" });
  expect(asked).toEqual([]);
});

test("of an answer that breaks off nothing is kept, whatever broke it, and the session stays", async () => {
  const stop = new AbortController();
  const tale = (_request: unknown, signal: AbortSignal) => hangs("Once upon", signal);
  const { goOn, turns, sessions } = await setUp([user("1")], [tale, () => breaks("inference_cut", "Once")]);
  expect(await goOn({ signal: stop.signal, onEvent: () => stop.abort() })).toMatchObject({
    finish: "cancelled",
    content: "Once upon",
  });
  expect(await turns()).toEqual([user("1")]);
  expect(await goOn()).toMatchObject({ finish: "failed", content: "Once", error: { code: "inference_cut" } });
  expect(await turns()).toEqual([user("1")]);
  expect(await sessions.list({ limit: 10 })).toHaveLength(1);
});

test("a session that is empty stays when the run in it fails, and nobody asks whether it is", async () => {
  const { goOn, id, sessions } = await setUp([], [() => breaks("inference_unreachable")]);
  const byId = sessions.byId.bind(sessions);
  let looks = 0;
  sessions.byId = async (...given) => {
    looks++;
    return await byId(...given);
  };
  expect(await goOn()).toMatchObject({ finish: "failed", sessionId: id });
  expect(looks).toBe(1);
});

test("an answer with calls that is cancelled before they are made is not kept; without it, it is", async () => {
  const stop = new AbortController();
  const onEvent = ({ type }: { type: string }) => (type === "usage" ? stop.abort() : undefined);
  const calling = await setUp([user("1")], [wants(["echo"])], { echo: () => expect.unreachable() });
  expect(await calling.goOn({ signal: stop.signal, onEvent })).toMatchObject({ finish: "cancelled" });
  expect(await calling.turns()).toEqual([user("1")]);
});

test("no call is made whose turn could not be written", async () => {
  const setting = await setUp([user("1")], [wants(["echo"]), says("Done.")], { echo: () => expect.unreachable() });
  setting.sessions.append = () => Promise.reject(new HostError("store_broken", "the disk is full"));
  expect(await setting.goOn()).toMatchObject({ finish: "failed", error: { code: "store_broken" } });
  expect(setting.asked).toHaveLength(1);
});

test("a run whose session is deleted meanwhile fails, and makes no further call", async () => {
  const { goOn, sessions, id, asked } = await setUp([user("1")], [wants(["remove"]), wants(["never"])], {
    remove: async () => String(await sessions.delete(id)),
    never: () => expect.unreachable(),
  });
  expect(await goOn()).toMatchObject({ finish: "failed", error: { code: "session_unknown" } });
  expect(asked).toHaveLength(1);
});

test("results are kept as they come, in the calls' order, and those before the rest of the round is there", async () => {
  const gates = [0, 1, 2].map(() => Promise.withResolvers<string>());
  const wait = (input: string) => gates[Number(JSON.parse(input).n)]!.promise;
  const calls = [0, 1, 2].map((n) => ["wait", `{"n":${n}}`] as const);
  const { goOn, turns, sessions } = await setUp([user("1")], [wants(...calls), says("Done.")], { wait });
  const next = watch(sessions);
  const running = goOn();
  await next(); // The calls.
  expect(rolesOf(await turns())).toEqual(["user", "assistant"]);
  gates[1]!.resolve("second");
  await new Promise((resolve) => setImmediate(resolve));
  expect(rolesOf(await turns())).toEqual(["user", "assistant"]);
  gates[0]!.resolve("first");
  await next();
  // The first and the second stand there, alone or together.
  const known = (await turns()).slice(2).map(({ content }) => content as string);
  expect(known[0]).toContain("first");
  gates[2]!.resolve("third");
  await running;
  const results = (await turns()).filter(({ role }) => role === "tool").map(({ content }) => content as string);
  expect(results.map((text) => /first|second|third/.exec(text)![0])).toEqual(["first", "second", "third"]);
});

/** Resolves with each write to the session, one after the other. */
function watch(sessions: { append(id: string, turns: readonly ChatMessage[]): Promise<void> }): () => Promise<void> {
  const append = sessions.append.bind(sessions);
  const waiting: (() => void)[] = [];
  let count = 0;
  sessions.append = async (...given) => {
    await append(...given);
    count++;
    waiting.shift()?.();
  };
  let taken = 0;
  return () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (++taken <= count) resolve();
    else waiting.push(resolve);
    return promise;
  };
}

test("a slow taker of events does not keep results from being kept", async () => {
  const { promise: never, resolve: goOnTelling } = Promise.withResolvers<void>();
  const { goOn, sessions, turns } = await setUp([user("1")], [wants(["echo"], ["echo"]), says("Done.")], {
    echo: () => "x",
  });
  const next = watch(sessions);
  const running = goOn({ onEvent: ({ type }) => (type === "tool_result" ? never : undefined) });
  await next();
  while ((await turns()).length < 4) await next();
  expect(rolesOf(await turns())).toEqual(["user", "assistant", "tool", "tool"]);
  goOnTelling();
  expect(await running).toMatchObject({ finish: "stop" });
});

test("a round of one call is two writes, and a run of one answer is one", async () => {
  const calling = await setUp([user("1")], [wants(["echo"]), says("Done.")], { echo: () => "x" });
  await calling.goOn();
  expect(calling.appends.map(rolesOf)).toEqual([["assistant"], ["tool"], ["assistant"]]);
  const plain = await setUp([user("1")], [says("Done.")]);
  await plain.goOn();
  expect(plain.appends.map(rolesOf)).toEqual([["assistant"]]);
});

test("the host's notes stand behind a result from the moment it is kept", async () => {
  const many = Array.from({ length: 130 }, () => ["echo"] as const);
  const { goOn, turns } = await setUp([user("1")], [wants(...many), says("Done.")], { echo: () => "x" });
  await goOn();
  const results = (await turns()).filter(({ role }) => role === "tool");
  expect(results.at(-1)!.content).toContain("2 more in the same answer were left out");
});

test("a call that is cut off is said to be of unknown effect, one that was not made to be so", async () => {
  const stop = new AbortController();
  let made = 0;
  const stuck = (_input: string, { signal }: ShelfCall) => {
    if (++made === 8) stop.abort();
    return new Promise((_resolve, reject) =>
      signal!.addEventListener("abort", () => reject(new HostError("interrupted", "interrupted"))),
    );
  };
  const many = Array.from({ length: 9 }, () => ["stuck"] as const);
  const { goOn, turns } = await setUp([user("1")], [wants(...many)], { stuck });
  expect(await goOn({ signal: stop.signal })).toMatchObject({ finish: "cancelled" });
  const results = (await turns()).filter(({ role }) => role === "tool").map(({ content }) => content as string);
  expect(results).toHaveLength(9);
  for (const text of results.slice(0, 8)) expect(text).toContain("whether it did its work is not known");
  expect(results[8]).toContain("before this call was made");
});

test("a transcript that was cut off in the middle of a round is closed call by call, and no call is made again", async () => {
  const calls = ["a", "b", "c"].map((id) => ({ id, name: "echo", arguments: "{}" }));
  const cut: ChatMessage[] = [
    user("1"),
    { role: "assistant", content: null, toolCalls: calls },
    { role: "tool", toolCallId: "a", name: "echo", content: "x" },
  ];
  expect(unansweredCalls(cut).map(({ id }) => id)).toEqual(["b", "c"]);
  const closed = [...cut, ...unansweredCalls(cut).map(resultOfLostCall)];
  expect(unansweredCalls(closed)).toEqual([]);
  const { goOn, asked } = await setUp(closed, [says("Done.")], { echo: () => expect.unreachable() });
  await goOn();
  const results = resultsIn(asked[0]!);
  expect(results[0]).toBe("x");
  for (const text of results.slice(1)) expect(text).toContain("it was not called again");
});

test("a call is open until its result is there, whatever was said meanwhile", () => {
  const call = { id: "a", name: "echo", arguments: "{}" };
  const asking: ChatMessage = { role: "assistant", content: null, toolCalls: [call] };
  expect(unansweredCalls([user("1"), asking])).toEqual([call]);
  expect(unansweredCalls([user("1"), asking, user("2")])).toEqual([call]);
  expect(unansweredCalls([user("1"), asking, { role: "tool", toolCallId: "a", content: "x" }])).toEqual([]);
  const answered: ChatMessage[] = [asking, { role: "tool", toolCallId: "a", content: "x" }];
  expect(unansweredCalls([...answered, asking])).toEqual([call]);
  expect(unansweredCalls([])).toEqual([]);
});

test("tools that are named besides are asked for with the list and with each call", async () => {
  const also = [{ pluginId: "test.plugin", toolId: "reply" }];
  const seen: unknown[] = [];
  const reply = (_input: string, call: ShelfCall) => seen.push(call.also);
  const { goOn, parts } = await setUp([user("1")], [wants(["reply"]), says("Done.")], { reply });
  const shelf = await parts.shelf();
  const list: typeof shelf.list = async (agent, named) => {
    seen.push(named);
    return await shelf.list(agent, named);
  };
  Object.assign(parts, { shelf: async () => ({ ...shelf, list }) });
  await goOn({ alsoTools: also });
  expect(seen).toEqual([also, also]);
  await goOn({ alsoTools: also, tools: { kind: "given", definitions: [], runsOnShelf: true } });
  expect(seen[2]).toBeUndefined();
});
