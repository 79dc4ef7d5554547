// Keeps some rows of a flow and drops the others, for all verbs that do; and the same for verbs that change rows.

import { PIPELINE_BATCH_ROWS_MAX } from "../../protocol/limits.ts";
import type { Group } from "../groups.ts";
import type { Row } from "../rows.ts";
import { changed, inBatches } from "./batches.ts";
import type { RowFlow } from "./flow.ts";
import { Turn } from "./turn.ts";
import type { Batches, Rows } from "./verb.ts";

/** What is looked at in a row, one row after the other, and which of several rows stay, decided together. */
export interface RowTest<T = unknown> {
  /** `head` is that of the row's group: what its rows have in common. */
  look(row: Row, head?: Row): T;
  decide(looks: readonly T[]): readonly boolean[];
  /** What a group's head says of the whole group; undefined leaves it to the rows. */
  keepsGroup(head: Row): boolean | undefined;
}

export function selectRows<T>(flow: RowFlow, test: RowTest<T>): RowFlow {
  if (flow.kind === "rows") return { kind: "rows", rows: selected(flow.rows, test) };
  return { kind: "groups", groups: selectedGroups(flow.groups, test) };
}

function* selected<T>(rows: Rows, test: RowTest<T>, head?: Row): Rows {
  const turn = new Turn();
  for (const batch of rows) {
    turn.begin();
    const looks: T[] = [];
    for (const row of batch) {
      looks.push(test.look(row, head));
      if (!turn.isOver()) continue;
      yield [];
      turn.begin();
    }
    const isKept = test.decide(looks);
    yield batch.filter((_, at) => isKept[at]);
  }
}

/** A group in which no row is left is dropped. */
function selectedGroups<T>(groups: Batches<Group>, test: RowTest<T>): Batches<Group> {
  const rowsOf = (group: Group): Rows | undefined => {
    const head = headOf(group);
    const isKept = test.keepsGroup(head);
    if (isKept !== undefined) return isKept ? undefined : [];
    return selected(inBatches(group.rows), test, head);
  };
  return withRows(groups, rowsOf, (_, rows) => rows.length > 0);
}

/** The groups with other rows, as far as they stay with these; where there are no others, a group stays as it is. */
function* withRows(
  groups: Batches<Group>,
  rowsOf: (group: Group) => Rows | undefined,
  stays: (group: Group, rows: readonly Row[]) => boolean,
): Batches<Group> {
  // What it is asked about are batches, each of which may have taken long.
  const turn = new Turn(PIPELINE_BATCH_ROWS_MAX, 1);
  for (const batch of groups) {
    let made: Group[] = [];
    for (const group of batch) {
      const batches = rowsOf(group);
      const rows: Row[] = [];
      for (const some of batches ?? [[]]) {
        for (const row of some) rows.push(row);
        if (!turn.isOver()) continue;
        yield made;
        made = [];
        turn.begin();
      }
      if (batches === undefined) made.push(group);
      else if (stays(group, rows)) made.push({ ...group, rows });
    }
    yield made;
  }
}

/** What the rows of a group have in common, and what was counted over them. */
export function headOf({ groups, aggregates }: Group): Row {
  return new Map([...groups, ...aggregates]);
}

/**
 * What `change` makes of each row, in groups of the rows of each. A group that has nothing left goes, but what was counted
 * over it stays.
 */
export function changeRows(flow: RowFlow, change: (row: Row) => Iterable<Row>): RowFlow {
  if (flow.kind === "rows") return { kind: "rows", rows: changed(flow.rows, change) };
  const groups = withRows(
    flow.groups,
    (group) => changed([group.rows], change),
    ({ aggregates }, rows) => rows.length > 0 || aggregates.size > 0,
  );
  return { kind: "groups", groups };
}
