// What fifty plugins cost together while nobody calls them, host and all, beside fifty Node children. The children are not
// started: fifty of the memory that one of them has to itself are less than what they would take.

import { setTimeout as delay } from "node:timers/promises";
import type { Section } from "../bench.ts";
import { startRunner } from "../contenders/osprey.ts";
import { startFork } from "../contenders/peers.ts";
import { memoryOf } from "../process-facts.ts";

const PLUGINS = 50;
const SETTLE_MS = 500;

export const idlePlugins: Section = {
  name: "idle-plugins",
  placement: "free",
  async run(bench) {
    const before = memoryOf(process.pid).pss;
    const runners = Array.from({ length: PLUGINS }, () => startRunner());
    await Promise.all(runners.map(({ ready }) => ready));
    await delay(SETTLE_MS);
    const host = memoryOf(process.pid).pss;
    const theirs = runners.reduce((sum, { pid }) => sum + memoryOf(pid!).pss, 0);
    await Promise.all(runners.map((runner) => runner.stop()));
    const node = await startFork("json");
    await node.echo("x");
    await delay(SETTLE_MS);
    const child = memoryOf(node.pid!);
    await node.close();
    bench.report({
      metric: `${PLUGINS} idle plugins and their host, PSS`,
      value: theirs + host,
      unit: "MB",
      peer: { name: `${PLUGINS} Node children`, value: PLUGINS * child.own },
      ratio: (theirs + host) / (PLUGINS * child.own),
      target: { of: "ratio", atMost: 1 / 4 },
    });
    bench.report({ metric: "of that, the plugins", value: theirs, unit: "MB" });
    bench.report({ metric: "what they added to the host", value: host - before, unit: "MB" });
  },
};
