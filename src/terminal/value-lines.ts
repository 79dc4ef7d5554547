// The format `value`: every cell on a line of its own, without names.

import { type Group, membersOf } from "./groups.ts";
import { neutralise } from "./neutralise.ts";
import { plainText, type Row, valuesInOrder } from "./rows.ts";

interface ValueOptions {
  readonly columns: readonly string[] | null;
  /** Programs get the exact text; a screen never gets control characters. */
  readonly exact: boolean;
}

/** A line for every cell that is not null. */
export function* valueLines(rows: Iterable<Row>, { columns, exact }: ValueOptions): Iterable<string> {
  const listed = new Map((columns ?? []).map((key, place): [string, number] => [key, place]).reverse());
  for (const row of rows) {
    for (const value of valuesInOrder(row, listed)) {
      if (value === null) continue;
      yield exact ? plainText(value) : neutralise(plainText(value));
    }
  }
}

/** The same of every member of every group, with what the group has in common. */
export function* groupValueLines(groups: readonly Group[], options: ValueOptions): Iterable<string> {
  for (const group of groups) yield* valueLines(membersOf(group), options);
}
