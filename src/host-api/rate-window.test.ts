import { expect, test } from "vitest";
import { createRateWindow } from "./rate-window.ts";

/** A window of 60 requests in 60 s, and the clock that it goes by. */
function atClock() {
  const clock = { ms: 0 };
  const window = createRateWindow({ requestsMax: 60, windowMs: 60_000, now: () => clock.ms });
  const times = (count: number, key = "p") => Array.from({ length: count }, () => window.admit(key));
  return { clock, window, times };
}

test("sixty may come at once and not one more, and others are not counted with them", () => {
  const { times, window } = atClock();
  expect(times(60)).toEqual(Array.from({ length: 60 }, () => 0));
  expect(times(2)).toEqual([60_000, 60_000]);
  expect(window.admit("q")).toBe(0);
});

test("the wait is that until the oldest has left the window, at least a millisecond; refusals do not prolong it", () => {
  const { clock, times, window } = atClock();
  times(1);
  clock.ms = 10_000;
  times(59);
  expect(window.admit("p")).toBe(50_000);
  clock.ms = 59_999.5;
  expect(window.admit("p")).toBe(1);
  clock.ms = 60_000;
  expect(window.admit("p")).toBe(0);
  expect(window.admit("p")).toBe(10_000);
  clock.ms = 70_000;
  expect(times(60)).toEqual([...Array.from({ length: 59 }, () => 0), 50_000]);
});

test("the window slides: there is no moment after which twice as many pass", () => {
  const { clock, window } = atClock();
  const passed: number[] = [];
  for (clock.ms = 0; clock.ms < 300_000; clock.ms += 250) {
    if (window.admit("p") === 0) passed.push(clock.ms);
  }
  const within = (from: number) => passed.filter((time) => time >= from && time < from + 60_000).length;
  expect(Math.max(...passed.map(within))).toBe(60);
  expect(passed).toHaveLength(300);
});

test("many askers who come once are forgotten, and one who is still counted is not", () => {
  const { clock, times, window } = atClock();
  for (let at = 0; at < 5_000; at++) {
    clock.ms = at * 100;
    if (at === 4_990) times(60);
    expect(window.admit(`agent ${at}`)).toBe(0);
  }
  expect(window.admit("p")).toBeGreaterThan(0);
});
