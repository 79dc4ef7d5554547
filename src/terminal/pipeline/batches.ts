// Rows by the batch. Between two batches whoever takes them gives way to the rest of the program, so that Ctrl-C and
// the terminal are heard while a million rows go by.

import { setImmediate } from "node:timers/promises";
import { PIPELINE_BATCH_ROWS_MAX } from "../../protocol/limits.ts";
import type { Row } from "../rows.ts";
import type { Rows, Run } from "./verb.ts";

/** Takes no more of `rows` than the next batch. */
export function* inBatches(rows: Iterable<Row>): Rows {
  let batch: Row[] = [];
  for (const row of rows) {
    batch.push(row);
    if (batch.length < PIPELINE_BATCH_ROWS_MAX) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** What `change` makes of each batch, when it is taken. */
export function* mapBatches(rows: Rows, change: (batch: readonly Row[]) => readonly Row[]): Rows {
  for (const batch of rows) yield change(batch);
}

/** Calls `take` with each row. Throws the signal's reason once it is aborted. */
export async function eachRow(rows: Rows, { signal }: Run, take: (row: Row) => void): Promise<void> {
  for (const batch of rows) {
    for (const row of batch) take(row);
    await setImmediate();
    signal.throwIfAborted();
  }
}

/** All rows at once, for a verb that cannot do with less. */
export async function allRows(rows: Rows, run: Run): Promise<Row[]> {
  const all: Row[] = [];
  await eachRow(rows, run, (row) => all.push(row));
  return all;
}
