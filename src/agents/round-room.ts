// How much one round of calls may hold in memory: results wait to be told in their order, and a model may ask for many at
// once that are each as large as a result may be.

import { RUN_ROUND_CHARS_MAX, RUN_ROUND_HELD_CHARS_MAX } from "../protocol/limits.ts";

/** How large results may be; the limits, unless a test wants less. */
export interface RoundBounds {
  /** At the same time: beyond that, fewer calls run side by side. */
  readonly heldCharsMax: number;
  /** Of the whole round: beyond that, results are cut. */
  readonly charsMax: number;
}

const BOUNDS: RoundBounds = { heldCharsMax: RUN_ROUND_HELD_CHARS_MAX, charsMax: RUN_ROUND_CHARS_MAX };

export class RoundRoom {
  readonly #bounds: RoundBounds;
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  /** Of the results that were not told yet. */
  #heldChars = 0;
  #usedChars = 0;
  /** The next result may be as large as the largest so far. */
  #largestChars = 0;
  #before: Promise<unknown> = Promise.resolve();

  constructor(bounds: RoundBounds = BOUNDS) {
    this.#bounds = bounds;
  }

  /** What further results may have that are given whole. */
  get charsLeft(): number {
    return Math.max(0, this.#bounds.charsMax - this.#usedChars);
  }

  /** Resolves when the next call may begin, in the order of asking. One always may. `leave` has to be called. */
  async enter(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    this.#letIn();
    await promise;
  }

  /** The call is over, whatever became of it. */
  leave(): void {
    this.#running--;
    this.#letIn();
  }

  /** A result is there: so large as it came, and as much as is held of it until it is told. */
  hold(wholeChars: number, heldChars: number): void {
    this.#largestChars = Math.max(this.#largestChars, wholeChars);
    this.#heldChars += heldChars;
    this.#usedChars += heldChars;
  }

  /** A result that was held is told. */
  release(heldChars: number): void {
    this.#heldChars -= heldChars;
    this.#letIn();
  }

  /** Works on one result after the other: each is there several times while it is written out. */
  async oneAtATime<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#before.then(work);
    this.#before = mine.catch(() => {});
    return await mine;
  }

  #letIn(): void {
    while (this.#waiting.length > 0 && this.#hasRoom()) {
      this.#running++;
      this.#waiting.shift()!();
    }
  }

  /** Whoever runs alone may always: what is held waits for those before it, and they are running or told. */
  #hasRoom(): boolean {
    if (this.#running === 0) return true;
    return this.#heldChars + (this.#running + 1) * this.#largestChars <= this.#bounds.heldCharsMax;
  }
}
