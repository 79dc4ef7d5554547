// One call in flight: how long a caller waits who waits for each answer.

import type { Bench, Section } from "../bench.ts";
import { startOsprey } from "../contenders/osprey.ts";
import { pingPong, startBareEcho, startFfi, startFork, startMcp, startProcessPerCall } from "../contenders/peers.ts";
import {
  closeAll,
  type Echoer,
  interleave,
  medianRatio,
  medianSpread,
  oneInFlight,
  type Spread,
  warmUp,
} from "../measure.ts";

const TEXT = "x".repeat(100);
const PROCESSES_MAX = 60;
/** The compiler goes on for this long, longest in the MCP server. */
const WARM_UP_CALLS = 12_000;

export const latencyPinned: Section = {
  name: "latency",
  placement: "pinned",
  async run(bench) {
    const peers = [await startMcp(), await startFork("json"), await startFork("advanced"), await startBareEcho()];
    await compare(bench, peers, {
      "MCP server": { of: "ratio", atMost: 0.65 },
      "fork json": { of: "ratio", atMost: 1.15 },
    });
  },
};

export const latencyFree: Section = {
  name: "latency",
  placement: "free",
  async run(bench) {
    const peers = [
      await startMcp(),
      await startFork("json"),
      await startBareEcho(),
      await startFfi(),
      await startProcessPerCall(),
    ];
    await compare(bench, peers, {
      "MCP server": { of: "ratio", atMost: 0.8 },
      "fork json": { of: "ratio", atMost: 0.9 },
      "FFI in process": { of: "ratio", atMost: 60 },
      "process per call": { of: "ratio", atMost: 1 / 22 },
    });
  },
};

type Targets = Readonly<Record<string, { of: "ratio"; atMost: number }>>;

async function compare(bench: Bench, peers: readonly Echoer[], targets: Targets): Promise<void> {
  const calls = bench.quick ? 1_500 : 4_000;
  const osprey = await startOsprey();
  const all = [osprey, ...peers];
  for (const echoer of all) await warmUp([echoer], TEXT, callsOf(echoer, WARM_UP_CALLS));
  const results = await interleave<Spread>(bench.quick ? 3 : 7, {
    ...Object.fromEntries(all.map((echoer) => [echoer.name, () => oneInFlight(echoer, TEXT, callsOf(echoer, calls))])),
    floor: () => pingPong(calls * 2),
  });
  await closeAll(all);

  const ours = medianSpread(results[osprey.name]!);
  const ratioTo = (name: string) => medianRatio(p50s(results[osprey.name]!), p50s(results[name]!));
  for (const { name } of peers) {
    const theirs = medianSpread(results[name]!);
    bench.report({
      metric: "echo 100 B, p50",
      value: ours.p50,
      unit: "µs",
      peer: { name, value: theirs.p50 },
      ratio: ratioTo(name),
      ...(targets[name] ? { target: targets[name] } : {}),
    });
  }
  const floor = { name: "C to C, no Node", value: medianSpread(results["floor"]!).p50 };
  bench.report({ metric: "echo 100 B, p50", value: ours.p50, unit: "µs", peer: floor, ratio: ratioTo("floor") });
  const mcp = { name: "MCP server", value: medianSpread(results["MCP server"]!).p99 };
  bench.report({ metric: "echo 100 B, p99", value: ours.p99, unit: "µs", peer: mcp, ratio: ours.p99 / mcp.value });
}

function p50s(rounds: readonly Spread[]): number[] {
  return rounds.map((round) => round.p50);
}

/** Starting a process takes a thousand times longer than the rest. */
function callsOf(echoer: Echoer, calls: number): number {
  return echoer.name === "process per call" ? Math.min(calls, PROCESSES_MAX) : calls;
}
