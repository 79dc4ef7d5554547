// Retention: rows that are too old go, and when the file is too large the oldest ones do. In small steps, because the
// batches that come meanwhile wait. Whether there is something to do is found out without writing anything: a command that
// runs for a moment pays next to nothing.

import { statSync } from "node:fs";
import { INSIGHTS_REMOVAL_STEPS_MAX, INSIGHTS_REMOVED_ROWS_MAX } from "../protocol/limits.ts";
import type { DatabaseProcess } from "../store/database-process.ts";
import { execute, rowsOf, shrink } from "./insights-database.ts";
import { DELETE_BEFORE, DELETE_OLDEST, OLDEST_TIME, SIZES } from "./schema.ts";

/** A file that was too large ends up smaller by so much, so that it is not at its limit again at once. */
const PART_KEPT = 0.9;

/** Rows may be older by this part of their age before they are removed, so that it is done for many at once. */
const AGE_SLACK_PART = 0.01;

export interface Bounds {
  /** The file. */
  readonly path: string;
  readonly ageMsMax: number;
  readonly bytesMax: number;
}

/** Fails as `execute` does; what was removed by then is removed. */
export async function keepInBounds(db: DatabaseProcess, { path, ageMsMax, bytesMax }: Bounds): Promise<void> {
  let removed = 0;
  const isTooLarge = (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > bytesMax;
  if (await hasTooOld(db, ageMsMax)) removed += await removeBefore(db, Date.now() - ageMsMax);
  if (isTooLarge) removed += await removeOldest(db, bytesMax * PART_KEPT);
  if (removed > 0) await shrink(db);
}

async function hasTooOld(db: DatabaseProcess, ageMsMax: number): Promise<boolean> {
  const oldest = (await rowsOf(db, OLDEST_TIME))[0]?.[0];
  return typeof oldest === "number" && oldest < Date.now() - ageMsMax * (1 + AGE_SLACK_PART);
}

/** Gives how many rows are gone. */
async function removeBefore(db: DatabaseProcess, time: number): Promise<number> {
  let removed = 0;
  for (let step = 0; step < INSIGHTS_REMOVAL_STEPS_MAX; step++) {
    const rows = await execute(db, DELETE_BEFORE, [time, INSIGHTS_REMOVED_ROWS_MAX]);
    removed += rows;
    if (rows < INSIGHTS_REMOVED_ROWS_MAX) break;
  }
  return removed;
}

/** Until what is used is no more than that. Gives how many rows are gone. */
async function removeOldest(db: DatabaseProcess, bytesKept: number): Promise<number> {
  let removed = 0;
  for (let step = 0; step < INSIGHTS_REMOVAL_STEPS_MAX && (await bytesUsed(db)) > bytesKept; step++) {
    const rows = await execute(db, DELETE_OLDEST, [await rowsAStep(db)]);
    removed += rows;
    if (rows === 0) break;
  }
  return removed;
}

/** Rows differ in size: a step that took most of a small file with it would forget too much. */
async function rowsAStep(db: DatabaseProcess): Promise<number> {
  const rows = Number((await rowsOf(db, "SELECT count(*) FROM activity"))[0]?.[0] ?? 0);
  return Math.max(1, Math.min(INSIGHTS_REMOVED_ROWS_MAX, Math.ceil(rows / 20)));
}

async function bytesUsed(db: DatabaseProcess): Promise<number> {
  const [pages = 0, bytes = 0, free = 0] = ((await rowsOf(db, SIZES))[0] ?? []) as number[];
  return (pages - free) * bytes;
}
