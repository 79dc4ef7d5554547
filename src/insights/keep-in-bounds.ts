// Retention: rows that are too old go, and when the file is too large the oldest ones do. In small steps, because the
// batches that come meanwhile wait.

import type { DatabaseProcess } from "../store/database-process.ts";
import { execute, rowsOf, shrink } from "./insights-database.ts";
import { DELETE_BEFORE, DELETE_OLDEST, SIZES } from "./schema.ts";

const ROWS_A_STEP = 2_000;
/** What is left then goes the next time. */
const STEPS_MAX = 50;
/** A file that was too large ends up smaller by so much, so that it is not at its limit again at once. */
const PART_KEPT = 0.9;

export interface Bounds {
  readonly ageMsMax: number;
  readonly bytesMax: number;
}

/** Fails as `execute` does; what was removed by then is removed. */
export async function keepInBounds(db: DatabaseProcess, { ageMsMax, bytesMax }: Bounds): Promise<void> {
  let removed = 0;
  for (let step = 0; step < STEPS_MAX; step++) {
    const rows = await execute(db, DELETE_BEFORE, [Date.now() - ageMsMax, ROWS_A_STEP]);
    removed += rows;
    if (rows < ROWS_A_STEP) break;
  }
  if ((await sizes(db)).file > bytesMax) {
    for (let step = 0; step < STEPS_MAX && (await sizes(db)).used > bytesMax * PART_KEPT; step++) {
      const rows = await execute(db, DELETE_OLDEST, [await rowsAStep(db)]);
      removed += rows;
      if (rows === 0) break;
    }
  }
  if (removed > 0) await shrink(db);
}

/** Rows differ in size: a step that took most of a small file with it would forget too much. */
async function rowsAStep(db: DatabaseProcess): Promise<number> {
  const rows = Number((await rowsOf(db, "SELECT count(*) FROM activity"))[0]?.[0] ?? 0);
  return Math.max(1, Math.min(ROWS_A_STEP, Math.ceil(rows / 20)));
}

async function sizes(db: DatabaseProcess): Promise<{ file: number; used: number }> {
  const [pages = 0, bytes = 0, free = 0] = ((await rowsOf(db, SIZES))[0] ?? []) as number[];
  return { file: pages * bytes, used: (pages - free) * bytes };
}
