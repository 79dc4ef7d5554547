import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Throttle } from "./throttle.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function collecting() {
  const passed: number[] = [];
  return { passed, throttle: new Throttle<number>(100, (value) => passed.push(value)) };
}

test("the first passes at once, and of those that follow the newest when it is time", () => {
  const { passed, throttle } = collecting();
  for (const value of [1, 2, 3]) throttle.offer(value);
  expect(passed).toEqual([1]);
  vi.advanceTimersByTime(99);
  expect(passed).toEqual([1]);
  vi.advanceTimersByTime(1);
  expect(passed).toEqual([1, 3]);
  vi.advanceTimersByTime(1_000);
  throttle.offer(4);
  expect(passed).toEqual([1, 3, 4]);
  throttle.stop();
});

test("a wall clock that jumps changes nothing", () => {
  const { passed, throttle } = collecting();
  throttle.offer(1);
  vi.setSystemTime(Date.now() + 3_600_000);
  throttle.offer(2);
  expect(passed).toEqual([1]);
  vi.setSystemTime(Date.now() - 7_200_000);
  vi.advanceTimersByTime(100);
  expect(passed).toEqual([1, 2]);
  throttle.stop();
});

test("behind its end nothing passes, and no timer is left", () => {
  const { passed, throttle } = collecting();
  throttle.offer(1);
  throttle.offer(2);
  throttle.stop();
  throttle.offer(3);
  vi.advanceTimersByTime(1_000);
  expect(passed).toEqual([1]);
  expect(vi.getTimerCount()).toBe(0);
});
