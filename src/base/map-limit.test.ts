import { expect, test } from "vitest";
import { mapLimit } from "./map-limit.ts";

/** Lets every promise that can go on do so. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

test("results keep the items' order whichever ends first, and no more than the limit run at once", async () => {
  const open = new Map<number, () => void>();
  let most = 0;
  const all = mapLimit([0, 1, 2, 3, 4], 2, async (item) => {
    await new Promise<void>((resolve) => open.set(item, resolve));
    open.delete(item);
    return item * 10;
  });
  for (let ended = 0; ended < 5; ended++) {
    await settle();
    most = Math.max(most, open.size);
    [...open.values()].at(-1)!();
  }
  expect(await all).toEqual([0, 10, 20, 30, 40]);
  expect(most).toBe(2);
});

test("after a failure nothing new is started, and what runs is waited for", async () => {
  const started: number[] = [];
  let ended = false;
  const all = mapLimit([0, 1, 2], 2, async (item) => {
    started.push(item);
    if (item === 0) throw new Error("no");
    await settle();
    ended = true;
  });
  await expect(all).rejects.toThrow("no");
  expect(started).toEqual([0, 1]);
  expect(ended).toBe(true);
});
