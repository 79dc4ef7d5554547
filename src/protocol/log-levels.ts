// How urgent a line of a native plugin's log is.

/** The levels of plugins' own lines, from the least to the most urgent. */
export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The level that a line counts as: what is printed has none of its own. */
export function levelOf({ kind, level }: { readonly kind: string; readonly level?: LogLevel | undefined }): LogLevel {
  return level ?? (kind === "crash" ? "error" : "info");
}
