// A plugin that dies: what happens to the answers it gave before, and how soon the host knows.

import { setTimeout as delay } from "node:timers/promises";
import type { Bench, Section } from "../bench.ts";
import { callTool, startRunner } from "../contenders/osprey.ts";
import { spreadOf } from "../measure.ts";

const TEXT = "x".repeat(2_000);
const CALLS = 100;
/** The position of the call that crashes. */
const CRASH_AT = 60;

/** On one processor the runner gets furthest ahead of its host, which is when answers are at risk. */
export const crashPinned: Section = { name: "crash", placement: "pinned", run: lostAnswers };

export const crashFree: Section = {
  name: "crash",
  placement: "free",
  async run(bench) {
    await lostAnswers(bench);
    await knownAfter(bench);
    await goneAfter(bench);
  },
};

/** All calls go out at once; the ones ahead of the crash must still be answered. */
async function lostAnswers(bench: Bench): Promise<void> {
  const rounds = bench.quick ? 40 : 200;
  let lost = 0;
  for (let round = 0; round < rounds; round++) {
    const runner = startRunner();
    await runner.ready;
    const calls = Array.from({ length: CALLS }, (_, i) => callTool(runner, i === CRASH_AT ? "crash" : "echo", TEXT));
    const results = await Promise.allSettled(calls);
    lost += results.slice(0, CRASH_AT).filter((result) => result.status === "rejected" || result.value !== TEXT).length;
    if (results[CRASH_AT]!.status === "fulfilled") throw new Error("the plugin did not crash");
    await runner.end;
  }
  bench.report({
    metric: `answers lost, of ${rounds * CRASH_AT} before a crash`,
    value: lost,
    unit: "",
    target: { of: "value", atMost: 0 },
  });
}

/** From the call that crashes until its caller knows. */
async function knownAfter(bench: Bench): Promise<void> {
  const took: number[] = [];
  for (let round = 0; round < (bench.quick ? 30 : 150); round++) {
    const runner = startRunner();
    await runner.ready;
    await callTool(runner, "echo", TEXT);
    const start = performance.now();
    await callTool(runner, "crash", "").catch(() => undefined);
    took.push(performance.now() - start);
    await runner.end;
  }
  const { p50, p99 } = spreadOf(took);
  bench.report({
    metric: "crash until the host knows, p50",
    value: p50,
    unit: "ms",
    target: { of: "value", atMost: 0.8 },
  });
  bench.report({
    metric: "crash until the host knows, p99",
    value: p99,
    unit: "ms",
    target: { of: "value", atMost: 5 },
  });
}

/** From SIGKILL to a plugin that hangs until nothing of it is left. */
async function goneAfter(bench: Bench): Promise<void> {
  const took: number[] = [];
  for (let round = 0; round < (bench.quick ? 20 : 80); round++) {
    const runner = startRunner();
    await runner.ready;
    const hanging = callTool(runner, "hang", "").catch(() => undefined);
    await delay(2);
    const start = performance.now();
    process.kill(runner.pid!, "SIGKILL");
    await runner.end;
    took.push(performance.now() - start);
    await hanging;
  }
  const { p50, p99 } = spreadOf(took);
  bench.report({
    metric: "killed while it hangs until gone, p50",
    value: p50,
    unit: "ms",
    target: { of: "value", atMost: 0.6 },
  });
  bench.report({
    metric: "killed while it hangs until gone, p99",
    value: p99,
    unit: "ms",
    target: { of: "value", atMost: 5 },
  });
}
