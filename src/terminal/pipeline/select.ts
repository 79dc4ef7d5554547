// Keeps some rows of a flow and drops the others, for all verbs that do.

import type { Group } from "../groups.ts";
import type { Row } from "../rows.ts";
import { mapBatches } from "./batches.ts";
import type { RowFlow } from "./flow.ts";

export interface RowTest {
  /** The rows that stay. `head` is that of their group: what the rows have in common. */
  keep(batch: readonly Row[], head?: Row): readonly Row[];
  /** What a group's head says of the whole group; undefined leaves it to the rows. */
  keepsGroup(head: Row): boolean | undefined;
}

export function selectRows(flow: RowFlow, test: RowTest): RowFlow {
  if (flow.kind === "rows") return { kind: "rows", rows: mapBatches(flow.rows, (batch) => test.keep(batch)) };
  return { kind: "groups", groups: selectGroups(flow.groups, test) };
}

/** A group in which no row is left is dropped. */
function* selectGroups(groups: Iterable<Group>, test: RowTest): Iterable<Group> {
  for (const group of groups) {
    const head = headOf(group);
    const isKept = test.keepsGroup(head);
    if (isKept === true) yield group;
    if (isKept !== undefined) continue;
    const rows = test.keep(group.rows, head);
    if (rows.length > 0) yield { ...group, rows };
  }
}

/** What the rows of a group have in common, and what was counted over them. */
export function headOf({ groups, aggregates }: Group): Row {
  return new Map([...groups, ...aggregates]);
}

/**
 * What `change` makes of the rows, in groups of the rows of each. A group that has nothing left goes, but what was counted
 * over it stays.
 */
export function changeRows(flow: RowFlow, change: (batch: readonly Row[]) => readonly Row[]): RowFlow {
  if (flow.kind === "rows") return { kind: "rows", rows: mapBatches(flow.rows, change) };
  return { kind: "groups", groups: changeGroups(flow.groups, change) };
}

function* changeGroups(groups: Iterable<Group>, change: (batch: readonly Row[]) => readonly Row[]): Iterable<Group> {
  for (const group of groups) {
    const rows = change(group.rows);
    if (rows.length > 0 || group.aggregates.size > 0) yield { ...group, rows };
  }
}
