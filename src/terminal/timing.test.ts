import { expect, test } from "vitest";
import { PLAIN_LOOK } from "../../test/helpers/fake-terminal.ts";
import { formatDuration, timingFooter } from "./timing.ts";

test("a duration is as exact as is useful", () => {
  const times = [0.2, 0.96, 1, 12.34, 999.4, 999.7, 1254, 61_000];
  expect(times.map((ms) => formatDuration(ms, 1))).toEqual([
    "<1ms",
    "<1ms",
    "1ms",
    "12ms",
    "999ms",
    "1.00s",
    "1.25s",
    "61.00s",
  ]);
  expect([0.2, 12.34, 999.94, 999.96, 1254].map((ms) => formatDuration(ms, 2))).toEqual([
    "0.2ms",
    "12.3ms",
    "999.9ms",
    "1.00s",
    "1.25s",
  ]);
});

test("the footer is one line, at the right edge of a screen, from level 3 on with its parts", () => {
  const timing = {
    totalMs: 12.34,
    parts: [
      { name: "parse", ms: 2 },
      { name: "plugin", ms: 10.34 },
    ],
  };
  expect(timingFooter(timing, 0, PLAIN_LOOK)).toBe("");
  expect(timingFooter(timing, 1, PLAIN_LOOK)).toBe("12ms\n");
  expect(timingFooter(timing, 2, { ...PLAIN_LOOK, columns: 10 })).toBe("    12.3ms\n");
  expect(timingFooter(timing, 3, { ...PLAIN_LOOK, columns: 40 })).toBe(
    "      12.3ms parse 2.0ms plugin 10.3ms\n".padStart(41),
  );
  expect(timingFooter(timing, 3, { ...PLAIN_LOOK, columns: 1 })).toBe("12.3ms parse 2.0ms plugin 10.3ms\n");
  expect(timingFooter({ totalMs: 1 }, 3, PLAIN_LOOK)).toBe("1.0ms\n");
});

test("it is green up to 250 ms, yellow up to a second, then red", () => {
  const colour = (totalMs: number) =>
    /^\u001b\[(\d+)m/.exec(timingFooter({ totalMs }, 1, { ...PLAIN_LOOK, color: true }))?.[1];
  expect([250, 250.1, 1000, 1000.1].map(colour)).toEqual(["32", "33", "33", "31"]);
});
