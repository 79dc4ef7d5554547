// What a plugin costs while nobody calls it.

import { setTimeout as delay } from "node:timers/promises";
import type { Section } from "../bench.ts";
import { callTool, startRunner } from "../contenders/osprey.ts";
import { startFork } from "../contenders/peers.ts";
import { median } from "../measure.ts";
import { memoryOf } from "../process-facts.ts";

const SETTLE_MS = 300;
const RUNNERS = 10;

export const memory: Section = {
  name: "memory",
  placement: "free",
  async run(bench) {
    const runner = startRunner();
    await runner.ready;
    const node = await startFork("json");
    for (let i = 0; i < 100; i++) await node.echo("x".repeat(100));
    await delay(SETTLE_MS);
    const idle = memoryOf(runner.pid!);
    const theirs = memoryOf(node.pid!);
    const name = "Node child";
    bench.report({ metric: "idle runner, PSS", value: idle.pss, unit: "MB", target: { of: "value", atMost: 1.2 } });
    bench.report({
      metric: "idle runner, RSS",
      value: idle.rss,
      unit: "MB",
      peer: { name, value: theirs.rss },
      ratio: idle.rss / theirs.rss,
      target: { of: "ratio", atMost: 1 / 15 },
    });
    bench.report({ metric: "idle runner, RSS", value: idle.rss, unit: "MB", target: { of: "value", atMost: 3 } });

    await Promise.all(Array.from({ length: 64 }, () => callTool(runner, "echo", "x".repeat(100))));
    await delay(SETTLE_MS);
    bench.report({ metric: "after 64 calls at once, PSS", value: memoryOf(runner.pid!).pss, unit: "MB" });

    const more = Array.from({ length: RUNNERS - 1 }, () => startRunner());
    await Promise.all(more.map((each) => each.ready));
    await delay(SETTLE_MS);
    const each = median(more.map(({ pid }) => memoryOf(pid!).pss));
    bench.report({ metric: `idle runner among ${RUNNERS}, PSS`, value: each, unit: "MB" });
    await Promise.all([...more, runner].map((one) => one.stop()));
    await node.close();
  },
};
