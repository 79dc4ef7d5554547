// Many calls in flight, and large ones: how much gets through.

import type { Bench, Section, Target } from "../bench.ts";
import { startOsprey } from "../contenders/osprey.ts";
import { startBareEcho, startFfi, startFork, startMcp, startProcessPerCall } from "../contenders/peers.ts";
import {
  closeAll,
  type Echoer,
  interleave,
  manyInFlight,
  median,
  medianRatio,
  oneInFlight,
  warmUp,
} from "../measure.ts";

const IN_FLIGHT = 64;
const PROCESSES_IN_FLIGHT = 8;

type Targets = Readonly<Record<string, Target>>;

export const throughputPinned: Section = { name: "throughput", placement: "pinned", run };

export const throughputFree: Section = { name: "throughput", placement: "free", run };

async function run(bench: Bench): Promise<void> {
  const [osprey, mcp, json, bare] = [
    await startOsprey(),
    await startMcp(),
    await startFork("json"),
    await startBareEcho(),
  ];
  const [ffi, processes] = [await startFfi(), await startProcessPerCall()];
  const small = bench.placement === "free" ? [mcp, json, bare, processes] : [mcp, json, bare];
  await rates(bench, "100 B", "x".repeat(100), osprey, small, {
    "MCP server": { of: "ratio", atLeast: 8 },
    "fork json": { of: "ratio", atLeast: 1.7 },
    "process per call": { of: "ratio", atLeast: 400 },
  });
  await rates(bench, "10 kB", "x".repeat(10_000), osprey, [mcp, json, bare], {
    "MCP server": { of: "ratio", atLeast: 3 },
    "fork json": { of: "ratio", atLeast: 1.4 },
  });
  await large(bench, osprey, [mcp, json, ffi], {
    "MCP server": { of: "ratio", atMost: 0.2 },
    "fork json": { of: "ratio", atMost: 0.25 },
    "FFI in process": { of: "ratio", atMost: 1.8 },
  });
  await closeAll([osprey, mcp, json, bare, ffi, processes]);
}

async function rates(
  bench: Bench,
  size: string,
  text: string,
  osprey: Echoer,
  peers: readonly Echoer[],
  targets: Targets,
): Promise<void> {
  const ms = bench.quick ? 200 : 400;
  const warmUpRounds = bench.quick ? 2 : 4;
  const all = [osprey, ...peers];
  const rate = (echoer: Echoer) => manyInFlight(echoer, text, widthOf(echoer), ms);
  for (const echoer of all) for (let i = 0; i < warmUpRounds; i++) await rate(echoer);
  const results = await interleave(
    bench.quick ? 3 : 5,
    Object.fromEntries(all.map((echoer) => [echoer.name, () => rate(echoer)])),
  );
  const ours = results[osprey.name]!;
  for (const peer of peers) {
    const theirs = results[peer.name]!;
    bench.report({
      metric: `calls of ${size}, ${IN_FLIGHT} in flight`,
      value: median(ours),
      unit: "/s",
      peer: { name: peer.name, value: median(theirs) },
      ratio: medianRatio(ours, theirs),
      ...(targets[peer.name] ? { target: targets[peer.name]! } : {}),
    });
  }
}

function widthOf(echoer: Echoer): number {
  return echoer.name === "process per call" ? PROCESSES_IN_FLIGHT : IN_FLIGHT;
}

async function large(bench: Bench, osprey: Echoer, peers: readonly Echoer[], targets: Targets): Promise<void> {
  const text = "x".repeat(1_000_000);
  const calls = bench.quick ? 15 : 40;
  const all = [osprey, ...peers];
  await warmUp(all, text, 10);
  const results = await interleave(
    bench.quick ? 3 : 5,
    Object.fromEntries(all.map((echoer) => [echoer.name, async () => (await oneInFlight(echoer, text, calls)).p50])),
  );
  const ours = results[osprey.name]!;
  for (const peer of peers) {
    const theirs = results[peer.name]!;
    bench.report({
      metric: "echo 1 MB, p50",
      value: median(ours),
      unit: "µs",
      peer: { name: peer.name, value: median(theirs) },
      ratio: medianRatio(ours, theirs),
      ...(targets[peer.name] ? { target: targets[peer.name]! } : {}),
    });
  }
}
