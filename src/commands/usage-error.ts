// The error for a line that was typed wrongly.

import { HostError } from "../protocol/errors.ts";

export function usageError(message: string, hint?: string): HostError {
  return new HostError("usage_invalid", message, hint === undefined ? {} : { hint });
}
