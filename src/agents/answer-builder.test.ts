import { expect, test } from "vitest";
import type { ModelEvent } from "../protocol/inference.ts";
import { MODEL_CALL_ID_CHARS_MAX, MODEL_CALL_NAME_CHARS_MAX, MODEL_TOKENS_MAX } from "../protocol/limits.ts";
import { AnswerBuilder } from "./answer-builder.ts";

const ESTIMATED = { promptTokens: 0, completionTokens: 0, totalTokens: 0, isEstimated: true } as const;

function eventsOf(...chunks: readonly unknown[]): ModelEvent[] {
  const answer = new AnswerBuilder();
  const events = chunks.flatMap((chunk) => [...answer.take(chunk)]);
  return [...events, ...answer.end(() => ESTIMATED)];
}

const delta = (members: object, finish_reason: unknown = null) => ({
  choices: [{ index: 0, delta: members, finish_reason }],
});
const called = (...calls: readonly object[]) => delta({ tool_calls: calls });
const callsOf = (...chunks: readonly unknown[]) =>
  eventsOf(...chunks, delta({}, "tool_calls")).flatMap((event) => (event.type === "tool_call" ? [event.call] : []));

test("text and both kinds of reasoning come as they are said; what is empty does not", () => {
  expect(
    eventsOf(
      delta({ role: "assistant", content: "" }),
      delta({ reasoning_content: "hm" }),
      delta({ reasoning: "ah", content: null }),
      delta({ content: "yes" }),
      delta({ content: [{ type: "text", text: "!" }, { type: "other" }] }),
      delta({}, "stop"),
    ),
  ).toEqual([
    { type: "reasoning", text: "hm" },
    { type: "reasoning", text: "ah" },
    { type: "text", text: "yes" },
    { type: "text", text: "!" },
    { type: "usage", usage: ESTIMATED },
    { type: "finish", reason: "stop" },
  ]);
});

test("calls side by side are put together by their index", () => {
  expect(
    callsOf(
      called({ index: 0, id: "a", function: { name: "one", arguments: '{"x"' } }),
      called({ index: 1, id: "b", function: { name: "two", arguments: "" } }),
      called({ index: 1, function: { arguments: "[1" } }, { index: 0, function: { arguments: ":1}" } }),
      called({ index: 1, id: "b", function: { name: "two", arguments: "]" } }),
    ),
  ).toEqual([
    { id: "a", name: "one", arguments: '{"x":1}' },
    { id: "b", name: "two", arguments: "[1]" },
  ]);
});

test("calls without an index are told apart by their ids, or begin with their name", () => {
  expect(
    callsOf(called({ id: "a", function: { name: "one", arguments: "1" } }, { id: "b", function: { name: "two" } })),
  ).toMatchObject([
    { id: "a", arguments: "1" },
    { id: "b", arguments: "{}" },
  ]);
  const calls = callsOf(
    called({ function: { name: "one", arguments: "1" } }),
    called({ function: { arguments: "2" } }),
    called({ function: { name: "one", arguments: "3" } }),
  );
  expect(calls).toMatchObject([{ arguments: "12" }, { arguments: "3" }]);
  expect(calls[0]!.id).toMatch(/^call_[0-9a-f]{24}$/);
  expect(calls[0]!.id).not.toBe(calls[1]!.id);
});

test("whole calls that all have the same index are several, and ids that repeat are replaced", () => {
  const whole = (id: string) => ({ index: 0, id, function: { name: "one", arguments: "{}" } });
  expect(callsOf(called(whole("a")), called(whole("b"))).map(({ id }) => id)).toEqual(["a", "b"]);
  const [first, second] = callsOf(
    called({ index: 0, id: "a", function: { name: "x" } }, { index: 1, id: "a", function: { name: "y" } }),
  );
  expect([first!.id, second!.name, second!.id === "a"]).toEqual(["a", "y", false]);
});

test("arguments that are no JSON are passed on, and an object becomes its text", () => {
  const [odd] = callsOf(called({ index: 0, id: "a", function: { name: "x", arguments: "not {json" } }));
  const [object] = callsOf(called({ index: 0, id: "a", function: { name: "x", arguments: { a: 1 } } }));
  expect([odd!.arguments, object!.arguments]).toEqual(["not {json", '{"a":1}']);
});

