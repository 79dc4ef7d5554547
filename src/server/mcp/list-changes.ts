// Tells clients that the list of tools may have changed. Changes come in bursts (a plugin is replaced: it goes and
// comes), so that several within a moment are told as one.

import { MCP_CHANGE_QUIET_MS } from "../../protocol/limits.ts";
import type { Shelf } from "../../tools/shelf.ts";

export class ListChanges {
  readonly #listeners = new Set<() => void>();
  readonly #unfollow: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(shelf: Pick<Shelf, "onChange">) {
    this.#unfollow = shelf.onChange(() => this.mayHaveChanged());
  }

  /** For what the shelf does not know of: an agent got another selection of tools. */
  mayHaveChanged(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      for (const listener of [...this.#listeners]) listener();
    }, MCP_CHANGE_QUIET_MS);
  }

  /** Gives what ends it. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  close(): void {
    this.#unfollow();
    this.#listeners.clear();
    clearTimeout(this.#timer);
  }
}
