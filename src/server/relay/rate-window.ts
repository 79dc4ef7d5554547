// How often something happened within the last while, for each key of many.

export class RateWindow {
  readonly #max: number;
  readonly #windowMs: number;
  readonly #keysMax: number;
  /** When each place of a key was taken, oldest first; the key that was used last stands last. */
  readonly #taken = new Map<string, number[]>();

  /** Each key may take `max` places in any `windowMs`. Of more keys than `keysMax`, those not used for longest are forgotten. */
  constructor(max: number, windowMs: number, keysMax: number) {
    this.#max = max;
    this.#windowMs = windowMs;
    this.#keysMax = keysMax;
  }

  /** Takes a place and gives 0; when there is none, gives how long it takes until there is one. */
  take(key: string, nowMs: number): number {
    const kept = (this.#taken.get(key) ?? []).filter((at) => at > nowMs - this.#windowMs);
    const waitMs = kept.length < this.#max ? 0 : Math.max(1, kept[0]! + this.#windowMs - nowMs);
    if (waitMs === 0) kept.push(nowMs);
    this.#taken.delete(key);
    this.#taken.set(key, kept);
    if (this.#taken.size > this.#keysMax) this.#taken.delete(this.#taken.keys().next().value!);
    return waitMs;
  }
}
