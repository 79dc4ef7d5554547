import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SHELF_CALL_FRESH_MS, SHELF_FRESH_MS, SHELF_WATCH_MS } from "../protocol/limits.ts";
import { ShelfSource } from "./shelf-source.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance", "setInterval", "clearInterval"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A source over hosts that only count how often they are asked. */
function counting() {
  const stop = new AbortController();
  let looks = 0;
  let stamp = "";
  const source = new ShelfSource({
    signal: stop.signal,
    native: async () => ({ manifests: async () => [] }) as never,
    processes: async () =>
      ({
        stamp: () => {
          looks++;
          return stamp;
        },
        toolCommands: async () =>
          stamp === ""
            ? []
            : [{ plugin: { pluginId: "p" }, path: [{ name: stamp, about: "", args: [], flags: {}, subcommands: [] }] }],
        toolSettings: async () => ({ policyOf: () => "auto" }),
        discover: async () => [],
      }) as never,
    permissions: async () => ({ definitions: { notice: async () => new Map() } }) as never,
  });
  const change = (to: string) => {
    stamp = to;
  };
  return { source, stop, change, looks: () => looks };
}

test("what was found counts for its time, and is looked up again after it; for a call it counts longer", async () => {
  const { source, looks } = counting();
  const first = await source.now();
  vi.advanceTimersByTime(SHELF_FRESH_MS - 1);
  expect([await source.now(), looks()]).toEqual([first, 1]);
  vi.advanceTimersByTime(1);
  await source.now();
  expect(looks()).toBe(2);
  vi.advanceTimersByTime(SHELF_CALL_FRESH_MS - 1);
  await source.now({ isCall: true });
  expect(looks()).toBe(2);
  vi.advanceTimersByTime(1);
  await source.now({ isCall: true });
  expect(looks()).toBe(3);
});

test("the same parts make the same catalog, and those who ask at once share one look", async () => {
  const { source, looks, change } = counting();
  const both = await Promise.all([source.now(), source.now()]);
  expect([both[1], looks()]).toEqual([both[0], 1]);
  vi.advanceTimersByTime(SHELF_FRESH_MS);
  expect((await source.now()).catalog).toBe(both[0]!.catalog);
  change("one");
  vi.advanceTimersByTime(SHELF_FRESH_MS);
  expect([...(await source.now()).catalog.byName.keys()]).toEqual(["one"]);
});

test("files are looked at again and again only while somebody wants to know of changes", async () => {
  const { source, looks, change, stop } = counting();
  await source.now();
  const told: string[] = [];
  const end = source.onChange(() => told.push("first"));
  source.onChange(() => told.push("second"))();
  vi.advanceTimersByTime(SHELF_WATCH_MS - 1);
  expect(looks()).toBe(1);
  change("one");
  await vi.advanceTimersByTimeAsync(1);
  expect([looks(), told]).toEqual([2, ["first"]]);
  await vi.advanceTimersByTimeAsync(SHELF_WATCH_MS);
  expect([looks(), told]).toEqual([3, ["first"]]);
  end();
  await vi.advanceTimersByTimeAsync(SHELF_WATCH_MS);
  expect(looks()).toBe(3);
  source.onChange(() => told.push("third"));
  stop.abort();
  await vi.advanceTimersByTimeAsync(SHELF_WATCH_MS);
  expect([looks(), vi.getTimerCount()]).toEqual([3, 0]);
});
