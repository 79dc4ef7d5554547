// When work on rows has gone on for long enough that the rest of the program should have its turn.

import { setImmediate } from "node:timers/promises";
import { PIPELINE_BATCH_ROWS_MAX, PIPELINE_TURN_MS_MAX } from "../../protocol/limits.ts";
import type { Run } from "./verb.ts";

/** While rows are quick, the clock is looked at only every so many of them: looking takes longer than some rows do. */
const ROWS_UNSEEN_MAX = 16;
const QUICK_MS_MAX = PIPELINE_TURN_MS_MAX / 10;

export class Turn {
  readonly #rowsMax: number;
  readonly #unseenMost: number;
  #rows = 0;
  #unseen = 0;
  #unseenMax = 1;
  #isLate = false;
  #begunMs = performance.now();
  #lookedMs = this.#begunMs;

  /** Ends after so many rows at the latest, however quick they are. */
  constructor(rowsMax = PIPELINE_BATCH_ROWS_MAX, unseenMost = ROWS_UNSEEN_MAX) {
    this.#rowsMax = rowsMax;
    this.#unseenMost = unseenMost;
  }

  /** To be asked once a row. When it is over, whoever asked gives way and calls `begin`. */
  isOver(): boolean {
    this.#rows++;
    this.#unseen++;
    if (this.#unseen >= this.#unseenMax) this.#look();
    return this.#isLate || this.#rows >= this.#rowsMax;
  }

  #look(): void {
    const nowMs = performance.now();
    this.#unseenMax = nowMs - this.#lookedMs < QUICK_MS_MAX ? Math.min(2 * this.#unseenMax, this.#unseenMost) : 1;
    this.#unseen = 0;
    this.#lookedMs = nowMs;
    this.#isLate = nowMs - this.#begunMs >= PIPELINE_TURN_MS_MAX;
  }

  begin(): void {
    this.#isLate = false;
    this.#rows = 0;
    this.#unseen = 0;
    this.#begunMs = performance.now();
    this.#lookedMs = this.#begunMs;
  }
}

/** Lets the rest of the program have its turn. Throws the signal's reason once it is aborted. */
export async function giveWay({ signal }: Run): Promise<void> {
  await setImmediate();
  signal.throwIfAborted();
}
