// Rows and groups by the batch. Between two batches whoever takes them gives way to the rest of the program, so that Ctrl-C
// and the terminal are heard while a million rows go by. A batch ends early when its rows take long; one without anything
// in it says only that time went by.

import type { Row } from "../rows.ts";
import { giveWay, Turn } from "./turn.ts";
import type { Batches, Rows, Run } from "./verb.ts";

/** Takes no more of `items` than the next batch. */
export function* inBatches<T>(items: Iterable<T>): Batches<T> {
  const turn = new Turn();
  let batch: T[] = [];
  for (const item of items) {
    batch.push(item);
    if (!turn.isOver()) continue;
    yield batch;
    batch = [];
    turn.begin();
  }
  if (batch.length > 0) yield batch;
}

/** What `change` makes of each item, when it is taken. */
export function* changed<T>(batches: Iterable<Iterable<T>>, change: (item: T) => Iterable<Row>): Rows {
  const turn = new Turn();
  for (const batch of batches) {
    let made: Row[] = [];
    for (const item of batch) {
      for (const row of change(item)) {
        made.push(row);
        if (!turn.isOver()) continue;
        yield made;
        made = [];
        turn.begin();
      }
      // An item of which nothing is made takes its time too.
      if (!turn.isOver()) continue;
      yield made;
      made = [];
      turn.begin();
    }
    if (made.length > 0) yield made;
  }
}

/** Calls `take` with each item. Throws the signal's reason once it is aborted. */
export async function eachOf<T>(batches: Batches<T>, run: Run, take: (item: T) => void): Promise<void> {
  const turn = new Turn(Number.POSITIVE_INFINITY);
  for (const batch of batches) {
    for (const item of batch) {
      take(item);
      if (!turn.isOver()) continue;
      await giveWay(run);
      turn.begin();
    }
    await giveWay(run);
    turn.begin();
  }
}

/** All of them at once, for a verb that cannot do with less. */
export async function allOf<T>(batches: Batches<T>, run: Run): Promise<T[]> {
  const all: T[] = [];
  await eachOf(batches, run, (item) => all.push(item));
  return all;
}