test.each([
  ["stop", "stop"],
  ["length", "length"],
  ["content_filter", "content_filter"],
  ["eos_token", "stop"],
  ["constructor", "stop"],
])("a model that ends with %s ends with %s", (given, reason) => {
  expect(eventsOf(delta({ content: "x" }, given)).at(-1)).toEqual({ type: "finish", reason });
});

test("a model that asked for tools ends with that, also where the server says stop", () => {
  const call = called({ index: 0, id: "a", function: { name: "x" } });
  expect(eventsOf(call, delta({}, "stop")).at(-1)).toEqual({ type: "finish", reason: "tool_calls" });
  expect(eventsOf(call, delta({}, "length")).at(-1)).toEqual({ type: "finish", reason: "length" });
});

test("the last usage counts; one that makes no sense does not", () => {
  const usage = (prompt_tokens: unknown, completion_tokens: unknown) => ({
    choices: [],
    usage: { prompt_tokens, completion_tokens },
  });
  const told = eventsOf(delta({}, "stop"), usage(1, 1), usage(3, 4), usage(-1, "x"), { usage: null });
  expect(told.at(-2)).toEqual({ type: "usage", usage: { promptTokens: 3, completionTokens: 4, totalTokens: 7 } });
});

test("of several answers, the first one counts", () => {
  const chunk = {
    choices: [
      { index: 1, delta: { content: "no" } },
      { index: 0, delta: { content: "yes" } },
    ],
  };
  expect(eventsOf(chunk, delta({}, "stop"))[0]).toEqual({ type: "text", text: "yes" });
});

test.each([
  [null],
  ["text"],
  [[]],
  [{ choices: {} }],
  [{ choices: [7] }],
  [{ choices: [{ delta: "x" }] }],
  [delta({ content: 7 })],
  [delta({ content: [7] })],
  [delta({ reasoning: {} })],
  [delta({ tool_calls: {} })],
  [delta({ tool_calls: [null] })],
  [called({ id: 7 })],
  [called({ function: [] })],
  [called({ function: { name: {} } })],
  [called({ function: { name: "x", arguments: 7 } })],
  [delta({}, 7)],
])("%j is not what the protocol has", (chunk) => {
  expect(() => eventsOf(chunk, delta({}, "stop"))).toThrow(expect.objectContaining({ code: "inference_invalid" }));
});

test("a call without a name is none", () => {
  expect(() => callsOf(called({ index: 0, id: "a" }))).toThrow(expect.objectContaining({ code: "inference_invalid" }));
});

test("names and ids of calls are taken up to their limits, and one character more is not valid", () => {
  const named = (chars: number) => callsOf(called({ index: 0, id: "a", function: { name: "n".repeat(chars) } }));
  expect(named(MODEL_CALL_NAME_CHARS_MAX)).toHaveLength(1);
  expect(() => named(MODEL_CALL_NAME_CHARS_MAX + 1)).toThrow("name");
  const inPieces = () =>
    callsOf(
      called({ index: 0, id: "a", function: { name: "n".repeat(MODEL_CALL_NAME_CHARS_MAX) } }),
      called({ index: 0, function: { name: "m" } }),
    );
  expect(inPieces).toThrow("name");
  const withId = (chars: number) => callsOf(called({ index: 0, id: "i".repeat(chars), function: { name: "n" } }));
  expect(withId(MODEL_CALL_ID_CHARS_MAX)).toHaveLength(1);
  expect(() => withId(MODEL_CALL_ID_CHARS_MAX + 1)).toThrow("id");
});

test("counts of tokens that nobody can add up are not believed", () => {
  const usageOf = (tokens: number) =>
    eventsOf(delta({ content: "a" }, "stop"), { usage: { prompt_tokens: tokens, completion_tokens: 1 } }).find(
      ({ type }) => type === "usage",
    );
  expect(usageOf(MODEL_TOKENS_MAX)).toMatchObject({ usage: { promptTokens: MODEL_TOKENS_MAX } });
  expect(usageOf(MODEL_TOKENS_MAX + 1)).toMatchObject({ usage: ESTIMATED });
  expect(usageOf(Number.MAX_SAFE_INTEGER)).toMatchObject({ usage: ESTIMATED });
});
