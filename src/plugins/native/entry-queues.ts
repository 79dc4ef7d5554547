// Entries of a plugin that are called one at a time: config changes per plugin, events per task ("Osaurus: Plugin
// Authoring", threading). A call that fails does not keep the next one from being made.

export class EntryQueues {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs `work` after everything that was queued under the same name before. */
  run<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(name) ?? Promise.resolve();
    const turn = before.then(work);
    const settled = turn.then(
      () => undefined,
      () => undefined,
    );
    this.#last.set(name, settled);
    void settled.then(() => {
      if (this.#last.get(name) === settled) this.#last.delete(name);
    });
    return turn;
  }

  /** Resolves when nothing is queued any more. */
  async drained(): Promise<void> {
    while (this.#last.size > 0) await Promise.all(this.#last.values());
  }
}
