// Writes something that must not be lost although the store may fail: again a few times while somebody waits, and then
// behind everybody's back until it works or the host ends.

import { setTimeout as delay } from "node:timers/promises";
import { type HostError, toHostError } from "../protocol/errors.ts";

const RETRIES_MS = [100, 1_000, 3_000] as const;

export interface Trying {
  work(): Promise<void>;
  readonly signal: AbortSignal;
  /** Between two tries; the last is for all that come later. */
  readonly retriesMs?: readonly number[] | undefined;
  /** It could not be done for now; it is tried on. */
  givesUp(error: HostError): void;
  /** It was done after that. */
  doneLater(): void;
}

/** Resolves when it is done, given up for now, or the host ends. Never fails. */
export async function keepTrying(trying: Trying): Promise<void> {
  const { signal, retriesMs = RETRIES_MS } = trying;
  let error = await attempt(trying);
  for (const waitMs of retriesMs) {
    if (error === undefined || !(await paused(waitMs, signal))) return;
    error = await attempt(trying);
  }
  if (error === undefined) return;
  trying.givesUp(error);
  void tryOn(trying, retriesMs.at(-1)!);
}

async function tryOn(trying: Trying, everyMs: number): Promise<void> {
  while (await paused(everyMs, trying.signal)) {
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
