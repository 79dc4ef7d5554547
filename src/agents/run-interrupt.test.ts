// Runs that are interrupted with a word: at every moment, what was said and done is in the transcript first, then the word.

import { expect, test } from "vitest";
import { AGENT, says, setUpRun, wants } from "../../test/helpers/told-runs.ts";
import { HostError } from "../protocol/errors.ts";
import type { ChatMessage, ModelEvent, RunEvent } from "../protocol/inference.ts";
import type { ShelfCall } from "../tools/shelf.ts";
import { unansweredCalls } from "./lost-calls.ts";
import type { OpenRun, RunRequest } from "./run-request.ts";

const user = (content: string): ChatMessage => ({ role: "user", content });
const rolesOf = (turns: readonly ChatMessage[]) => turns.map(({ role }) => role);

async function setUp(...given: Parameters<typeof setUpRun>) {
  const setting = setUpRun(...given);
  const { sessions } = setting;
  const { id } = await sessions.create({ agentId: AGENT.id, pluginId: null, externalKey: null, title: "A" });
  await sessions.append(id, [user("1")]);
  const appends: string[][] = [];
  const append = sessions.append.bind(sessions);
  sessions.append = async (sessionId, added) => {
    await append(sessionId, added);
    appends.push(rolesOf(added));
  };
  const { promise: opened, resolve } = Promise.withResolvers<OpenRun>();
  const start = (request: Partial<RunRequest> = {}) =>
    setting.run({ continues: true, messages: [], session: { kind: "id", id }, onOpen: resolve, ...request });
  return { ...setting, start, opened, appends, append, turns: () => sessions.turns(id) };
}

/** A model that says something and then nothing more, until it is cut off; or for ever, where it is deaf. */
function saysAndWaits(text: string, { isDeaf = false } = {}) {
  const { promise: hasSaid, resolve } = Promise.withResolvers<void>();
  async function* tale(_request: unknown, signal: AbortSignal): AsyncIterable<ModelEvent> {
    if (text !== "") yield { type: "text", text };
    resolve();
    await new Promise((_resolve, reject) => {
      if (!isDeaf) signal.addEventListener("abort", () => reject(new HostError("interrupted", "interrupted")));
    });
  }
  return { tale, hasSaid };
}

test.each([false, true])(
  "an answer that is coming (deaf model: %s) is kept with the word behind it, in one write",
  async (isDeaf) => {
    const { tale, hasSaid } = saysAndWaits("Once upon", { isDeaf });
    const { start, opened, appends, turns, events } = await setUp([tale]);
    const running = start();
    await hasSaid;
    await (await opened).interrupt("Stop that.");
    const expected = [user("1"), { role: "assistant", content: "Once upon" }, user("Stop that.")];
    expect(await turns()).toEqual(expected);
    expect(await running).toMatchObject({ finish: "cancelled", content: "Once upon", error: undefined });
    expect(appends).toEqual([["assistant", "user"]]);
    expect(await turns()).toEqual(expected);
    expect(events.map(({ type }) => type)).toEqual(["text"]);
  },
);

test("without a word it ends all the same, and what was said is kept", async () => {
  const { tale, hasSaid } = saysAndWaits("Once");
  const { start, opened, turns } = await setUp([tale]);
  const running = start();
  await hasSaid;
  await (await opened).interrupt(undefined);
  expect(await running).toMatchObject({ finish: "cancelled", content: "Once" });
  expect(rolesOf(await turns())).toEqual(["user", "assistant"]);
});

test("where nothing was said yet, the word stands alone", async () => {
  const { tale, hasSaid } = saysAndWaits("");
  const { start, opened, turns } = await setUp([tale]);
  const running = start();
  await hasSaid;
  await (await opened).interrupt("Wait.");
  expect(await running).toMatchObject({ finish: "cancelled", content: "" });
  expect(await turns()).toEqual([user("1"), user("Wait.")]);
});

