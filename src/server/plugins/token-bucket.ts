// How often the open routes of a plugin may be asked for: ROUTE_BURST_MAX at once, and as many more in each ROUTE_BURST_MS.

import { ROUTE_BUCKET_IDLE_MS, ROUTE_BURST_MAX, ROUTE_BURST_MS } from "../../protocol/limits.ts";

const MS_EACH = ROUTE_BURST_MS / ROUTE_BURST_MAX;

export class TokenBuckets {
  /** When the bucket of a plugin is full again, if nobody takes from it: how full it is now follows from that. */
  readonly #fullAt = new Map<string, number>();
  readonly #clock: () => number;
  #sweptAt: number;

  /** @param clock in milliseconds; one that nobody sets. */
  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
    this.#sweptAt = clock();
  }

  /** Takes one of the plugin's; 0 when there was one, else the seconds until there is one. */
  take(pluginId: string): number {
    const now = this.#clock();
    if (now - this.#sweptAt >= ROUTE_BUCKET_IDLE_MS) this.#sweep(now);
    const fullAt = Math.max(this.#fullAt.get(pluginId) ?? 0, now) + MS_EACH;
    const waitMs = fullAt - now - ROUTE_BURST_MS;
    if (waitMs > 0) return Math.ceil(waitMs / 1_000);
    this.#fullAt.set(pluginId, fullAt);
    return 0;
  }

  /** How many plugins are remembered. */
  get size(): number {
    return this.#fullAt.size;
  }

  #sweep(now: number): void {
    this.#sweptAt = now;
    for (const [pluginId, fullAt] of this.#fullAt) if (fullAt <= now) this.#fullAt.delete(pluginId);
  }
}
