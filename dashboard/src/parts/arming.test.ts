import { expect, test } from "vitest";
import { ARMED_AFTER_MS, Arming, LOOK_MS } from "./arming.ts";

/** Looks as often as a page does, and gives after how long it was armed. */
function armedAfterMs(arming: Arming, place: string, fromMs: number): number {
  for (let passedMs = 0; passedMs <= 10 * ARMED_AFTER_MS; passedMs += LOOK_MS) {
    if (arming.look(place, fromMs + passedMs)) return passedMs;
  }
  throw new Error("it is never armed");
}

test("a button is armed when it was seen long enough, and stays so", () => {
  const arming = new Arming();
  expect(armedAfterMs(arming, "10 20", 1_000)).toBe(ARMED_AFTER_MS);
  expect(arming.look("10 20", 90_000)).toBe(true);
});

test("it waits anew when it was out of sight, when it moved, and when the window comes back", () => {
  const arming = new Arming();
  armedAfterMs(arming, "10 20", 0);
  expect(arming.look(undefined, 600)).toBe(false);
  expect(armedAfterMs(arming, "10 20", 700)).toBe(ARMED_AFTER_MS);
  expect(armedAfterMs(arming, "10 80", 2_000)).toBe(ARMED_AFTER_MS);
  // Away and back between two looks.
  arming.reset();
  expect(armedAfterMs(arming, "10 80", 4_000)).toBe(ARMED_AFTER_MS);
});

test("the time in which the page was stuck does not count", () => {
  const arming = new Arming();
  arming.look("10 20", 0);
  expect(arming.look("10 20", 60_000)).toBe(false);
});
