// Reloading a plugin while it answers 50 calls a second: no call may fail, and what the slowest of them wait.

import { setTimeout as delay } from "node:timers/promises";
import { NativePlugin } from "../../src/plugins/native/native-plugin.ts";
import type { Bench, Section } from "../bench.ts";
import { BUILT } from "../built.ts";
import { spreadOf } from "../measure.ts";

const CALLS_PER_SECOND = 50;
const RELOAD_EVERY_MS = 250;

export const reload: Section = {
  name: "reload",
  placement: "free",
  async run(bench: Bench): Promise<void> {
    const seconds = bench.quick ? 2 : 10;
    const plugin = new NativePlugin({
      runnerPath: BUILT.runner,
      library: BUILT.plugin,
      expectedId: undefined,
      label: "bench",
      cwd: "/",
      env: {},
      onHostCall: () => null,
      events: { onLog() {}, onOutput() {}, onCrash() {} },
    });
    await plugin.load();
    await callFor(plugin, 1); // The compiler.
    const calm = await callFor(plugin, seconds);
    const reloads: number[] = [];
    const isOver = new AbortController();
    const reloading = reloadAgainAndAgain(plugin, isOver.signal, reloads);
    const busy = await callFor(plugin, seconds);
    isOver.abort();
    await reloading;
    await plugin.stop();

    const [quiet, during] = [spreadOf(calm.us), spreadOf(busy.us)];
    bench.report({
      metric: `calls failed, ${reloads.length} reloads`,
      value: busy.failed,
      unit: "",
      target: { of: "value", atMost: 0 },
    });
    const peer = (value: number) => ({ name: "without reloads", value });
    bench.report({ metric: "p50 at 50 calls/s", value: during.p50, unit: "µs", peer: peer(quiet.p50) });
    bench.report({ metric: "p99 at 50 calls/s", value: during.p99, unit: "µs", peer: peer(quiet.p99) });
    bench.report({ metric: "one reload, p50", value: spreadOf(reloads).p50, unit: "ms" });
  },
};

/** Calls at the given rate, whether or not the answers before have come. */
async function callFor(plugin: NativePlugin, seconds: number): Promise<{ us: number[]; failed: number }> {
  const us: number[] = [];
  let failed = 0;
  const open: Promise<void>[] = [];
  const startedAt = performance.now();
  for (let count = 0; count < seconds * CALLS_PER_SECOND; count++) {
    const dueInMs = startedAt + (count * 1000) / CALLS_PER_SECOND - performance.now();
    if (dueInMs > 0) await delay(dueInMs);
    const start = performance.now();
    const call = plugin.call("invoke", ["tool", "echo", "text"], { deadlineMs: 60_000, what: "a benchmark's call" });
    open.push(
      call.then(
        () => void us.push((performance.now() - start) * 1000),
        () => void failed++,
      ),
    );
  }
  await Promise.all(open);
  return { us, failed };
}

async function reloadAgainAndAgain(plugin: NativePlugin, signal: AbortSignal, durations: number[]): Promise<void> {
  while (!signal.aborted) {
    const start = performance.now();
    await plugin.reload();
    durations.push(performance.now() - start);
    await delay(RELOAD_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}
