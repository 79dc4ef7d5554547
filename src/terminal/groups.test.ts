import { expect, test } from "vitest";
import { TABLE_CELLS_MAX } from "../protocol/limits.ts";
import { groupCellCount } from "./groups.ts";

test("a group that has very much in common with many rows counts as too large for a table", () => {
  const common = new Map([["text", "x".repeat(1_000_000)]]);
  const rows = Array.from({ length: 200 }, () => new Map([["a", "b"]]));
  expect(groupCellCount([{ groups: common, aggregates: new Map(), rows }], 0)).toBeGreaterThan(TABLE_CELLS_MAX);
  expect(groupCellCount([{ groups: common, aggregates: new Map(), rows: rows.slice(0, 2) }], 0)).toBeLessThan(
    TABLE_CELLS_MAX,
  );
});
