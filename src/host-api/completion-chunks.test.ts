import { expect, test } from "vitest";
import type { RunEvent } from "../protocol/inference.ts";
import { CHUNK_TEXT_CHARS_MAX, FRAME_BYTES_MAX } from "../protocol/limits.ts";
import { type ChunkFinish, CompletionChunks } from "./completion-chunks.ts";

const ID = "cmpl-0123456789ab";

async function chunksOf(events: readonly RunEvent[], finish?: ChunkFinish): Promise<string[]> {
  const sent: string[] = [];
  const chunks = new CompletionChunks(ID, async (text) => void sent.push(text));
  for (const event of events) await chunks.tell(event);
  if (finish !== undefined) await chunks.finish(finish);
  return sent;
}

const text = (content: string): RunEvent => ({ type: "text", text: content });
const chunk = (delta: string, finish = "") => `{"choices":[{"delta":${delta},${finish}"index":0}],"id":"${ID}"}`;

test.each<[string, RunEvent, string]>([
  ["text", text('a "word"\n'), chunk('{"content":"a \\"word\\"\\n"}')],
  ["a thought", { type: "reasoning", text: "hm" }, chunk('{"reasoning_content":"hm"}')],
  [
    "a call of a tool",
    { type: "tool_call", call: { id: "c1", name: "look", arguments: '{"at":1}' } },
    chunk(
      '{"tool_calls":[{"function":{"arguments":"{\\"at\\":1}","name":"look"},"id":"c1"}]}',
      '"finish_reason":"tool_calls",',
    ),
  ],
  [
    "the result of a tool",
    { type: "tool_result", callId: "c1", name: "look", content: '{"ok":true}', isError: false },
    chunk('{"content":"{\\"ok\\":true}","role":"tool","tool_call_id":"c1"}'),
  ],
  [
    "usage",
    {
      type: "usage",
      usage: { promptTokens: 7, completionTokens: 3, totalTokens: 10 },
      tokensPerSecond: 12.5,
      unclosedReasoning: true,
    },
    chunk('{"usage":{"completion_tokens":3,"tokens_per_second":12.5,"unclosed_reasoning":true}}'),
  ],
  [
    "usage that the model's server did not count",
    {
      type: "usage",
      usage: { promptTokens: 7, completionTokens: 3, totalTokens: 10, isEstimated: true },
      tokensPerSecond: 12.5,
      unclosedReasoning: false,
    },
    chunk(
      '{"usage":{"completion_tokens":3,"tokens_per_second":12.5,"unclosed_reasoning":false},"usage_is_estimated":true}',
    ),
  ],
])("%s has a chunk of its own shape", async (_what, event, expected) => {
  expect(await chunksOf([event])).toEqual([expected]);
});

test.each(["stop", "length", "tool_calls", "content_filter", "max_iterations", "cancelled"] as const)(
  "a stream that ends with %s says so in its last chunk",
  async (finish) => {
    expect(await chunksOf([], finish)).toEqual([chunk("{}", `"finish_reason":"${finish}",`)]);
  },
);

test("a speed that is no number is 0", async () => {
  const usage = { promptTokens: 0, completionTokens: 0, totalTokens: 0 };
  for (const tokensPerSecond of [Number.POSITIVE_INFINITY, Number.NaN]) {
    const [told] = await chunksOf([{ type: "usage", usage, tokensPerSecond, unclosedReasoning: false }]);
    expect(told).toContain('"tokens_per_second":0,');
  }
});

const contentsOf = (chunks: readonly string[]) =>
  chunks.map((one) => JSON.parse(one).choices[0].delta as { content?: string; reasoning_content?: string });

test("a character whose halves come one after the other is told whole", async () => {
  const told = contentsOf(await chunksOf([text("a\ud83d"), text("\ude00b")], "stop"));
  expect(told).toEqual([{ content: "a" }, { content: "\u{1f600}b" }, {}]);
});

test("half a character whose other half never comes is replaced, in its place", async () => {
  const thought: RunEvent = { type: "reasoning", text: "hm" };
  expect(contentsOf(await chunksOf([text("a\ud83d"), thought, text("b\udc00")], "stop"))).toEqual([
    { content: "a" },
    { content: "\ufffd" },
    { reasoning_content: "hm" },
    { content: "b\ufffd" },
    {},
  ]);
  expect(contentsOf(await chunksOf([text("\ud83d")], "stop"))).toEqual([{ content: "\ufffd" }, {}]);
});

test("an empty text is no chunk", async () => {
  expect(await chunksOf([text("")])).toEqual([]);
});

test("a text of the limit is one chunk, one more is two, and the largest fits into a frame", async () => {
  const [only, ...none] = await chunksOf([text("\u0001".repeat(CHUNK_TEXT_CHARS_MAX))]);
  expect(none).toEqual([]);
  expect(Buffer.byteLength(only!)).toBeLessThan(FRAME_BYTES_MAX - 1024);
  const two = contentsOf(await chunksOf([text(`${"a".repeat(CHUNK_TEXT_CHARS_MAX)}b`)]));
  expect(two.map(({ content }) => content?.length)).toEqual([CHUNK_TEXT_CHARS_MAX, 1]);
});

test("a long text is not parted within a character", async () => {
  const long = `${"a".repeat(CHUNK_TEXT_CHARS_MAX - 1)}\u{1f600}b`;
  const parts = contentsOf(await chunksOf([text(long)])).map(({ content }) => content!);
  expect(parts.join("")).toBe(long);
  expect(parts[1]).toBe("\u{1f600}b");
});

test("a tool's result beyond the limit is cut, and says so", async () => {
  const result = (length: number): RunEvent => {
    return { type: "tool_result", callId: "c", name: "n", content: "x".repeat(length), isError: false };
  };
  const [whole] = contentsOf(await chunksOf([result(CHUNK_TEXT_CHARS_MAX)]));
  expect(whole?.content).toHaveLength(CHUNK_TEXT_CHARS_MAX);
  const [cut] = contentsOf(await chunksOf([result(CHUNK_TEXT_CHARS_MAX + 1)]));
  expect(cut?.content?.slice(-8)).toBe("x… (cut)");
});

test("nothing comes behind the last chunk, also when a text was still being told", async () => {
  const sent: string[] = [];
  const taken: (() => void)[] = [];
  const chunks = new CompletionChunks(ID, async (one) => {
    sent.push(one);
    await new Promise<void>((take) => taken.push(take));
  });
  const telling = chunks.tell(text(`${"a".repeat(CHUNK_TEXT_CHARS_MAX)}b`));
  const finishing = chunks.finish("cancelled");
  expect(sent).toHaveLength(1);
  taken.shift()!();
  await telling;
  while (taken.length === 0) await new Promise(setImmediate);
  taken.shift()!();
  await finishing;
  expect(contentsOf(sent).map(({ content }) => content?.length)).toEqual([CHUNK_TEXT_CHARS_MAX, undefined]);
});
