import { expect, test } from "vitest";
import { stepsOf } from "./buckets.ts";

const figures = { calls: 2, errors: 1, p50_ms: 3, p95_ms: 4 };
const at = (second: number) => `2026-03-01T12:00:0${second}.000Z`;

test("steps without calls are there, and have no duration", () => {
  const buckets = [at(1), at(3)].map((time) => ({ time, ...figures }));
  const steps = stepsOf({ from: at(1), to: "2026-03-01T12:00:04.500Z", bucket_ms: 1_000, buckets });
  expect(steps.map(({ calls, p95 }) => [calls, p95])).toEqual([
    [2, 4],
    [0, null],
    [2, 4],
    [0, null],
  ]);
});

test("there are no steps of nothing, and never more than can be drawn", () => {
  expect(stepsOf({ from: at(0), to: at(0), bucket_ms: 1_000, buckets: [] })).toEqual([]);
  const buckets = [{ time: at(0), ...figures }];
  expect(stepsOf({ from: at(0), to: "2036-03-01T12:00:00Z", bucket_ms: 1_000, buckets })).toHaveLength(200);
});
