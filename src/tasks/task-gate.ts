// Keeps apart what a plugin asks for at the same time: dispatches go side by side, and what changes a task that does not run
// (an answer, a cancel, an interrupt) goes alone, in the order in which it was asked for.

export class TaskGate {
  /** The last that went in, by plugin. */
  readonly #last = new Map<string, Turn>();

  /** Beside others that share, behind those that went in alone before. */
  async shared<T>(key: string, work: () => Promise<T>): Promise<T> {
    const last = this.#last.get(key);
    if (last?.isShared !== true) return await this.#enter(key, { isShared: true, behind: last?.left }, work);
    return await this.#enter(key, { isShared: true, behind: last.behind, beside: last.left }, work);
  }

  /** Behind all that went in before. */
  async alone<T>(key: string, work: () => Promise<T>): Promise<T> {
    return await this.#enter(key, { isShared: false, behind: this.#last.get(key)?.left }, work);
  }

  /** Resolves when nobody is in. */
  async empty(): Promise<void> {
    while (this.#last.size > 0) await Promise.all([...this.#last.values()].map(({ left }) => left));
  }

  async #enter<T>(key: string, turn: Omit<Turn, "left"> & { beside?: Promise<unknown> }, work: () => Promise<T>) {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { isShared, behind, beside } = turn;
    const mine: Turn = { isShared, behind, left: Promise.all([beside, behind, promise]) };
    this.#last.set(key, mine);
    try {
      await behind;
      return await work();
    } finally {
      resolve();
      void mine.left.then(() => {
        if (this.#last.get(key) === mine) this.#last.delete(key);
      });
    }
  }
}

interface Turn {
  readonly isShared: boolean;
  /** What it had to wait for; never fails. */
  readonly behind: Promise<unknown> | undefined;
  /** Resolves when it and all before it are out again; never fails. */
  readonly left: Promise<unknown>;
}
