import { expect, test } from "vitest";
import type { ModelToolCall, RunEvent } from "../protocol/inference.ts";
import { MODEL_OUTPUT_BYTES_MAX, RUN_TOOL_CALLS_PARALLEL_MAX } from "../protocol/limits.ts";
import { CallRound } from "./call-round.ts";
import { done } from "./own-tool.ts";
import { toolRound } from "./tool-round.ts";

const LARGE = 3 * MODEL_OUTPUT_BYTES_MAX;
/** A large result with what stands around it. */
const LARGE_WHOLE = JSON.stringify({ ok: true, tool: "t", result: "x".repeat(LARGE) }).length;
const callsOf = (count: number): ModelToolCall[] =>
  Array.from({ length: count }, (_, index) => ({ id: `c${index}`, name: "t", arguments: String(index) }));

interface Round {
  readonly heldCharsMax: number;
  readonly charsMax: number;
  readonly chars?: (index: number) => number;
  readonly onEvent?: (event: RunEvent) => Promise<void>;
}

/** Makes many calls with large results; gives what came, and how many ran at the same time. */
async function round(count: number, { heldCharsMax, charsMax, chars = () => LARGE, onEvent }: Round) {
  const contents: string[] = [];
  const kept: string[] = [];
  const started: number[] = [];
  let running = 0;
  const parallel: number[] = [];
  const tools = {
    async call(_name: string, input: string) {
      started.push(Number(input));
      parallel.push(++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      return done("t", "x".repeat(chars(Number(input))));
    },
    async keep(_tool: string, text: string) {
      kept.push(text);
      return "how";
    },
  };
  const calls = callsOf(count);
  const round = new CallRound(calls);
  await toolRound(calls, tools, round, {
    signal: new AbortController().signal,
    isOver: false,
    async emit(event) {
      if (event.type === "tool_result") contents.push(event.content);
      await onEvent?.(event);
    },
    bounds: { heldCharsMax, charsMax },
  });
  return { made: round.made, contents, kept, parallel, started };
}

test("small results run side by side, as many as may", async () => {
  const { parallel, contents } = await round(20, { heldCharsMax: 10_000, charsMax: 10_000, chars: () => 10 });
  expect(Math.max(...parallel)).toBe(RUN_TOOL_CALLS_PARALLEL_MAX);
  expect(contents).toHaveLength(20);
});

test("once results are large, fewer run side by side: no more than there is room for", async () => {
  const room = { heldCharsMax: 3 * LARGE_WHOLE, charsMax: 100 * LARGE_WHOLE };
  const { parallel, started, made } = await round(40, room);
  expect(Math.max(...parallel.slice(RUN_TOOL_CALLS_PARALLEL_MAX))).toBeLessThanOrEqual(3);
  expect(started).toEqual(callsOf(40).map((_, index) => index));
  expect(made.map(({ call }) => call.id)).toEqual(callsOf(40).map(({ id }) => id));
});

test("a round at its bound is told and kept whole; what comes behind it is cut and not kept", async () => {
  const bounds = { heldCharsMax: 100 * LARGE_WHOLE, charsMax: 2 * LARGE_WHOLE };
  const atBound = await round(2, bounds);
  expect(atBound.contents.map(({ length }) => length)).toEqual([LARGE_WHOLE, LARGE_WHOLE]);
  expect(atBound.kept).toHaveLength(2);
  const past = await round(2, { ...bounds, charsMax: 2 * LARGE_WHOLE - 1 });
  expect(past.kept).toHaveLength(1);
  expect(past.contents.map(({ length }) => length <= MODEL_OUTPUT_BYTES_MAX)).toEqual([false, true]);
  expect(past.made[0]!.forModel).toContain("are kept: how");
  expect(past.made[1]!.forModel).toContain("the rest is not kept");
  expect(JSON.parse(past.contents[1]!).result).toMatchObject({ truncated: true, original_chars: LARGE });
});

test("what fits for a model is told whole, however much came before", async () => {
  const bounds = { heldCharsMax: 100 * LARGE_WHOLE, charsMax: 1 };
  const { contents } = await round(3, { ...bounds, chars: (index) => (index === 0 ? LARGE : 100) });
  expect(contents.slice(1).map((one) => JSON.parse(one).result.length)).toEqual([100, 100]);
});

test("nothing of a whole result is held once it is told", async () => {
  const { made } = await round(3, { heldCharsMax: LARGE_WHOLE, charsMax: 100 * LARGE_WHOLE });
  for (const one of made) expect(JSON.stringify(one).length).toBeLessThan(MODEL_OUTPUT_BYTES_MAX + 2_000);
  expect(new Set(made.map(({ digest }) => digest)).size).toBe(1);
});

test("a taker that fails leaves no call without a result, also where there is no room", async () => {
  const onEvent = () => Promise.reject(new Error("gone"));
  const bounds = { heldCharsMax: 1, charsMax: 100 * LARGE_WHOLE };
  await expect(round(10, { ...bounds, onEvent })).rejects.toThrow("gone");
});

test("what fails while a result is kept ends the round instead of hanging", async () => {
  const tools = {
    call: async () => done("t", "x".repeat(LARGE)),
    keep: () => Promise.reject(new Error("a mistake of ours")),
  };
  const deps = { signal: new AbortController().signal, isOver: false, emit: async () => {} };
  await expect(toolRound(callsOf(3), tools, new CallRound(callsOf(3)), deps)).rejects.toThrow("a mistake of ours");
});
