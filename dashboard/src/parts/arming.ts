// When a button may be believed that somebody pressed it: after it was seen for a moment, at the place where it still is. A click
// that was meant for something else, another window or what stood there just before, comes sooner than that.

/** How long it takes to see what a button says. */
export const ARMED_AFTER_MS = 500;

/** Of the time between two looks twice as much counts at most: a page that is drawn has more of them. */
export const LOOK_MS = 100;

export class Arming {
  #place: string | undefined;
  #lookedAtMs = 0;
  #seenMs = 0;

  /**
   * Whether it is armed now.
   *
   * @param place where somebody sees it; undefined while nobody does. Another place begins the wait again.
   * @param nowMs by a clock that only goes on.
   */
  look(place: string | undefined, nowMs: number): boolean {
    // A page that was stuck showed nothing new meanwhile: that time does not count.
    const passedMs = Math.min(nowMs - this.#lookedAtMs, 2 * LOOK_MS);
    this.#seenMs = place !== undefined && place === this.#place ? this.#seenMs + passedMs : 0;
    this.#place = place;
    this.#lookedAtMs = nowMs;
    return this.#seenMs >= ARMED_AFTER_MS;
  }

  /** Whatever was seen until now does not count. */
  reset(): void {
    this.#place = undefined;
  }
}
