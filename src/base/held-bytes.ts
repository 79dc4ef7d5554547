// How many bytes of requests and answers are held in memory at once, of all that are open together.

/** Whom bytes are counted for, besides all together. */
type HeldFor = string | object;

export class HeldBytes {
  #free: number;
  readonly #eachMax: number;
  /** What is held for each; who has nothing is not in it. */
  readonly #held = new Map<HeldFor, number>();

  /** Of all together, and of each for whom something is held: one must not take the room of all. */
  constructor(max: number, eachMax = max) {
    this.#free = max;
    this.#eachMax = eachMax;
  }

  /** What one request holds, until it is given back with `release`, which may be called twice. It counts for each of these. */
  open(...owners: readonly HeldFor[]): HeldShare {
    let held = 0;
    let isOver = false;
    return {
      take: (bytes) => {
        if (isOver || bytes > this.#free) return false;
        if (owners.some((owner) => bytes > this.#eachMax - (this.#held.get(owner) ?? 0))) return false;
        this.#count(owners, bytes);
        held += bytes;
        return true;
      },
      release: () => {
        this.#count(owners, -held);
        held = 0;
        isOver = true;
      },
    };
  }

  #count(owners: readonly HeldFor[], bytes: number): void {
    this.#free -= bytes;
    for (const owner of owners) {
      const now = (this.#held.get(owner) ?? 0) + bytes;
      if (now === 0) this.#held.delete(owner);
      else this.#held.set(owner, now);
    }
  }
}

export interface HeldShare {
  /** False when there is no room for so many more, or it was given back. */
  take(bytes: number): boolean;
  release(): void;
}