test("nothing is told and no call is made once it is interrupted, though the model goes on before it is cut off", async () => {
  const gate = Promise.withResolvers<void>();
  const { promise: hasSaid, resolve } = Promise.withResolvers<void>();
  let isCutOff = () => false;
  async function* eager(_request: unknown, signal: AbortSignal): AsyncIterable<ModelEvent> {
    isCutOff = () => signal.aborted;
    yield { type: "text", text: "One" };
    resolve();
    await gate.promise;
    yield { type: "text", text: " and two" };
    yield* wants(["echo"]);
  }
  const { start, opened, sessions, append, turns, events, asked } = await setUp([eager], {
    echo: () => expect.unreachable(),
  });
  const held = Promise.withResolvers<void>();
  sessions.append = async (...given) => {
    await held.promise;
    await append(...given);
  };
  const running = start();
  await hasSaid;
  const interrupting = (await opened).interrupt("Stop.");
  gate.resolve();
  await new Promise((done) => setImmediate(done));
  // It is cut off when all is written, and not before.
  expect(isCutOff()).toBe(false);
  held.resolve();
  await interrupting;
  expect(isCutOff()).toBe(true);
  expect(await running).toMatchObject({ finish: "cancelled", content: "One" });
  expect(events).toEqual([{ type: "text", text: "One" }]);
  expect(asked).toHaveLength(1);
  expect(await turns()).toEqual([user("1"), { role: "assistant", content: "One" }, user("Stop.")]);
});

test("while tools run: results that are there, then what became of the open calls, then the word, in one write", async () => {
  const begun = [0, 1].map(() => Promise.withResolvers<void>());
  const tools = {
    stuck: (input: string) => {
      begun[Number(JSON.parse(input).n)]!.resolve();
      return new Promise(() => {}); // Notices nothing.
    },
    quick: () => "done quickly",
  };
  const calls = [["stuck", '{"n":0}'], ["quick"], ["stuck", '{"n":1}']] as const;
  const { start, opened, appends, turns, events } = await setUp([wants(...calls)], tools);
  const running = start();
  await Promise.all(begun.map(({ promise }) => promise));
  await new Promise((resolve) => setImmediate(resolve));
  await (await opened).interrupt("Do something else.");
  const [first, second, third] = (await turns()).slice(2, 5).map(({ content }) => content as string);
  expect(first).toContain("whether it did its work is not known");
  expect(second).toContain("done quickly");
  expect(third).toContain("whether it did its work is not known");
  expect(await running).toMatchObject({ finish: "cancelled" });
  expect(appends).toEqual([["assistant"], ["tool", "tool", "tool", "user"]]);
  expect(rolesOf(await turns())).toEqual(["user", "assistant", "tool", "tool", "tool", "user"]);
  expect(events.filter(({ type }: RunEvent) => type === "tool_result")).toEqual([]);
});

test("calls that wait for their place are not made, and said not to be", async () => {
  let made = 0;
  const { promise: allBegun, resolve } = Promise.withResolvers<void>();
  const stuck = (_input: string, { signal }: ShelfCall) => {
    if (++made === 8) resolve();
    return new Promise((_done, reject) => signal!.addEventListener("abort", () => reject(new Error("aborted"))));
  };
  const { start, opened, turns } = await setUp([wants(...Array.from({ length: 9 }, () => ["stuck"] as const))], {
    stuck,
  });
  const running = start();
  await allBegun;
  await (await opened).interrupt("No more.");
  const outcome = await running;
  expect(made).toBe(8);
  expect(outcome.toolCallsExecuted).toHaveLength(8);
  const results = (await turns()).filter(({ role }) => role === "tool");
  expect(results).toHaveLength(9);
  expect(results[8]!.content).toContain("before this call was made");
});

test("while the calls are being written ahead, none of them is made any more", async () => {
  const { start, opened, sessions, append, turns } = await setUp([wants(["echo"])], {
    echo: () => expect.unreachable(),
  });
  const held = Promise.withResolvers<void>();
  const { promise: isWriting, resolve } = Promise.withResolvers<void>();
  sessions.append = async (...given) => {
    resolve();
    await held.promise;
    await append(...given);
  };
  const running = start();
  await isWriting;
  const interrupting = (await opened).interrupt("No.");
  held.resolve();
  await interrupting;
  expect(await running).toMatchObject({ finish: "cancelled", toolCallsExecuted: [] });
  const [, , result, word] = await turns();
  expect(result!.content).toContain("before this call was made");
  expect(word).toEqual(user("No."));
});

