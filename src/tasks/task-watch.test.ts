// How often a host looks. What it does then is in tests of what it looks for.

import { expect, onTestFinished, test, vi } from "vitest";
import { TASKS_ORPHANED_LOOK_MS, TASKS_WISHES_LOOK_MS } from "../protocol/limits.ts";
import { TaskWatch, type TaskWatchOptions } from "./task-watch.ts";

function setUp() {
  vi.useFakeTimers();
  const looks = { wishes: 0, orphans: 0 };
  const state = { hasOpen: true };
  const store = {
    changeMark: () => looks.wishes++,
    async claim() {
      looks.orphans++;
      return [];
    },
    takeWishes: async () => [],
  };
  const book = {
    get hasOpen() {
      return state.hasOpen;
    },
    take() {},
    async checkRounds() {},
  };
  const options = { store, owner: "me", isGone: () => false, desk: { book }, signal: new AbortController().signal };
  const watch = new TaskWatch(options as unknown as TaskWatchOptions);
  onTestFinished(async () => {
    await watch.stop();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });
  return { watch, looks, state };
}

test("a host that has tasks looks every TASKS_WISHES_LOOK_MS for what others want, and one that has none does not", async () => {
  const { watch, looks, state } = setUp();
  watch.wake();
  watch.wake();
  await vi.advanceTimersByTimeAsync(TASKS_WISHES_LOOK_MS - 1);
  expect(looks.wishes).toBe(0);
  await vi.advanceTimersByTimeAsync(1);
  expect(looks.wishes).toBe(1);
  await vi.advanceTimersByTimeAsync(TASKS_WISHES_LOOK_MS);
  expect(looks.wishes).toBe(2);
  state.hasOpen = false;
  await vi.advanceTimersByTimeAsync(10 * TASKS_WISHES_LOOK_MS);
  expect([looks.wishes, vi.getTimerCount()]).toEqual([2, 0]);
});

test("a host that follows looks at once and every TASKS_ORPHANED_LOOK_MS for tasks that nobody runs", async () => {
  const { watch, looks } = setUp();
  await watch.follow();
  const atOnce = looks.orphans;
  expect(atOnce).toBeGreaterThan(0);
  await vi.advanceTimersByTimeAsync(TASKS_ORPHANED_LOOK_MS - 1);
  expect(looks.orphans).toBe(atOnce);
  await vi.advanceTimersByTimeAsync(1);
  expect(looks.orphans).toBe(2 * atOnce);
});
