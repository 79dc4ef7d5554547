// Lets something through only so often; of what comes meanwhile, the newest.

export class Throttle<T> {
  readonly #everyMs: number;
  readonly #pass: (value: T) => void;
  #lastMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #newest: { readonly value: T } | undefined;
  #isStopped = false;

  /** By a clock that never goes back. `stop` has to be called. */
  constructor(everyMs: number, pass: (value: T) => void) {
    this.#everyMs = everyMs;
    this.#pass = pass;
  }

  offer(value: T): void {
    if (this.#isStopped) return;
    this.#newest = { value };
    if (this.#timer !== undefined) return;
    const waitMs = this.#lastMs + this.#everyMs - performance.now();
    if (waitMs <= 0) this.#passNewest();
    else this.#timer = setTimeout(() => this.#passNewest(), waitMs).unref();
  }

  /** Nothing passes any more. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#newest = undefined;
  }

  #passNewest(): void {
    this.#timer = undefined;
    const newest = this.#newest;
    this.#newest = undefined;
    if (newest === undefined) return;
    this.#lastMs = performance.now();
    this.#pass(newest.value);
  }
}
