// Rows about a library that is being loaded: which plugin it is shows only once it has said so, and all of its rows are to
// have the same name. They wait until then, or until the load has failed.

import type { Activity, Recorder } from "../protocol/activity.ts";
import { HELD_CHARS_MAX, HELD_ROWS_MAX } from "../protocol/limits.ts";

export class HeldRows implements Recorder {
  readonly #isNameless: () => boolean;
  readonly #keep: (row: Activity) => void;
  #rows: Activity[] = [];
  #chars = 0;

  /**
   * @param isNameless whether the name may still come; rows pass through when not.
   * @param keep takes the rows.
   */
  constructor(isNameless: () => boolean, keep: (row: Activity) => void) {
    this.#isNameless = isNameless;
    this.#keep = keep;
  }

  /** What is too much to wait is kept at once, with the name that the row has. */
  record(row: Activity): void {
    const chars = row.path.length + (row.request?.length ?? 0) + (row.response?.length ?? 0);
    const hasRoom = this.#rows.length < HELD_ROWS_MAX && this.#chars + chars <= HELD_CHARS_MAX;
    if (!hasRoom || !this.#isNameless()) return this.#keep(row);
    this.#rows.push(row);
    this.#chars += chars;
  }

  /** The name is known, or is not going to be. */
  release(pluginId: string): void {
    const rows = this.#rows;
    this.#rows = [];
    this.#chars = 0;
    for (const row of rows) this.#keep({ ...row, pluginId });
  }
}
