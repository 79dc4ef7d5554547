// Every error that Osprey reports: one class, one table. The table says what HTTP answers, how the terminal exits
// and who has to act. Codes are never renamed or reused; docs/errors.md explains each one.

type Fault = "caller" | "plugin" | "host";

export interface ErrorKind {
  /** Status of an HTTP answer. */
  readonly http: number;
  /** Exit code of the terminal program. */
  readonly exit: number;
  readonly fault: Fault;
}

export const EXIT = {
  done: 0,
  reportedFailure: 1,
  usage: 2,
  notFound: 10,
  configuration: 20,
  plugin: 30,
  internal: 40,
  interrupted: 130,
} as const;

export const ERRORS = {
  // What the caller asked for.
  usage_invalid: { http: 400, exit: EXIT.usage, fault: "caller" },
  command_unknown: { http: 404, exit: EXIT.usage, fault: "caller" },
  pipeline_invalid: { http: 400, exit: EXIT.usage, fault: "caller" },
  plugin_unknown: { http: 404, exit: EXIT.notFound, fault: "caller" },
  tool_unknown: { http: 404, exit: EXIT.notFound, fault: "caller" },
  agent_unknown: { http: 404, exit: EXIT.notFound, fault: "caller" },
  provider_unknown: { http: 404, exit: EXIT.notFound, fault: "caller" },
  library_unknown: { http: 404, exit: EXIT.notFound, fault: "caller" },
  insight_unknown: { http: 404, exit: EXIT.notFound, fault: "caller" },
  file_unknown: { http: 404, exit: EXIT.notFound, fault: "caller" },
  file_unreadable: { http: 500, exit: EXIT.configuration, fault: "caller" },
  provider_ambiguous: { http: 409, exit: EXIT.configuration, fault: "caller" },
  command_disabled: { http: 403, exit: EXIT.configuration, fault: "caller" },
  access_denied: { http: 403, exit: EXIT.configuration, fault: "caller" },
  tool_denied: { http: 403, exit: EXIT.configuration, fault: "caller" },
  tool_ambiguous: { http: 409, exit: EXIT.configuration, fault: "caller" },
  approval_missing: { http: 403, exit: EXIT.configuration, fault: "caller" },
  approval_denied: { http: 403, exit: EXIT.configuration, fault: "caller" },
  approval_unknown: { http: 404, exit: EXIT.notFound, fault: "caller" },
  approval_settled: { http: 409, exit: EXIT.reportedFailure, fault: "caller" },
  arguments_invalid: { http: 400, exit: EXIT.usage, fault: "caller" },
  folder_missing: { http: 500, exit: EXIT.configuration, fault: "caller" },
  input_too_large: { http: 413, exit: EXIT.usage, fault: "caller" },
  interrupted: { http: 499, exit: EXIT.interrupted, fault: "caller" },

  // Agents, sessions, models.
  agent_exists: { http: 409, exit: EXIT.usage, fault: "caller" },
  agent_invalid: { http: 400, exit: EXIT.usage, fault: "caller" },
  session_unknown: { http: 404, exit: EXIT.notFound, fault: "caller" },
  model_unknown: { http: 404, exit: EXIT.notFound, fault: "caller" },
  model_provider_missing: { http: 503, exit: EXIT.configuration, fault: "caller" },
  model_provider_unknown: { http: 404, exit: EXIT.notFound, fault: "caller" },
  model_provider_exists: { http: 409, exit: EXIT.usage, fault: "caller" },
  model_provider_invalid: { http: 400, exit: EXIT.usage, fault: "caller" },
  script_invalid: { http: 400, exit: EXIT.configuration, fault: "caller" },
  inference_unreachable: { http: 502, exit: EXIT.plugin, fault: "host" },
  inference_refused: { http: 502, exit: EXIT.plugin, fault: "host" },
  inference_unauthorized: { http: 502, exit: EXIT.configuration, fault: "caller" },
  inference_rate_limited: { http: 429, exit: EXIT.plugin, fault: "host" },
  inference_timeout: { http: 504, exit: EXIT.plugin, fault: "host" },
  inference_cut: { http: 502, exit: EXIT.plugin, fault: "host" },
  inference_invalid: { http: 502, exit: EXIT.plugin, fault: "host" },
  context_too_long: { http: 400, exit: EXIT.reportedFailure, fault: "caller" },
  host_busy: { http: 503, exit: EXIT.plugin, fault: "host" },
  max_iterations_reached: { http: 500, exit: EXIT.reportedFailure, fault: "caller" },
  definition_changed: { http: 403, exit: EXIT.configuration, fault: "caller" },

  // Tasks.
  task_unknown: { http: 404, exit: EXIT.notFound, fault: "caller" },
  task_over: { http: 409, exit: EXIT.reportedFailure, fault: "caller" },
  task_not_waiting: { http: 409, exit: EXIT.reportedFailure, fault: "caller" },
  task_limit_reached: { http: 429, exit: EXIT.plugin, fault: "caller" },
  task_failed: { http: 500, exit: EXIT.reportedFailure, fault: "plugin" },
  task_interrupted: { http: 500, exit: EXIT.reportedFailure, fault: "host" },
  rate_limited: { http: 429, exit: EXIT.plugin, fault: "caller" },
  artifact_invalid: { http: 400, exit: EXIT.usage, fault: "caller" },

  // Serving over HTTP.
  request_invalid: { http: 400, exit: EXIT.usage, fault: "caller" },
  route_unknown: { http: 404, exit: EXIT.notFound, fault: "caller" },
  unauthorized: { http: 401, exit: EXIT.configuration, fault: "caller" },
  agent_scope_denied: { http: 403, exit: EXIT.configuration, fault: "caller" },
  origin_refused: { http: 403, exit: EXIT.configuration, fault: "caller" },
  web_ui_missing: { http: 404, exit: EXIT.notFound, fault: "caller" },
  browser_missing: { http: 500, exit: EXIT.configuration, fault: "caller" },
  tunnel_failed: { http: 502, exit: EXIT.plugin, fault: "host" },
  relay_invalid: { http: 400, exit: EXIT.configuration, fault: "caller" },
  key_unknown: { http: 404, exit: EXIT.notFound, fault: "caller" },
  listen_failed: { http: 500, exit: EXIT.configuration, fault: "caller" },
  host_not_running: { http: 503, exit: EXIT.notFound, fault: "caller" },

  // Configuration.
  config_invalid: { http: 500, exit: EXIT.configuration, fault: "caller" },
  config_unreadable: { http: 500, exit: EXIT.configuration, fault: "caller" },
  config_unwritable: { http: 500, exit: EXIT.configuration, fault: "caller" },
  config_insecure: { http: 500, exit: EXIT.configuration, fault: "caller" },
  config_busy: { http: 503, exit: EXIT.configuration, fault: "caller" },
  config_key_unknown: { http: 404, exit: EXIT.notFound, fault: "caller" },
  config_value_invalid: { http: 400, exit: EXIT.usage, fault: "caller" },
  config_collision: { http: 500, exit: EXIT.configuration, fault: "caller" },
  keyring_failed: { http: 500, exit: EXIT.configuration, fault: "caller" },

  // Process plugins: finding and describing them.
  bundle_invalid: { http: 502, exit: EXIT.plugin, fault: "plugin" },
  bundle_mismatch: { http: 502, exit: EXIT.plugin, fault: "plugin" },
  checksum_mismatch: { http: 502, exit: EXIT.plugin, fault: "plugin" },
  describe_invalid: { http: 502, exit: EXIT.plugin, fault: "plugin" },
  describe_not_json: { http: 502, exit: EXIT.plugin, fault: "plugin" },
  describe_failed: { http: 502, exit: EXIT.plugin, fault: "plugin" },
  describe_timeout: { http: 504, exit: EXIT.plugin, fault: "plugin" },

  // Process plugins: running a command.
  process_spawn_failed: { http: 502, exit: EXIT.plugin, fault: "plugin" },
  process_failed: { http: 502, exit: EXIT.plugin, fault: "plugin" },
  process_killed: { http: 502, exit: EXIT.plugin, fault: "plugin" },
  process_timeout: { http: 504, exit: EXIT.plugin, fault: "plugin" },
  process_output_too_large: { http: 502, exit: EXIT.plugin, fault: "plugin" },
  response_not_json: { http: 502, exit: EXIT.plugin, fault: "plugin" },
  response_invalid: { http: 502, exit: EXIT.plugin, fault: "plugin" },

  // Native plugins: packages, registries, installing.
  package_unknown: { http: 404, exit: EXIT.notFound, fault: "caller" },
  package_invalid: { http: 400, exit: EXIT.reportedFailure, fault: "caller" },
  archive_invalid: { http: 400, exit: EXIT.reportedFailure, fault: "caller" },
  archive_too_large: { http: 413, exit: EXIT.reportedFailure, fault: "caller" },
  version_unknown: { http: 404, exit: EXIT.notFound, fault: "caller" },
  rollback_impossible: { http: 409, exit: EXIT.reportedFailure, fault: "caller" },
  install_busy: { http: 503, exit: EXIT.configuration, fault: "caller" },
  install_failed: { http: 500, exit: EXIT.configuration, fault: "host" },
  unsigned_refused: { http: 403, exit: EXIT.configuration, fault: "caller" },
  signature_invalid: { http: 403, exit: EXIT.configuration, fault: "caller" },
  signing_key_changed: { http: 403, exit: EXIT.configuration, fault: "caller" },
  download_failed: { http: 502, exit: EXIT.plugin, fault: "host" },
  download_mismatch: { http: 502, exit: EXIT.configuration, fault: "caller" },
  registry_unknown: { http: 404, exit: EXIT.notFound, fault: "caller" },
  registry_invalid: { http: 502, exit: EXIT.configuration, fault: "caller" },
  registry_unreachable: { http: 503, exit: EXIT.plugin, fault: "host" },

  // Making plugins.
  project_unknown: { http: 404, exit: EXIT.notFound, fault: "caller" },
  project_invalid: { http: 400, exit: EXIT.configuration, fault: "caller" },
  project_exists: { http: 409, exit: EXIT.reportedFailure, fault: "caller" },
  toolchain_missing: { http: 500, exit: EXIT.configuration, fault: "caller" },
  build_failed: { http: 500, exit: EXIT.reportedFailure, fault: "caller" },
  dev_running: { http: 409, exit: EXIT.reportedFailure, fault: "caller" },
  test_invalid: { http: 400, exit: EXIT.configuration, fault: "caller" },
  signing_key_invalid: { http: 400, exit: EXIT.configuration, fault: "caller" },
  signing_key_locked: { http: 403, exit: EXIT.configuration, fault: "caller" },

  // Native plugins: what keeps an installed one from being loaded.
  receipt_missing: { http: 502, exit: EXIT.configuration, fault: "caller" },
  receipt_invalid: { http: 502, exit: EXIT.configuration, fault: "caller" },
  library_changed: { http: 502, exit: EXIT.configuration, fault: "caller" },
  consent_required: { http: 403, exit: EXIT.configuration, fault: "caller" },
  plugin_quarantined: { http: 503, exit: EXIT.plugin, fault: "plugin" },

  // Native plugins: loading a library.
  runner_missing: { http: 500, exit: EXIT.internal, fault: "host" },
  runner_start_failed: { http: 500, exit: EXIT.plugin, fault: "host" },
  library_wrong_machine: { http: 502, exit: EXIT.plugin, fault: "plugin" },
  library_load_failed: { http: 502, exit: EXIT.plugin, fault: "plugin" },
  entry_missing: { http: 502, exit: EXIT.plugin, fault: "plugin" },
  entry_null: { http: 502, exit: EXIT.plugin, fault: "plugin" },
  table_incomplete: { http: 502, exit: EXIT.plugin, fault: "plugin" },
  init_failed: { http: 502, exit: EXIT.plugin, fault: "plugin" },
  manifest_missing: { http: 502, exit: EXIT.plugin, fault: "plugin" },
  manifest_invalid: { http: 502, exit: EXIT.plugin, fault: "plugin" },
  mount_overlap: { http: 502, exit: EXIT.plugin, fault: "plugin" },
  system_too_old: { http: 502, exit: EXIT.plugin, fault: "plugin" },
  plugin_id_mismatch: { http: 502, exit: EXIT.plugin, fault: "plugin" },
  install_broken: { http: 502, exit: EXIT.configuration, fault: "caller" },
  load_crashed: { http: 502, exit: EXIT.plugin, fault: "plugin" },
  load_timeout: { http: 504, exit: EXIT.plugin, fault: "plugin" },

  // Native plugins: calling a loaded one.
  plugin_crashed: { http: 502, exit: EXIT.plugin, fault: "plugin" },
  plugin_exited: { http: 502, exit: EXIT.plugin, fault: "plugin" },
  plugin_timeout: { http: 504, exit: EXIT.plugin, fault: "plugin" },
  plugin_protocol: { http: 502, exit: EXIT.plugin, fault: "plugin" },
  plugin_restarting: { http: 503, exit: EXIT.plugin, fault: "plugin" },
  plugin_overloaded: { http: 503, exit: EXIT.plugin, fault: "plugin" },
  plugin_stopped: { http: 503, exit: EXIT.plugin, fault: "host" },
  output_too_large: { http: 502, exit: EXIT.plugin, fault: "plugin" },

  // Files of the user's and of the host's own.
  store_broken: { http: 500, exit: EXIT.configuration, fault: "host" },
  data_key_missing: { http: 500, exit: EXIT.configuration, fault: "host" },
  recovery_key_wrong: { http: 403, exit: EXIT.configuration, fault: "caller" },
  secret_unknown: { http: 404, exit: EXIT.notFound, fault: "caller" },
  setting_invalid: { http: 400, exit: EXIT.usage, fault: "caller" },
  insights_slow: { http: 504, exit: EXIT.plugin, fault: "host" },
  database_broken: { http: 500, exit: EXIT.configuration, fault: "host" },
  database_in_use: { http: 409, exit: EXIT.configuration, fault: "caller" },
  database_stopped: { http: 500, exit: EXIT.plugin, fault: "host" },
  database_program_missing: { http: 500, exit: EXIT.internal, fault: "host" },
  host_in_use: { http: 409, exit: EXIT.configuration, fault: "caller" },
  output_failed: { http: 500, exit: EXIT.configuration, fault: "host" },
  internal: { http: 500, exit: EXIT.internal, fault: "host" },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERRORS;

export interface HostErrorOptions {
  /** What to do next, in one sentence. */
  readonly hint?: string;
  /** Facts for programs; never secrets, never plugin data. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** The shape of an error on every wire: terminal with `--json`, control API. */
export interface ErrorBody {
  readonly error: {
    readonly code: ErrorCode;
    readonly message: string;
    readonly hint?: string;
    readonly details?: Readonly<Record<string, unknown>>;
  };
}

/** A failure that was foreseen: it has a code, says what happened, and mostly what to do next. */
export class HostError extends Error {
  override readonly name = "HostError";
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: ErrorCode, message: string, options: HostErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.details = options.details;
  }

  get exitCode(): number {
    return ERRORS[this.code].exit;
  }

  /** The error as it crosses a line to a program. */
  toBody(): ErrorBody {
    return {
      error: {
        code: this.code,
        message: this.message,
        ...(this.hint === undefined ? {} : { hint: this.hint }),
        ...(this.details === undefined ? {} : { details: this.details }),
      },
    };
  }
}

/** Turns whatever was thrown into a reportable error; for the doors where errors leave the program. */
export function toHostError(thrown: unknown): HostError {
  if (thrown instanceof HostError) return thrown;
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  return new HostError("internal", `something went wrong inside Osprey: ${detail}`, {
    hint: "please report this with the command that led to it",
    cause: thrown,
  });
}
