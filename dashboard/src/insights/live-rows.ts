// Rows as the host writes them, for as long as the page is looked at; whoever comes back gets those that were missed. They come in
// lists, several times a second; the page is told once for each picture that it draws.

import { type Answer, addressOf } from "../api/ask.ts";
import { type FollowState, follow } from "../api/follow.ts";
import { type Filter, queryOf } from "./filter.ts";
import { LIVE_ROWS_MAX } from "./row-list.ts";

export type Line = Answer<"GET /insights">["rows"][number];

export interface LiveRowsOptions {
  readonly filter: Filter;
  /** Rows with higher ids. */
  readonly after: number;
  /** The list has to be made anew: rows were left out, or removed. */
  onGap(): void;
  /** As many came as are kept, and no more are taken: the list has to be made anew. Told again with what comes then. */
  onFull(): void;
}

export class LiveRows {
  /** The oldest first. Grows at its end. */
  readonly rows: Line[] = [];
  readonly #listeners = new Set<() => void>();
  readonly #stop: () => void;
  #frame: number | undefined;
  #count = 0;
  #state: FollowState = { state: "connecting" };

  constructor({ filter, after, onGap, onFull }: LiveRowsOptions) {
    this.#stop = follow({
      address: (last) => {
        const seen = last === undefined || last === "" ? after : Number(last);
        return addressOf("GET /insights/live", { query: { ...queryOf(filter), after: seen } });
      },
      on: {
        rows: (rows: readonly Line[]) => {
          // Pictures may be long in coming: how much is kept does not wait for them.
          for (const row of rows.slice(0, LIVE_ROWS_MAX - this.rows.length)) this.rows.push(row);
          if (this.rows.length >= LIVE_ROWS_MAX) onFull();
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

  /** Lets its rows go, whoever has the list still. */
  close(): void {
    this.#stop();
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.rows.length = 0;
    this.#count = 0;
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
