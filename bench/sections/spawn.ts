// From nothing to the first use: a runner until its manifest is there, others until their first answer.

import type { Section } from "../bench.ts";
import { startRunner } from "../contenders/osprey.ts";
import { loadMcp, startBareEcho, startFork, startMcp } from "../contenders/peers.ts";
import { type Echoer, interleave, median, medianRatio, spreadOf } from "../measure.ts";

export const spawn: Section = {
  name: "spawn",
  placement: "free",
  async run(bench) {
    await loadMcp();
    const all: number[] = [];
    const blocked: number[] = [];
    const startOurs = async () => {
      const start = performance.now();
      const runner = startRunner();
      blocked.push(performance.now() - start);
      await runner.ready;
      all.push(performance.now() - start);
      await runner.stop();
    };
    const ours = async () => {
      const from = all.length;
      for (let i = 0; i < (bench.quick ? 10 : 25); i++) await startOurs();
      return median(all.slice(from));
    };
    const forked = () => firstAnswer(() => startFork("json"));
    const bare = () => firstAnswer(startBareEcho);
    const connected = async () => {
      const start = performance.now();
      const server = await startMcp();
      const ms = performance.now() - start;
      await server.close();
      return ms;
    };
    await ours();
    all.length = 0;
    blocked.length = 0;
    const results = await interleave(bench.quick ? 3 : 8, { ours, forked, connected, bare });

    const { p50, p99 } = spreadOf(all);
    const compare = (name: string, values: number[], atLeast?: number) =>
      bench.report({
        metric: "start to manifest, p50",
        value: p50,
        unit: "ms",
        peer: { name, value: median(values) },
        ratio: medianRatio(values, results["ours"]!),
        ...(atLeast ? { target: { of: "ratio", atLeast } } : {}),
      });
    compare("fork to first answer", results["forked"]!, 35);
    compare("MCP connect", results["connected"]!, 55);
    compare("bare C child", results["bare"]!);
    bench.report({ metric: "start to manifest, p50", value: p50, unit: "ms", target: { of: "value", atMost: 2.2 } });
    bench.report({ metric: "start to manifest, p99", value: p99, unit: "ms", target: { of: "value", atMost: 6 } });
    bench.report({ metric: "of it the host is blocked, p50", value: median(blocked), unit: "ms" });
  },
};

/** Milliseconds from the start of a child until it has answered. */
async function firstAnswer(begin: () => Promise<Echoer>): Promise<number> {
  const start = performance.now();
  const child = await begin();
  await child.echo("x");
  const ms = performance.now() - start;
  await child.close();
  return ms;
}
