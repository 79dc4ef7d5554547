// Turns at something that takes memory or threads: so many at a time, and no owner more than its share. Others wait, in
// the order in which they came, except that whoever's owner has its share lets others go first.

interface Waiter {
  readonly owner: string | object;
  go(): void;
}

export class Turns {
  readonly #max: number;
  readonly #ownerMax: number;
  readonly #taken = new Map<string | object, number>();
  #takenAll = 0;
  #waiting: Waiter[] = [];

  /** @param ownerMax what one owner may have of `max`. */
  constructor(max: number, ownerMax = max) {
    this.#max = max;
    this.#ownerMax = ownerMax;
  }

  /** Resolves when it is the owner's turn; gives what ends it. Rejects with the signal's reason when that comes first. */
  async take(owner: string | object, signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted();
    if (this.#isFree(owner)) this.#enter(owner);
    else await this.#wait(owner, signal);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#leave(owner);
    };
  }

  #wait(owner: string | object, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiter = {
        owner,
        go: () => {
          signal?.removeEventListener("abort", giveUp);
          resolve();
        },
      };
      const giveUp = () => {
        this.#waiting = this.#waiting.filter((one) => one !== waiter);
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", giveUp, { once: true });
      this.#waiting.push(waiter);
    });
  }

  #isFree(owner: string | object): boolean {
    return this.#takenAll < this.#max && (this.#taken.get(owner) ?? 0) < this.#ownerMax;
  }

  #enter(owner: string | object): void {
    this.#takenAll++;
    this.#taken.set(owner, (this.#taken.get(owner) ?? 0) + 1);
  }

  #leave(owner: string | object): void {
    this.#takenAll--;
    const left = this.#taken.get(owner)! - 1;
    if (left === 0) this.#taken.delete(owner);
    else this.#taken.set(owner, left);
    const next = this.#waiting.findIndex((waiter) => this.#isFree(waiter.owner));
    if (next === -1) return;
    const [waiter] = this.#waiting.splice(next, 1);
    // Before it knows, or somebody who comes meanwhile would take its turn.
    this.#enter(waiter!.owner);
    waiter!.go();
  }
}
