// Rows as the host writes them. They come in lists, several times a second; the page is told once for each picture that it draws.

import type { Answer } from "../api/ask.ts";

export type Line = Answer<"GET /insights">["rows"][number];

export interface LiveRowsOptions {
  readonly address: string;
  /** The list has to be made anew: rows were left out, or removed. */
  onGap(): void;
}

export class LiveRows {
  /** The oldest first. Grows at its end. */
  readonly rows: Line[] = [];
  readonly #listeners = new Set<() => void>();
  readonly #source: EventSource;
  #frame: number | undefined;
  #count = 0;

  constructor({ address, onGap }: LiveRowsOptions) {
    this.#source = new EventSource(address);
    this.#source.addEventListener("rows", ({ data }: MessageEvent<string>) => {
      this.rows.push(...(JSON.parse(data) as Line[]));
      this.#frame ??= requestAnimationFrame(() => this.#tell());
    });
    for (const gap of ["skipped", "cleared"]) this.#source.addEventListener(gap, onGap);
  }

  close(): void {
    this.#source.close();
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
  }

  /** For `useSyncExternalStore`: how many there are, as far as was told. */
  readonly count = (): number => this.#count;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #tell(): void {
    this.#frame = undefined;
    this.#count = this.rows.length;
    for (const listener of this.#listeners) listener();
  }
}
