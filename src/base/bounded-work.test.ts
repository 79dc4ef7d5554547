import { expect, test } from "vitest";
import { boundedWork, WorkTooSlow } from "./bounded-work.ts";

test("what the work gives and throws comes through", () => {
  expect(boundedWork(1000, () => "done")).toBe("done");
  const mistake = new TypeError("of the work");
  expect(() =>
    boundedWork(1000, () => {
      throw mistake;
    }),
  ).toThrow(mistake);
});

test("work without an end is ended, once", () => {
  let runs = 0;
  const endless = () => {
    runs++;
    for (;;);
  };
  // An engine that gave this thread no time at all would begin anew; it never does so for ever.
  expect(() => boundedWork(50, endless)).toThrow(WorkTooSlow);
  expect(runs).toBeLessThanOrEqual(3);
});

/** Time passes, and this thread has none of it: so it is when other processes have the processor. */
function passTime(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
}

test("time that others had is not counted", () => {
  let runs = 0;
  const work = () => {
    runs++;
    if (runs < 3) passTime();
    return "done";
  };
  expect(boundedWork(50, work)).toBe("done");
  expect(runs).toBe(3);
});

test("work that only waits is ended as well", () => {
  expect(() => boundedWork(20, passTime)).toThrow(WorkTooSlow);
});
