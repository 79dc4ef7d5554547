import { expect, test } from "vitest";
import { eachUntilAborted } from "./until-aborted.ts";

const NEVER = new AbortController().signal;

test("everything comes in its order, and whoever leaves early ends what gives it", async () => {
  let isEnded = false;
  async function* numbers() {
    try {
      yield* [1, 2, 3];
    } finally {
      isEnded = true;
    }
  }
  const taken: number[] = [];
  for await (const one of eachUntilAborted(numbers(), NEVER)) taken.push(one);
  expect([taken, isEnded]).toEqual([[1, 2, 3], true]);
  isEnded = false;
  for await (const _one of eachUntilAborted(numbers(), NEVER)) break;
  expect(isEnded).toBe(true);
});

test("an abort ends the wait for what hangs, and a failure is passed on", async () => {
  const stop = new AbortController();
  async function* hangs() {
    yield 1;
    await new Promise(() => {});
  }
  const all = eachUntilAborted(hangs(), stop.signal);
  await all.next();
  const waiting = all.next();
  stop.abort();
  await expect(waiting).rejects.toMatchObject({ code: "interrupted" });
  // biome-ignore lint/correctness/useYield: it fails before it has anything to give.
  async function* fails(): AsyncGenerator<number> {
    throw new Error("no");
  }
  await expect(eachUntilAborted(fails(), NEVER).next()).rejects.toThrow("no");
});
