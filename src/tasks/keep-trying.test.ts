import { expect, test } from "vitest";
import { HostError } from "../protocol/errors.ts";
import { keepTrying } from "./keep-trying.ts";

/** Something that fails until `works` is set. */
function setUp(retriesMs: readonly number[]) {
  const stopping = new AbortController();
  const state = { works: false, tries: 0, isLater: false };
  const given: { error: HostError; trying: Promise<void> }[] = [];
  const tried = keepTrying({
    signal: stopping.signal,
    retriesMs,
    async work() {
      state.tries++;
      if (!state.works) throw new HostError("store_broken", "the disk is full");
    },
    givesUp: (error, trying) => given.push({ error, trying }),
    doneLater() {
      state.isLater = true;
    },
  });
  return { stopping, state, given, tried };
}

const HOURS_MS = 3_600_000;

test("it is tried again while somebody waits, and then on until it works", async () => {
  const { state, given, tried } = setUp([1, 1]);
  await tried;
  expect(given[0]!.error).toMatchObject({ code: "store_broken", message: "the disk is full" });
  expect(state.tries).toBeGreaterThanOrEqual(3);
  state.works = true;
  await given[0]!.trying;
  expect(state.isLater).toBe(true);
});

test("a host that ends tries once more what somebody waits for", async () => {
  const { stopping, state, given, tried } = setUp([HOURS_MS]);
  state.works = true;
  stopping.abort();
  await tried;
  expect(given).toEqual([]);
  expect(state.tries).toBe(2);
});

test("a host that ends tries once more what was given up, and that is waited for", async () => {
  const { stopping, state, given, tried } = setUp([1, HOURS_MS]);
  // Behind the first pause, which is over at once, comes the long one.
  await expect.poll(() => state.tries).toBe(2);
  stopping.abort();
  await tried;
  expect(state.tries).toBe(3);
  await given[0]!.trying;
  expect(state).toMatchObject({ tries: 3, isLater: false });
});

test("what works only in the last moment of the host is done", async () => {
  const stopping = new AbortController();
  let works = false;
  let isLater = false;
  const { promise: given, resolve } = Promise.withResolvers<void>();
  await keepTrying({
    signal: stopping.signal,
    retriesMs: [1],
    work: async () => {
      if (!works) throw new HostError("store_broken", "the disk is full");
    },
    givesUp: (_, trying) => resolve(trying),
    doneLater() {
      isLater = true;
    },
  });
  works = true;
  stopping.abort();
  await given;
  expect(isLater).toBe(true);
});
