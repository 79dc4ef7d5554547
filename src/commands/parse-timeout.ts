// The one reading of `--timeout SECONDS`, for commands of both kinds of plugins.

import { HostError } from "../protocol/errors.ts";
import { TIMEOUT_SECONDS_MAX } from "../protocol/limits.ts";

/** Milliseconds, at least one. Throws `usage_invalid` for anything but plain decimal seconds within the bounds. */
export function parseTimeoutMs(text: string): number {
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  const ms = Math.round(seconds * 1000);
  if (ms >= 1 && seconds <= TIMEOUT_SECONDS_MAX) return ms;
  throw new HostError(
    "usage_invalid",
    `--timeout takes seconds, more than 0 and at most ${TIMEOUT_SECONDS_MAX}, not "${text}"`,
    { hint: "for example --timeout 30, or --timeout 0.5" },
  );
}
