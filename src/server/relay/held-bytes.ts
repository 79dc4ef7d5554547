// How many bytes of bodies a relay holds at once, of all callers and hosts together.

export class HeldBytes {
  #free: number;

  constructor(max: number) {
    this.#free = max;
  }

  /** What one request holds, until it is given back with `release`, which may be called twice. */
  open(): HeldShare {
    let held = 0;
    let isOver = false;
    return {
      take: (bytes) => {
        if (isOver || bytes > this.#free) return false;
        this.#free -= bytes;
        held += bytes;
        return true;
      },
      release: () => {
        this.#free += held;
        held = 0;
        isOver = true;
      },
    };
  }
}

export interface HeldShare {
  /** False when there is no room for so many more, or it was given back. */
  take(bytes: number): boolean;
  release(): void;
}
