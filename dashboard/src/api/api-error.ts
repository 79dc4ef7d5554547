// A failure of the control API, in the words that every face of the host has. Plugins, registries and models have a say in them:
// wherever they are shown, nothing in them is hidden.

import { plainText } from "../parts/plain-text.ts";

export class ApiError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    message: string,
    more: { hint?: string | undefined; details?: Record<string, unknown> } = {},
  ) {
    super(plainText(message));
    this.code = code;
    this.hint = more.hint === undefined ? undefined : plainText(more.hint);
    this.details = more.details ?? {};
  }
}

/** @param what is said of something that nobody foresaw. */
export function toApiError(thrown: unknown, what: string): ApiError {
  if (thrown instanceof ApiError) return thrown;
  const hint = "load the page again; if that does not help, the host's log may say more";
  return new ApiError("internal", `${what}: ${thrown instanceof Error ? thrown.message : String(thrown)}`, { hint });
}
