// How many threads a runner needs for many short calls. Threads are what makes a pool slow: each costs wake-ups.

import type { Section } from "../bench.ts";
import { startOsprey } from "../contenders/osprey.ts";
import { threadsOf } from "../process-facts.ts";

const IN_FLIGHT = 64;
const CALLS_PER_LOOK = 500;

export const threads: Section = {
  name: "threads",
  placement: "free",
  async run(bench) {
    const text = "x".repeat(100);
    const osprey = await startOsprey();
    let left = bench.quick ? 50_000 : 200_000;
    let most = 0;
    const lane = async () => {
      while (left-- > 0) {
        await osprey.echo(text);
        if (left % CALLS_PER_LOOK === 0) most = Math.max(most, threadsOf(osprey.pid!));
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
    await osprey.close();
    bench.report({
      metric: `threads under ${IN_FLIGHT} short calls, most`,
      value: most,
      unit: "",
      target: { of: "value", atMost: 8 },
    });
  },
};
