import { expect, test } from "vitest";
import type { HostError } from "../../protocol/errors.ts";
import { TASK_STREAMS_MAX, TASK_STREAMS_PER_KEY_MAX } from "../../protocol/limits.ts";
import { OpenStreams } from "./open-streams.ts";

/** Opens so many of a key, and gives what closes the last of them. */
function open(streams: OpenStreams, key: string, count: number): () => void {
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
  const close = open(streams, "a", TASK_STREAMS_PER_KEY_MAX);
  expect(codeOf(() => streams.open("a"))).toBe("rate_limited");
  expect(codeOf(() => streams.open("b"))).toBeUndefined();
  close();
  expect(codeOf(() => streams.open("a"))).toBeUndefined();
  expect(codeOf(() => streams.open("a"))).toBe("rate_limited");
});

test("all keys together have TASK_STREAMS_MAX streams and no more", () => {
  const streams = new OpenStreams();
  for (let at = 0; at < TASK_STREAMS_MAX - 1; at++) streams.open(`key ${at}`);
  const close = streams.open("last");
  expect(codeOf(() => streams.open("one more"))).toBe("rate_limited");
  close();
  expect(codeOf(() => streams.open("one more"))).toBeUndefined();
});
