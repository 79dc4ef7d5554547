// The steps of a chart: also those in which nothing happened, which the host leaves out.

import type { Answer } from "../api/ask.ts";

type Summary = Pick<Answer<"GET /insights/summary">, "from" | "to" | "bucket_ms" | "buckets">;
type Bucket = Summary["buckets"][number];

/** A gap has no duration: a line there would tell of calls that were quick. */
export interface Step {
  readonly time: number;
  readonly calls: number;
  readonly errors: number;
  readonly p50: number | null;
  readonly p95: number | null;
}

/** So many are drawn at most, whatever the host says. */
const STEPS_MAX = 200;

export function stepsOf({ from, to, bucket_ms: stepMs, buckets }: Summary): Step[] {
  if (buckets.length === 0) return [];
  const byTime = new Map(buckets.map((bucket) => [Date.parse(bucket.time), bucket]));
  const steps: Step[] = [];
  for (let time = Math.floor(Date.parse(from) / stepMs) * stepMs; time <= Date.parse(to); time += stepMs) {
    steps.push(stepAt(time, byTime.get(time)));
    if (steps.length >= STEPS_MAX) break;
  }
  return steps;
}

function stepAt(time: number, bucket: Bucket | undefined): Step {
  if (bucket === undefined) return { time, calls: 0, errors: 0, p50: null, p95: null };
  return { time, calls: bucket.calls, errors: bucket.errors, p50: bucket.p50_ms, p95: bucket.p95_ms };
}
