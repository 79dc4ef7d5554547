import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import type { HostError } from "../protocol/errors.ts";
import type { ChatMessage, ModelEvent } from "../protocol/inference.ts";
import {
  MODEL_NAME_CHARS_MAX,
  RUN_TOOL_CALLS_MAX,
  SCRIPT_BYTES_MAX,
  SCRIPT_DELAY_MS_MAX,
  SCRIPT_DIMENSIONS_MAX,
  SCRIPT_TURNS_MAX,
} from "../protocol/limits.ts";
import { readScript } from "./model-script.ts";
import { scriptedModel } from "./scripted-model.ts";

const NEVER = new AbortController().signal;
const USER: ChatMessage = { role: "user", content: "Hi" };
const SAID: ChatMessage = { role: "assistant", content: "x" };

function fileOf(script: unknown): string {
  const path = join(tempDir(), "play.json");
  writeFileSync(path, typeof script === "string" ? script : JSON.stringify(script));
  return path;
}

async function play(path: string, messages: readonly ChatMessage[] = [USER], signal = NEVER) {
  const events: ModelEvent[] = [];
  const request = { model: "play", messages, tools: [], sampling: {} };
  try {
    for await (const event of scriptedModel(path).stream(request, signal)) events.push(event);
    return { events, error: undefined };
  } catch (error) {
    return { events, error: error as HostError };
  }
}

const textIn = (events: readonly ModelEvent[]) => events.map((one) => (one.type === "text" ? one.text : "")).join("|");

test("a turn says its pieces, asks for its tools and ends", async () => {
  const turn = {
    reasoning: "hm",
    text: ["Hel", "lo"],
    tool_calls: [
      { name: "one", arguments: { said: "{{last_user}}", deep: [{ a: "{{last_user}}" }], n: 1 } },
      { name: "two", arguments: "no json" },
    ],
    usage: { prompt_tokens: 1, completion_tokens: 2 },
  };
  const { events } = await play(fileOf({ turns: [turn] }));
  expect(events).toEqual([
    { type: "reasoning", text: "hm" },
    { type: "text", text: "Hel" },
    { type: "text", text: "lo" },
    { type: "tool_call", call: { id: "call_1_1", name: "one", arguments: '{"said":"Hi","deep":[{"a":"Hi"}],"n":1}' } },
    { type: "tool_call", call: { id: "call_1_2", name: "two", arguments: "no json" } },
    { type: "usage", usage: { promptTokens: 1, completionTokens: 2, totalTokens: 3 } },
    { type: "finish", reason: "tool_calls" },
  ]);
});

test("which turn it is depends on the conversation alone", async () => {
  const path = fileOf({ turns: [{ text: "first" }, { text: "second {{last_tool}}" }], after: "fail" });
  const tool: ChatMessage = { role: "tool", content: [{ type: "text", text: "R" }], toolCallId: "c" };
  const both = await Promise.all([play(path), play(path, [USER, SAID, tool]), play(path)]);
  expect(both.map(({ events }) => textIn(events))).toEqual(["first||", "second R||", "first||"]);
  const { error } = await play(path, [USER, SAID, USER, SAID]);
  expect(error).toMatchObject({ code: "script_invalid", message: expect.stringContaining("turn 3") });
});

test("behind its end, a script repeats its last turn or echoes", async () => {
  const later = [USER, SAID, { role: "user", content: "$& again" } as const];
  expect(textIn((await play(fileOf({ turns: [{ text: "a" }] }), later)).events)).toBe("a||");
  expect(textIn((await play(fileOf({ turns: [], after: "echo" }), later)).events)).toBe("$& again||");
  expect((await play(fileOf({ turns: [] }))).error?.code).toBe("script_invalid");
});

test("a turn that fails has said its text", async () => {
  const { events, error } = await play(fileOf({ turns: [{ text: "half", fail: "inference_cut" }] }));
  expect([textIn(events), error?.code]).toEqual(["half", "inference_cut"]);
});

test("a pause ends when nobody waits any more", async () => {
  const path = fileOf({ turns: [{ text: "late", delay_ms: SCRIPT_DELAY_MS_MAX }] });
  const ending = new AbortController();
  const playing = play(path, [USER], ending.signal);
  ending.abort();
  expect((await playing).error?.code).toBe("interrupted");
  expect((await play(path, [USER], AbortSignal.abort())).error?.code).toBe("interrupted");
});

test("it is listed as scripted, under the script's name or the file's", async () => {
  const list = async (script: object) =>
    (await scriptedModel(fileOf({ turns: [], ...script })).models(NEVER)).map(({ id, name, type }) => [id, name, type]);
  expect(await list({})).toEqual([
    ["play", "play (scripted)", "chat"],
    ["play-embedding", "play-embedding (scripted)", "embedding"],
  ]);
  expect((await list({ model: "hero" }))[0]).toEqual(["hero", "hero (scripted)", "chat"]);
});

test("a text has the same vector each time, another one another", async () => {
  const model = scriptedModel(fileOf({ turns: [], embedding_dimensions: 3 }));
  const { vectors } = await model.embed("play-embedding", ["a", "b", "a"], NEVER);
  expect(vectors[0]).toHaveLength(3);
  expect(vectors[0]).toEqual(vectors[2]);
  expect(vectors[0]).not.toEqual(vectors[1]);
  expect(vectors.flat().every((number) => Math.abs(number) <= 1)).toBe(true);
});

test.each([
  ["{", "no JSON"],
  ["[]", "the document: must be an object"],
  [{}, "turns: is missing"],
  [{ turns: [{ txt: "x" }] }, 'turns[0]: has members that are not known: "txt"'],
  [{ turns: [{}, { fail: "boom" }] }, "turns[1].fail"],
  [{ turns: [{ tool_calls: [{ name: "", arguments: {} }] }] }, "turns[0].tool_calls[0].name"],
  [{ turns: [{ delay_ms: -1 }] }, "turns[0].delay_ms"],
])("a script that is %j is told where it is wrong", (script, place) => {
  const path = fileOf(script);
  expect(() => readScript(path)).toThrow(
    expect.objectContaining({ code: "script_invalid", message: expect.stringContaining(place) }),
  );
  expect(() => readScript(path)).toThrow(path);
});

test("a script that is not there, or a folder, is none", () => {
  expect(() => readScript(join(tempDir(), "none.json"))).toThrow("there is no such file");
  expect(() => readScript(tempDir())).toThrow("no regular file");
});

test.each<[string, number, (size: number) => unknown]>([
  ["turns", SCRIPT_TURNS_MAX, (size) => ({ turns: Array(size).fill({}) })],
  [
    "calls",
    RUN_TOOL_CALLS_MAX,
    (size) => ({ turns: [{ tool_calls: Array(size).fill({ name: "x", arguments: "" }) }] }),
  ],
  ["milliseconds", SCRIPT_DELAY_MS_MAX, (size) => ({ turns: [{ delay_ms: size }] })],
  ["dimensions", SCRIPT_DIMENSIONS_MAX, (size) => ({ turns: [], embedding_dimensions: size })],
  ["characters of the name", MODEL_NAME_CHARS_MAX, (size) => ({ turns: [], model: "m".repeat(size) })],
  ["bytes", SCRIPT_BYTES_MAX, (size) => '{"turns":[]}'.padEnd(size)],
])("a script has as many %s as it may have, and no more", (_name, limit, make) => {
  expect(readScript(fileOf(make(limit)))).toHaveProperty("turns");
  expect(() => readScript(fileOf(make(limit + 1)))).toThrow(expect.objectContaining({ code: "script_invalid" }));
});
