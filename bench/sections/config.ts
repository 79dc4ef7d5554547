// A plugin that reads its settings, beside a host call that does nothing: both are timed from inside the plugin. What is
// on top is the store: whether the keys and the value are still those that were read, and the decryption.

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { configGet } from "../../src/host-api/config.ts";
import type { Served } from "../../src/host-api/create-host-api.ts";
import type { Runner } from "../../src/plugins/native/runner.ts";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { SecretStore } from "../../src/store/secret-store.ts";
import type { Bench, Section } from "../bench.ts";
import { BUILT } from "../built.ts";
import { callTool, startRunner } from "../contenders/osprey.ts";
import { interleave, medianRatio, medianSpread, type Spread } from "../measure.ts";

const PLUGIN_ID = "test.bench";
/** What the benchmarks' plugin asks for. */
const KEY = "key";
const TEXT = "x".repeat(100);
/** A plugin has some settings beside the one that it reads. */
const OTHERS = 20;

export const configPinned: Section = { name: "config", placement: "pinned", run };
export const configFree: Section = { name: "config", placement: "free", run };

async function run(bench: Bench): Promise<void> {
  mkdirSync(BUILT.home, { recursive: true });
  const home = mkdtempSync(join(BUILT.home, "config-"));
  try {
    const secrets = new SecretStore(join(home, "Secrets"));
    const name = { pluginId: PLUGIN_ID, agentId: DEFAULT_AGENT_ID };
    await secrets.set({ ...name, key: KEY }, TEXT);
    for (let i = 0; i < OTHERS; i++) await secrets.set({ ...name, key: `other ${i}` }, TEXT);
    await compare(bench, secrets);
  } finally {
    rmSync(home, { recursive: true });
  }
}

async function compare(bench: Bench, secrets: SecretStore): Promise<void> {
  const deps = { pluginId: PLUGIN_ID, secrets, warnOnce() {} } as unknown as Served;
  // The benchmarks call without an agent, and settings are never read without one.
  const reads = startRunner((call) => {
    const answer = configGet({ ...call, agentId: DEFAULT_AGENT_ID }, deps);
    return answer as Exclude<typeof answer, object> | Promise<string | null>; // Nothing of this is refused.
  });
  const plain = startRunner(() => TEXT);
  await Promise.all([reads.ready, plain.ready]);
  const calls = bench.quick ? 1_000 : 3_000;
  for (const runner of [reads, plain]) await askTimes(runner, calls);
  const results = await interleave<Spread>(bench.quick ? 3 : 7, {
    reads: () => askTimes(reads, calls),
    plain: () => askTimes(plain, calls),
  });
  await Promise.all([reads.stop(), plain.stop()]);
  const [read, asked] = [results["reads"]!, results["plain"]!];
  bench.report({
    metric: "config_get of 100 B, p50",
    value: medianSpread(read).p50,
    unit: "µs",
    peer: { name: "plain host call", value: medianSpread(asked).p50 },
    ratio: medianRatio(
      read.map(({ p50 }) => p50),
      asked.map(({ p50 }) => p50),
    ),
  });
  const peer = { name: "plain host call", value: medianSpread(asked).p99 };
  bench.report({ metric: "config_get of 100 B, p99", value: medianSpread(read).p99, unit: "µs", peer });
}

async function askTimes(runner: Runner, calls: number): Promise<Spread> {
  const answer = await callTool(runner, "ask", String(calls));
  const [p50, p99] = (answer ?? "").split(" ").map(Number);
  return { p50: p50! / 1000, p99: p99! / 1000 };
}
