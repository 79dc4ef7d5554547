// What Insights records: one row for each call of a plugin and each call that a plugin makes ("Osaurus: Debugging
// Plugins", Insights). Whoever records and whoever shows agree on this.

/**
 * What a row is of. `host`: the plugin asked its host. `config`, `event`: the host told the plugin something. `inference`:
 * an agent was run for somebody who is no plugin.
 */
export type ActivityKind = "tool" | "route" | "load" | "host" | "log" | "config" | "event" | "crash" | "inference";

export interface Activity {
  /** When it began, in milliseconds since 1970. */
  readonly time: number;
  /** Empty: no plugin's. */
  readonly pluginId: string;
  readonly agentId: string | undefined;
  readonly kind: ActivityKind;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly durationMs: number;
  /** As they were; whoever records cuts them and takes secrets out. */
  readonly request: string | null;
  readonly response: string | null;
  readonly errorCode?: string | undefined;
  readonly traceId: string | undefined;
  readonly taskId?: string | undefined;
}

/** Takes rows; never fails, and never makes the caller wait. */
export interface Recorder {
  record(row: Activity): void;
}

/** How host functions call what went wrong, where it is not 500 ("Osaurus: Host API", errors). */
const STATUS_OF: Readonly<Record<string, number>> = {
  invalid_request: 400,
  invalid_task_id: 400,
  unauthorized: 401,
  consent_required: 401,
  forbidden: 403,
  access_denied: 403,
  not_found: 404,
  rate_limit_exceeded: 429,
  plugin_busy: 429,
  task_limit_reached: 429,
  not_supported: 501,
};

/** The status that a row gets for the error code of an envelope. */
export function statusOfCode(code: string): number {
  return STATUS_OF[code] ?? 500;
}