test("a second interrupt adds its word only", async () => {
  const { tale, hasSaid } = saysAndWaits("Once");
  const { start, opened, turns } = await setUp([tale]);
  const running = start();
  await hasSaid;
  const run = await opened;
  await Promise.all([run.interrupt("First."), run.interrupt("Second."), run.interrupt(undefined)]);
  await running;
  expect(await turns()).toEqual([user("1"), { role: "assistant", content: "Once" }, user("First."), user("Second.")]);
});

test("an interrupt right when it is opened ends it before the model is asked", async () => {
  const { start, turns, asked } = await setUp([says("x")]);
  let interrupting: Promise<void> | undefined;
  const onOpen = (run: OpenRun) => {
    interrupting = run.interrupt("Never mind.");
  };
  expect(await start({ onOpen })).toMatchObject({ finish: "cancelled", content: "" });
  await interrupting;
  expect(asked).toEqual([]);
  expect(await turns()).toEqual([user("1"), user("Never mind.")]);
});

test("a run that is about to end takes the word and ends as it would have, once the word is written too", async () => {
  const { start, opened, sessions, append, turns } = await setUp([says("Done.")]);
  const writes = [0, 1].map(() => ({ begun: Promise.withResolvers<void>(), may: Promise.withResolvers<void>() }));
  let count = 0;
  sessions.append = async (...given) => {
    const { begun, may } = writes[count++]!;
    begun.resolve();
    await may.promise;
    await append(...given);
  };
  let isOver = false;
  const running = start().finally(() => {
    isOver = true;
  });
  await writes[0]!.begun.promise;
  const interrupting = (await opened).interrupt("And thanks.");
  writes[0]!.may.resolve();
  await writes[1]!.begun.promise;
  await new Promise((resolve) => setImmediate(resolve));
  expect(isOver).toBe(false);
  writes[1]!.may.resolve();
  expect(await running).toMatchObject({ finish: "stop", content: "Done." });
  expect(await turns()).toEqual([user("1"), { role: "assistant", content: "Done." }, user("And thanks.")]);
  await interrupting;
});

test("a run that is over takes nothing", async () => {
  const { start, opened, turns } = await setUp([says("Done.")]);
  await start();
  await (await opened).interrupt("Too late.");
  expect(rolesOf(await turns())).toEqual(["user", "assistant"]);
});

test("an interrupt that cannot be written says so, cuts the run off, and the end tries once more", async () => {
  const { tale, hasSaid } = saysAndWaits("Once");
  const { start, opened, sessions, append, turns } = await setUp([tale]);
  let failures = 1;
  sessions.append = async (...given) => {
    if (failures-- > 0) throw new HostError("store_broken", "locked");
    await append(...given);
  };
  const running = start();
  await hasSaid;
  await expect((await opened).interrupt("Stop.")).rejects.toMatchObject({ code: "store_broken" });
  expect(await running).toMatchObject({ finish: "cancelled" });
  expect(rolesOf(await turns())).toEqual(["user", "assistant", "user"]);
});

test("whenever it comes, no call is left open, nothing stands there twice, and the word is the last", async () => {
  for (let moment = 0; moment < 12; moment++) {
    let left = moment;
    const setting = await setUp([wants(["echo"], ["echo"]), wants(["echo"]), says("Done.")], { echo: () => "x" });
    let interrupting: Promise<void> | undefined;
    const onEvent = async () => {
      if (left-- === 0) interrupting = (await setting.opened).interrupt("Word.");
    };
    const { finish } = await setting.start({ onEvent });
    await interrupting;
    const turns = await setting.turns();
    expect(interrupting === undefined ? "stop" : "cancelled", `moment ${moment}`).toBe(finish);
    if (interrupting !== undefined) expect(turns.at(-1), `moment ${moment}`).toEqual(user("Word."));
    const called = turns.flatMap(({ toolCalls = [] }) => toolCalls.map(({ id }) => id));
    const answered = turns.flatMap(({ toolCallId }) => (toolCallId === undefined ? [] : [toolCallId]));
    expect(answered, `moment ${moment}`).toEqual(called);
    expect(unansweredCalls(turns)).toEqual([]);
  }
});
