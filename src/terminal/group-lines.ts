// Grouped results for people: for each group what its rows have in common, then the rows.

import { type Group, membersOf, summaryOf } from "./groups.ts";
import type { Look } from "./look.ts";
import { markdownTable } from "./markdown.ts";
import { mregLines } from "./mreg.ts";
import { type ColumnMeta, columnsOf, tableOf } from "./rows.ts";
import { tableLines } from "./table.ts";
import type { Measure } from "./text-width.ts";

interface GroupDrawing {
  readonly meta: ColumnMeta;
  readonly look: Look;
  readonly measure: Measure;
}

/** A line with the common values, then a table; an empty line between groups. */
export function* groupTables(groups: readonly Group[], { meta, look, measure }: GroupDrawing): Iterable<string> {
  for (const [index, group] of groups.entries()) {
    if (index > 0) yield "";
    const summary = summaryOf(group);
    if (summary.length > 0) yield summary.join(look.unicode ? "  ·  " : "  |  ");
    yield* tableLines(tableOf([...membersOf(group)], meta), look, measure);
  }
}

/** A list of the common values, then a table. */
export function* groupMarkdown(groups: readonly Group[], { meta, measure }: GroupDrawing): Iterable<string> {
  for (const [index, group] of groups.entries()) {
    if (index > 0) yield "";
    const summary = summaryOf(group);
    for (const one of summary) yield `- ${one}`;
    if (summary.length > 0) yield "";
    yield* markdownTable(tableOf([...membersOf(group)], meta), measure);
  }
}

/** A block for a group of one row, the table for a larger one. */
export function* groupBlocks(groups: readonly Group[], drawing: GroupDrawing): Iterable<string> {
  for (const [index, group] of groups.entries()) {
    if (index > 0) yield "";
    if (group.rows.length > 1) {
      yield* groupTables([group], drawing);
      continue;
    }
    const rows = [...membersOf(group)];
    yield* mregLines(rows[0]!, columnsOf(rows, drawing.meta), drawing);
  }
}
