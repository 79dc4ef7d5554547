// Writes something that must not be lost although the store may fail: again a few times while somebody waits, then behind
// everybody's back until it works, and a last time when the host ends.

import { setTimeout as delay } from "node:timers/promises";
import { type HostError, toHostError } from "../protocol/errors.ts";

const RETRIES_MS = [100, 1_000, 3_000] as const;

export interface Trying {
  work(): Promise<void>;
  /** The host ends: it is tried once more. */
  readonly signal: AbortSignal;
  /** Between two tries; the last is for all that come later. */
  readonly retriesMs?: readonly number[] | undefined;
  /** It could not be done for now; it is tried on until `trying` resolves, which never fails. */
  givesUp(error: HostError, trying: Promise<void>): void;
  /** It was done after that. */
  doneLater(): void;
}

/** Resolves when it is done, or given up for now. Never fails. */
export async function keepTrying(trying: Trying): Promise<void> {
  const { signal, retriesMs = RETRIES_MS } = trying;
  let error = await attempt(trying);
  for (const waitMs of retriesMs) {
    if (error === undefined) return;
    const goesOn = await paused(waitMs, signal);
    error = await attempt(trying);
    if (!goesOn) break;
  }
  if (error !== undefined) trying.givesUp(error, tryOn(trying, retriesMs.at(-1)!));
}

/** Resolves when it is done, or the host has ended. */
async function tryOn(trying: Trying, everyMs: number): Promise<void> {
  for (let goesOn = !trying.signal.aborted; goesOn; ) {
    goesOn = await paused(everyMs, trying.signal);
    if ((await attempt(trying)) === undefined) return trying.doneLater();
  }
}

async function attempt({ work }: Trying): Promise<HostError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return toHostError(error);
  }
}

/** False: the host ends. */
async function paused(ms: number, signal: AbortSignal): Promise<boolean> {
  return await delay(ms, true, { ref: false, signal }).catch(() => false);
}
