import { expect, test } from "vitest";
import { ROUTE_BUCKET_IDLE_MS, ROUTE_BURST_MAX, ROUTE_BURST_MS } from "../../protocol/limits.ts";
import { TokenBuckets } from "./token-bucket.ts";

const MS_EACH = ROUTE_BURST_MS / ROUTE_BURST_MAX;

function withClock() {
  let ms = 5_000_000;
  const buckets = new TokenBuckets(() => ms);
  const taken = (count: number, id = "a") => Array.from({ length: count }, () => buckets.take(id));
  const pass = (passedMs: number) => {
    ms += passedMs;
  };
  return { buckets, taken, pass };
}

test("so many are there at once, and one more has to wait", () => {
  const { taken } = withClock();
  expect(taken(ROUTE_BURST_MAX)).toEqual(Array(ROUTE_BURST_MAX).fill(0));
  expect(taken(1)).toEqual([1]);
});

test("one comes back after its time, and not a millisecond sooner", () => {
  const { taken, pass } = withClock();
  taken(ROUTE_BURST_MAX);
  pass(MS_EACH - 1);
  expect(taken(1)).toEqual([1]);
  pass(1);
  expect(taken(2)).toEqual([0, 1]);
});

test("all are back after a minute, and no more than all after an hour", () => {
  for (const ms of [ROUTE_BURST_MS, 60 * ROUTE_BURST_MS]) {
    const { taken, pass } = withClock();
    taken(ROUTE_BURST_MAX);
    pass(ms);
    expect(taken(ROUTE_BURST_MAX + 1).filter((wait) => wait > 0)).toEqual([1]);
  }
});

test("those who are refused do not make the wait longer", () => {
  const { taken, pass } = withClock();
  taken(ROUTE_BURST_MAX + 1_000);
  pass(MS_EACH);
  expect(taken(1)).toEqual([0]);
});

test("one plugin does not take from another", () => {
  const { taken } = withClock();
  taken(ROUTE_BURST_MAX + 1);
  expect(taken(1, "b")).toEqual([0]);
});

test("a plugin that nobody asks is forgotten after a while, one that is asked is not", () => {
  const { buckets, taken, pass } = withClock();
  taken(1, "quiet");
  pass(ROUTE_BUCKET_IDLE_MS - 1);
  taken(ROUTE_BURST_MAX, "busy");
  expect(buckets.size).toBe(2);
  pass(1);
  expect(taken(1, "busy")).toEqual([1]);
  expect(buckets.size).toBe(1);
});
