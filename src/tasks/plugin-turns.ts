// How many things are done for one plugin at once: others wait for their turn, in the order in which they came.

export class PluginTurns {
  readonly #max: number;
  readonly #open = new Map<string, number>();
  readonly #waiting = new Map<string, (() => void)[]>();
  #isClosed = false;

  constructor(max: number) {
    this.#max = max;
  }

  /** Resolves when it is this one's turn; `leave` must follow. */
  enter(pluginId: string): Promise<void> {
    const open = this.#open.get(pluginId) ?? 0;
    if (open < this.#max || this.#isClosed) {
      this.#open.set(pluginId, open + 1);
      return Promise.resolve();
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = this.#waiting.get(pluginId);
    if (waiting) waiting.push(resolve);
    else this.#waiting.set(pluginId, [resolve]);
    return promise;
  }

  leave(pluginId: string): void {
    const waiting = this.#waiting.get(pluginId);
    const next = waiting?.shift();
    if (waiting?.length === 0) this.#waiting.delete(pluginId);
    if (next) return next(); // It has the turn of the one that leaves.
    const open = this.#open.get(pluginId)! - 1;
    if (open > 0) this.#open.set(pluginId, open);
    else this.#open.delete(pluginId);
  }

  /** Nobody waits any longer: all have their turn at once, to find out that it is over. */
  close(): void {
    this.#isClosed = true;
    for (const [pluginId, waiting] of this.#waiting) {
      this.#open.set(pluginId, this.#open.get(pluginId)! + waiting.length);
      for (const go of waiting) go();
    }
    this.#waiting.clear();
  }
}
