import { expect, onTestFinished, test, vi } from "vitest";
import { formatOrderedJson, JsonNumber, parseOrderedJson } from "../../base/ordered-json.ts";
import { PIPELINE_BATCH_ROWS_MAX, PIPELINE_TURN_MS_MAX } from "../../protocol/limits.ts";
import type { Row } from "../rows.ts";
import { changed } from "./batches.ts";
import { dataOf } from "./flow.ts";
import { isFuzzyMatch } from "./fuzzy.ts";
import { compilePipeline } from "./pipeline.ts";
import { Turn } from "./turn.ts";
import type { Flow, Run } from "./verb.ts";

test("a turn is over after so many rows, or after so long, and not before", () => {
  const now = vi.spyOn(performance, "now").mockReturnValue(0);
  onTestFinished(() => now.mockRestore());
  const turn = new Turn();
  const asks = (count: number) => Array.from({ length: count }, () => turn.isOver());
  expect(asks(PIPELINE_BATCH_ROWS_MAX - 1)).not.toContain(true);
  expect(turn.isOver()).toBe(true);
  turn.begin();
  now.mockReturnValue(PIPELINE_TURN_MS_MAX - 1);
  expect(asks(100)).not.toContain(true);
  now.mockReturnValue(PIPELINE_TURN_MS_MAX);
  // The rows were quick so far: it takes some until the clock is looked at again.
  expect(asks(16)).toContain(true);
  expect(turn.isOver()).toBe(true);
  turn.begin();
  expect(turn.isOver()).toBe(false);
  // They are slow now, so that each is looked at.
  now.mockReturnValue(2 * PIPELINE_TURN_MS_MAX);
  expect(asks(15)).toContain(true);
  turn.begin();
  now.mockReturnValue(3 * PIPELINE_TURN_MS_MAX);
  expect(turn.isOver()).toBe(true);
});

/** Each row takes as long as a turn may. */
class SlowRow extends Map<string, JsonNumber> {
  override get(name: string): JsonNumber | undefined {
    SlowRow.looks++;
    SlowRow.onLook();
    const begunMs = performance.now();
    while (performance.now() - begunMs < PIPELINE_TURN_MS_MAX);
    return super.get(name);
  }

  static looks = 0;
  static onLook = () => {};
}

test.each(["F n = 1", "F n ~ 2", "P n", "P none", "? n", "VALUE n", "U n", "S n", "G n", "A sum(n)"])(
  "%s gives way between rows that take long, also in groups",
  async (source) => {
    const slow = () => Array.from({ length: 200 }, (): Row => new SlowRow([["n", new JsonNumber("1")]]));
    const flows: Flow[] = [
      { kind: "rows", rows: [slow()] },
      { kind: "groups", groups: [[{ groups: new Map(), aggregates: new Map(), rows: slow() }]] },
    ];
    if (source.startsWith("S")) flows.pop();
    for (const flow of flows) {
      const controller = new AbortController();
      const run: Run = { signal: controller.signal };
      SlowRow.looks = 0;
      SlowRow.onLook = () => controller.abort(new Error("given up"));
      const [stage] = compilePipeline(source).stages;
      const ends = (async () => dataOf(await stage!.apply(flow, run), run, { from: 0, to: 0 }))();
      await expect(ends).rejects.toThrow("given up");
      expect(SlowRow.looks).toBeLessThan(10);
    }
  },
);

test("of one row that becomes many, no more are made than are taken", () => {
  let made = 0;
  function* copies(row: Row): Iterable<Row> {
    for (; made < 10_000; made++) yield row;
  }
  const [batch] = changed([[new Map()]], copies);
  expect(batch!.length).toBeLessThanOrEqual(PIPELINE_BATCH_ROWS_MAX);
  expect(made).toBeLessThanOrEqual(PIPELINE_BATCH_ROWS_MAX);
});

test("a key that means nothing in a row is looked for anew when rows have other names", async () => {
  const json = '[{"x":1},{"x":2},{"o":{"Sub":3}},{"x":4},{"subs":5},{"x":6,"in":[{"sub":7}]}]';
  const stage = (source: string) => compilePipeline(source).stages[0]!;
  const ran = async (source: string) => {
    const run = { signal: new AbortController().signal };
    const flow: Flow = { kind: "rows", rows: [parseOrderedJson(json) as Row[]] };
    return formatOrderedJson(await dataOf(await stage(source).apply(flow, run), run, { from: 0, to: 0 }));
  };
  expect(await ran("P sub")).toBe('[{"o":{"Sub":3}},{"subs":5},{"in":[{"sub":7}]}]');
  expect(await ran("P x sub")).toBe('[{"x":1},{"x":2},{"o":{"Sub":3}},{"x":4},{"subs":5},{"x":6,"in":[{"sub":7}]}]');
  expect(await ran("P !sub")).toBe('[{"x":1},{"x":2},{"x":4},{"x":6}]');
  expect(await ran("P ==sub")).toBe('[{"in":[{"sub":7}]}]');
});

test("many keys that no row has cost little, and so do many words", async () => {
  const keys = Array.from({ length: 2000 }, (_, at) => `none${at}`).join(",");
  const members = Array.from({ length: 500 }, (_, at): [string, JsonNumber] => [`k${at}`, new JsonNumber("1")]);
  let names = 0;
  class Counted extends Map<string, JsonNumber> {
    override *[Symbol.iterator](): MapIterator<[string, JsonNumber]> {
      names++;
      yield* super[Symbol.iterator]();
      return undefined;
    }
  }
  const run = { signal: new AbortController().signal };
  const rows = Array.from({ length: 10 }, (): Row => new Counted(members));
  const [stage] = compilePipeline(`P k1, ${keys}`).stages;
  const data = await dataOf(await stage!.apply({ kind: "rows", rows: [rows] }, run), run, { from: 0, to: 0 });
  expect(data).toHaveLength(rows.length);
  expect(names).toBe(rows.length);
  expect(compilePipeline(`F a = ${"x ".repeat(30_000)}`).stages).toHaveLength(1);
});

test.each([
  ["a".repeat(1000), "aaab", false],
  [`${"a".repeat(1000)}${"z".repeat(12)}b`, "aaab", false],
  [`${"a".repeat(1000)}${"z".repeat(8)}b`, "aaab", true],
  ["xbxaxb", "ab", true],
])("%j, %j: %j", (text, wanted, isFound) => {
  expect(isFuzzyMatch(text, wanted)).toBe(isFound);
});
