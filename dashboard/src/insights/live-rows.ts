// Rows as the host writes them, for as long as the page is looked at; whoever comes back gets those that were missed. They come in
// lists, several times a second; the page is told once for each picture that it draws.

import { type Answer, addressOf } from "../api/ask.ts";
import { type FollowState, follow } from "../api/follow.ts";
import { type Filter, queryOf } from "./filter.ts";

export type Line = Answer<"GET /insights">["rows"][number];

interface LiveRowsOptions {
  readonly filter: Filter;
  /** Rows with higher ids. */
  readonly after: number;
  /** The list has to be made anew: rows were left out, or removed. */
  onGap(): void;
}

export class LiveRows {
  /** The oldest first. Grows at its end. */
  readonly rows: Line[] = [];
  readonly #listeners = new Set<() => void>();
  readonly #stop: () => void;
  #frame: number | undefined;
  #count = 0;
  #state: FollowState = { state: "connecting" };

  constructor({ filter, after, onGap }: LiveRowsOptions) {
    this.#stop = follow({
      address: (last) => {
        const seen = last === undefined || last === "" ? after : Number(last);
        return addressOf("GET /insights/live", { query: { ...queryOf(filter), after: seen } });
      },
      on: {
        rows: (rows: readonly Line[]) => {
          for (const row of rows) this.rows.push(row);
          this.#frame ??= requestAnimationFrame(() => this.#tellCount());
        },
        skipped: onGap,
        cleared: onGap,
      },
      onState: (state) => {
        this.#state = state;
        this.#tell();
      },
    });
  }

  close(): void {
    this.#stop();
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
  }

  /** For `useSyncExternalStore`: how many there are, as far as was told. */
  readonly count = (): number => this.#count;

  /** For the same: how the stream stands. */
  readonly state = (): FollowState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #tellCount(): void {
    this.#frame = undefined;
    this.#count = this.rows.length;
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
