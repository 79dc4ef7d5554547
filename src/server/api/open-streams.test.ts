import { expect, test } from "vitest";
import type { HostError } from "../../protocol/errors.ts";
import { TASK_STREAMS_AGENT_KEYS_MAX, TASK_STREAMS_MAX, TASK_STREAMS_PER_KEY_MAX } from "../../protocol/limits.ts";
import { OpenStreams } from "./open-streams.ts";

const whole = (id: string) => ({ id, agentId: null });
const scoped = (id: string) => ({ id, agentId: "A" });

/** Opens so many of a key, and gives what closes the last of them. */
function open(streams: OpenStreams, key: ReturnType<typeof whole>, count: number): () => void {
  const closes = Array.from({ length: count }, () => streams.open(key));
  return closes.at(-1)!;
}

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return (error as HostError).code;
  }
}

test("a key has TASK_STREAMS_PER_KEY_MAX streams and no more, until one is over; others have theirs", () => {
  const streams = new OpenStreams();
  const close = open(streams, whole("a"), TASK_STREAMS_PER_KEY_MAX);
  expect(codeOf(() => streams.open(whole("a")))).toBe("rate_limited");
  expect(codeOf(() => streams.open(whole("b")))).toBeUndefined();
  close();
  expect(codeOf(() => streams.open(whole("a")))).toBeUndefined();
  expect(codeOf(() => streams.open(whole("a")))).toBe("rate_limited");
});

test("all keys together have TASK_STREAMS_MAX streams and no more", () => {
  const streams = new OpenStreams();
  for (let at = 0; at < TASK_STREAMS_MAX - 1; at++) streams.open(whole(`key ${at}`));
  const close = streams.open(whole("last"));
  expect(codeOf(() => streams.open(whole("one more")))).toBe("rate_limited");
  close();
  expect(codeOf(() => streams.open(whole("one more")))).toBeUndefined();
});

test("keys for one agent have TASK_STREAMS_AGENT_KEYS_MAX together; the rest is left to keys for the whole host", () => {
  const streams = new OpenStreams();
  for (let at = 0; at < TASK_STREAMS_AGENT_KEYS_MAX - 1; at++) streams.open(scoped(`key ${at}`));
  const close = streams.open(scoped("last"));
  expect(codeOf(() => streams.open(scoped("one more")))).toBe("rate_limited");
  for (let at = TASK_STREAMS_AGENT_KEYS_MAX; at < TASK_STREAMS_MAX; at++) streams.open(whole(`owner ${at}`));
  expect(codeOf(() => streams.open(whole("one more")))).toBe("rate_limited");
  close();
  expect(codeOf(() => streams.open(scoped("one more")))).toBeUndefined();
  expect(codeOf(() => streams.open(scoped("one more")))).toBe("rate_limited");
});
