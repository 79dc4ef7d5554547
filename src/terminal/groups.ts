// Grouped results: an array in which every item has the members `groups` (what its rows have in common), `aggregates`
// (what was counted over them) and `rows`.

import type { OrderedJson } from "../base/ordered-json.ts";
import { TABLE_CELLS_MAX, TABLE_CHARS_MAX } from "../protocol/limits.ts";
import { neutralise } from "./neutralise.ts";
import { labelOf, plainText, type Row } from "./rows.ts";

export interface Group {
  readonly groups: Row;
  readonly aggregates: Row;
  readonly rows: readonly Row[];
}

/** The groups that the items are; undefined when one of them is none, or when there is no item. */
export function groupsOf(items: OrderedJson): Group[] | undefined {
  if (!Array.isArray(items) || items.length === 0) return undefined;
  const found: Group[] = [];
  for (const item of items) {
    const group = asGroup(item);
    if (group === undefined) return undefined;
    found.push(group);
  }
  return found;
}

function asGroup(item: OrderedJson): Group | undefined {
  if (!(item instanceof Map) || item.size !== 3) return undefined;
  const groups = item.get("groups");
  const aggregates = item.get("aggregates");
  const rows = item.get("rows");
  const isGroup = groups instanceof Map && aggregates instanceof Map && Array.isArray(rows);
  if (!isGroup || !rows.every((row) => row instanceof Map)) return undefined;
  return { groups, aggregates, rows };
}

/**
 * The rows of a group, each with what they have in common in front; where a row has a member of that name, its own
 * counts. A group without rows has one, of just that. They are made one by one, so that a caller may stop.
 */
export function* membersOf({ groups, aggregates, rows }: Group): Iterable<Row> {
  if (rows.length === 0) yield new Map([...groups, ...aggregates]);
  for (const row of rows) yield new Map([...groups, ...aggregates, ...row]);
}

/** At most how many cells the tables of the groups have; known before any is made. */
export function groupCellCount(groups: readonly Group[], listedColumns: number): number {
  let count = 0;
  for (const { groups: heads, aggregates, rows } of groups) {
    const keys = new Set(rows.flatMap((row) => [...row.keys()]));
    count += Math.max(1, rows.length) * (heads.size + aggregates.size + keys.size + listedColumns);
    // Each row repeats what its group has in common, however long that is.
    count += Math.floor((Math.max(1, rows.length) * commonChars(heads, aggregates)) / CELL_CHARS);
  }
  return count;
}

/** Long texts count like this many characters to a cell. */
const CELL_CHARS = TABLE_CHARS_MAX / TABLE_CELLS_MAX;

function commonChars(...parts: readonly Row[]): number {
  let chars = 0;
  for (const part of parts) for (const value of part.values()) chars += plainText(value).length;
  return chars;
}

/** What a group has in common, each as `key: value`. */
export function summaryOf({ groups, aggregates }: Group): string[] {
  return [...groups, ...aggregates].map(
    ([key, value]) => `${labelOf(key)}: ${neutralise(plainText(value)).replaceAll(/\s+/g, " ")}`,
  );
}
