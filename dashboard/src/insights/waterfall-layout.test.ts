import { expect, test } from "vitest";
import { type TracedRow, waterfall } from "./waterfall-layout.ts";

const START = Date.parse("2026-03-01T12:00:00.000Z");
let nextId = 1;
const row = (kind: string, fromMs: number, ms: number, plugin = "p"): TracedRow => ({
  id: nextId++,
  time: new Date(START + fromMs).toISOString(),
  duration_ms: ms,
  kind,
  plugin_id: kind === "inference" ? null : plugin,
});

/** The kinds, each moved in by what it happened in. */
const drawn = (rows: readonly TracedRow[]) =>
  waterfall(rows).bars.map(({ row, depth }) => `${" ".repeat(depth)}${row.kind} ${row.duration_ms}`);

test("a chat holds its tools, these their host calls and logs, however the rows come", () => {
  const rows = [
    row("log", 30, 0),
    row("host", 20, 50),
    row("tool", 10, 80),
    row("inference", 0, 100),
    row("tool", 92, 6),
  ];
  const wanted = ["inference 100", " tool 80", "  host 50", "   log 0", " tool 6"];
  expect(drawn(rows)).toEqual(wanted);
  expect(drawn(rows.toReversed())).toEqual(wanted);
});

test("what overlaps without holding the other stands beside it", () => {
  expect(drawn([row("tool", 0, 60), row("tool", 30, 60)])).toEqual(["tool 60", "tool 60"]);
});

test("of two tools that run at once, the host call belongs to the one of its own plugin", () => {
  const rows = [row("tool", 0, 100, "a"), row("tool", 5, 60, "b"), row("host", 10, 20, "a")];
  expect(drawn(rows)).toEqual(["tool 100", " tool 60", " host 20"]);
});

test("what takes less than the clock shows is held by its kind", () => {
  expect(drawn([row("host", 0, 0.2), row("tool", 0, 0.4)])).toEqual(["tool 0.4", " host 0.2"]);
  expect(drawn([row("host", 0, 0.4), row("tool", 0, 0.4)])).toEqual(["tool 0.4", " host 0.4"]);
});

test("bars are parts of the time from the first beginning to the last end", () => {
  const { bars, totalMs } = waterfall([row("tool", 100, 50), row("tool", 0, 100), row("tool", 150, 50)]);
  expect(totalMs).toBe(200);
  expect(bars.map(({ startMs, left, width }) => [startMs, left, width])).toEqual([
    [0, 0, 0.5],
    [100, 0.5, 0.25],
    [150, 0.75, 0.25],
  ]);
});

test("nothing, and rows without any length, are drawn without dividing by zero", () => {
  expect(waterfall([])).toEqual({ bars: [], totalMs: 0 });
  expect(waterfall([row("log", 0, 0)]).bars).toMatchObject([{ left: 0, width: 0, depth: 0 }]);
});
