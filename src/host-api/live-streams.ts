// The streams of a plugin that are under way, by the names that it gave them, so that it can cancel them.

/** Of one plugin. */
export class LiveStreams {
  readonly #cancels = new Map<string, Set<() => void>>();

  /** Several streams may have one name. Gives what takes this one out again. */
  add(streamId: string, cancel: () => void): () => void {
    const named = this.#cancels.get(streamId) ?? new Set();
    this.#cancels.set(streamId, named.add(cancel));
    return () => {
      named.delete(cancel);
      if (named.size === 0) this.#cancels.delete(streamId);
    };
  }

  /** Cancels all streams of that name. Nothing is remembered: one that begins later is not cancelled. */
  cancel(streamId: string): void {
    for (const cancel of [...(this.#cancels.get(streamId) ?? [])]) cancel();
  }
}
