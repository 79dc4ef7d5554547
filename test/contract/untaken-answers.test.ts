// A plugin that asks much and takes nothing, with a real runner: what it makes the host hold is bounded.

import { expect, test } from "vitest";
import type { HostCallHandler } from "../../src/protocol/host-slots.ts";
import { ANSWERS_UNSENT_BYTES_MAX, LARGE_ANSWERS_OPEN_MAX } from "../../src/protocol/limits.ts";
import { FAR, startRunner } from "../helpers/native-plugins.ts";

const ANSWER = "x".repeat(30_000_000);
/** As many as go past the limit, and those that are in the making then. */
const MADE_MAX = Math.ceil(ANSWERS_UNSENT_BYTES_MAX / ANSWER.length) + LARGE_ANSWERS_OPEN_MAX;

/** A runner that was stopped by a signal when all of its calls had asked; then they are answered as `room` lets them. */
async function stoppedRunner(callsCount: number, mayMake: (room: () => Promise<boolean>) => Promise<boolean>) {
  const counts = { asked: 0, made: 0 };
  const { promise: allAsked, resolve } = Promise.withResolvers<void>();
  const onHostCall: HostCallHandler = async ({ name, room }) => {
    if (name !== "db_query") return "{}";
    if (++counts.asked === callsCount) {
      process.kill(runner.pid!, "SIGSTOP");
      resolve();
    }
    await allAsked;
    if (!(await mayMake(room))) return null;
    await new Promise(setImmediate);
    counts.made++;
    return ANSWER;
  };
  const runner = startRunner("stores", { onHostCall });
  await runner.ready;
  const input = JSON.stringify({ kind: "query", sql: "SELECT 1", times: 1 });
  const calls = Array.from({ length: callsCount }, () => runner.call("invoke", ["tool", "time", input], FAR));
  await allAsked;
  // Nothing but this process does anything now: turns of its loop are enough.
  for (let turn = 0; turn < 2000; turn++) await new Promise(setImmediate);
  return { runner, calls, counts };
}

test("of a hundred large answers that nobody takes a few are made, and all once they are taken", async () => {
  const before = process.memoryUsage().rss;
  const { runner, calls, counts } = await stoppedRunner(100, (room) => room());
  const grown = process.memoryUsage().rss - before;
  const { made } = counts;
  process.kill(runner.pid!, "SIGCONT");
  for (const answer of await Promise.all(calls)) expect(answer).toMatch(/^\d+ \d+$/);
  expect(made).toBeGreaterThanOrEqual(LARGE_ANSWERS_OPEN_MAX);
  expect(made).toBeLessThanOrEqual(MADE_MAX);
  expect(grown).toBeLessThan(2 * MADE_MAX * ANSWER.length);
  expect(counts.made).toBe(100);
}, 120_000);

test("a function that does not ask for room makes them all", async () => {
  const { runner, calls, counts } = await stoppedRunner(2 * MADE_MAX, async () => true);
  const { made } = counts;
  process.kill(runner.pid!, "SIGCONT");
  await Promise.all(calls);
  expect(made).toBeGreaterThan(MADE_MAX);
}, 120_000);
