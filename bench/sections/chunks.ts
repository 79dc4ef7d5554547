// A streamed answer: what one more chunk costs the host, the plugin and the line together.

import type { HostCall } from "../../src/protocol/host-slots.ts";
import type { Bench, Section } from "../bench.ts";
import { callTool, startRunner } from "../contenders/osprey.ts";
import { interleave, median } from "../measure.ts";

const CHUNK = JSON.stringify({ choices: [{ delta: { content: "some words" } }] });

type Source = (call: HostCall, count: number) => Promise<void>;

export const chunksPinned: Section = { name: "chunks", placement: "pinned", run };

export const chunksFree: Section = { name: "chunks", placement: "free", run };

async function run(bench: Bench): Promise<void> {
  await measure(bench, "stream chunk, all at once", bench.quick ? 10_000 : 20_000, burst, 0.5);
  await measure(bench, "stream chunk, 16 per turn", bench.quick ? 4_000 : 10_000, sixteenPerTurn);
  await measure(bench, "stream chunk, one per turn", bench.quick ? 2_000 : 5_000, onePerTurn, 4);
}

async function burst(call: HostCall, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await call.chunk(CHUNK);
}

async function sixteenPerTurn(call: HostCall, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await call.chunk(CHUNK);
    if (i % 16 === 15) await new Promise((resolve) => setImmediate(resolve));
  }
}

async function onePerTurn(call: HostCall, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await call.chunk(CHUNK);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function measure(bench: Bench, metric: string, count: number, source: Source, atMost?: number): Promise<void> {
  const runner = startRunner(async (call) => {
    await source(call, count);
    return "{}";
  });
  await runner.ready;
  const stream = async () => {
    const start = performance.now();
    const taken = await callTool(runner, "stream", "{}");
    if (taken !== String(count)) throw new Error(`${taken} of ${count} chunks came`);
    return ((performance.now() - start) * 1000) / count;
  };
  await stream();
  const results = await interleave(bench.quick ? 3 : 5, { stream });
  await runner.stop();
  const value = median(results["stream"]!);
  bench.report({ metric, value, unit: "µs", ...(atMost ? { target: { of: "value", atMost } } : {}) });
}
