// Waits for what another process, another thread or the network brings about.

import { vi } from "vitest";

/** Far longer than it takes on a busy machine: whoever waits for all of it has found a fault. */
const WAIT_MS_MAX = 10_000;

/** Until the check does not fail any more; fails as it did last. Gives what it gave. */
export async function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return await vi.waitFor(check, { timeout: WAIT_MS_MAX, interval: 10 });
}
