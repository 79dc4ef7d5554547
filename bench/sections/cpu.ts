// Processor time for one call, host and plugin together. Unlike waiting time it hardly depends on what else runs.

import type { Bench, Section, Target } from "../bench.ts";
import { startOsprey } from "../contenders/osprey.ts";
import { startFork, startMcp } from "../contenders/peers.ts";
import { closeAll, type Echoer, interleave, median, medianRatio } from "../measure.ts";
import { cpuMsOf } from "../process-facts.ts";

const TEXT = "x".repeat(100);

interface Cost {
  readonly host: number;
  readonly child: number;
}

export const cpu: Section = {
  name: "cpu",
  placement: "free",
  async run(bench) {
    const all = [await startOsprey(), await startMcp(), await startFork("json")];
    await compare(bench, all, 64, { of: "value", atMost: 4 });
    await compare(bench, all, 1, { of: "value", atMost: 45 });
    await closeAll(all);
  },
};

async function compare(bench: Bench, all: readonly Echoer[], width: number, target: Target): Promise<void> {
  const ms = bench.quick ? 400 : 900;
  const cost = (echoer: Echoer) => costOf(echoer, width, ms);
  for (const echoer of all) await cost(echoer);
  const results = await interleave<Cost>(
    bench.quick ? 2 : 3,
    Object.fromEntries(all.map((echoer) => [echoer.name, () => cost(echoer)])),
  );
  const total = (name: string) => results[name]!.map(({ host, child }) => host + child);
  const [osprey, ...peers] = all;
  const ours = total(osprey!.name);
  const metric = `per call, ${width} in flight`;
  bench.report({ metric: `${metric}: both`, value: median(ours), unit: "µs", target });
  bench.report({
    metric: `${metric}: host`,
    value: median(results[osprey!.name]!.map(({ host }) => host)),
    unit: "µs",
  });
  bench.report({
    metric: `${metric}: runner`,
    value: median(results[osprey!.name]!.map(({ child }) => child)),
    unit: "µs",
  });
  for (const { name } of peers) {
    const theirs = total(name);
    const ratio = medianRatio(ours, theirs);
    bench.report({
      metric: `${metric}: both`,
      value: median(ours),
      unit: "µs",
      peer: { name, value: median(theirs) },
      ratio,
    });
  }
}

/** Microseconds of processor time for one call. */
async function costOf(echoer: Echoer, width: number, ms: number): Promise<Cost> {
  const childBefore = cpuMsOf(echoer.pid!);
  const hostBefore = process.cpuUsage();
  const until = performance.now() + ms;
  let calls = 0;
  const lane = async () => {
    do {
      await echoer.echo(TEXT);
    } while (++calls % 16 !== 0 || performance.now() < until);
  };
  await Promise.all(Array.from({ length: width }, lane));
  const { user, system } = process.cpuUsage(hostBefore);
  return { host: (user + system) / calls, child: ((cpuMsOf(echoer.pid!) - childBefore) * 1000) / calls };
}
