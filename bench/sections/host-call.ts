// A plugin that asks its host: the same trip the other way round, seen and timed from inside the plugin.

import type { Runner } from "../../src/plugins/native/runner.ts";
import type { Bench, Section } from "../bench.ts";
import { callTool, startRunner } from "../contenders/osprey.ts";
import { interleave, median, medianRatio, medianSpread, type Spread, spreadOf } from "../measure.ts";

const TEXT = "x".repeat(100);
const LANES = 16;

export const hostCallPinned: Section = { name: "host-call", placement: "pinned", run: compare };

export const hostCallFree: Section = { name: "host-call", placement: "free", run: compare };

async function compare(bench: Bench): Promise<void> {
  const isPinned = bench.placement === "pinned";
  const calls = bench.quick ? 2_000 : 5_000;
  const runner = startRunner(() => TEXT);
  await runner.ready;
  const ask = () => askTimes(runner, calls);
  const echo = () => echoTimes(runner, calls);
  await ask();
  await echo();
  const results = await interleave<Spread>(bench.quick ? 3 : 7, { ask, echo });
  const [asked, echoed] = [results["ask"]!, results["echo"]!];
  bench.report({
    metric: "host call, p50",
    value: medianSpread(asked).p50,
    unit: "µs",
    peer: { name: "echo 100 B", value: medianSpread(echoed).p50 },
    ratio: medianRatio(
      asked.map((round) => round.p50),
      echoed.map((round) => round.p50),
    ),
    ...(isPinned ? { target: { of: "ratio", atMost: 1.1 } } : {}),
  });
  const p99 = { name: "echo 100 B", value: medianSpread(echoed).p99 };
  bench.report({ metric: "host call, p99", value: medianSpread(asked).p99, unit: "µs", peer: p99 });
  if (!isPinned) await lanes(bench, runner);
  await runner.stop();
}

/** Host calls one after the other inside one call of a tool, so that the tool's own trip is not in them. */
async function askTimes(runner: Runner, calls: number): Promise<Spread> {
  const answer = await callTool(runner, "ask", String(calls));
  const [p50, p99] = (answer ?? "").split(" ").map(Number);
  return { p50: p50! / 1000, p99: p99! / 1000 };
}

async function echoTimes(runner: Runner, calls: number): Promise<Spread> {
  const took = new Float64Array(calls);
  for (let i = 0; i < calls; i++) {
    const start = performance.now();
    await callTool(runner, "echo", TEXT);
    took[i] = (performance.now() - start) * 1000;
  }
  return spreadOf(took);
}

async function lanes(bench: Bench, runner: Runner): Promise<void> {
  const perLane = bench.quick ? 1_000 : 3_000;
  const rates: number[] = [];
  for (let round = 0; round < 3; round++) {
    const start = performance.now();
    await Promise.all(Array.from({ length: LANES }, () => callTool(runner, "ask", String(perLane))));
    rates.push((LANES * perLane * 1000) / (performance.now() - start));
  }
  bench.report({ metric: `host calls, from ${LANES} calls at once`, value: median(rates), unit: "/s" });
}
