// One row about the state of the configuration, for `osp config diagnostics`.

import { type Config, configText } from "./config.ts";
import { privacyOf } from "./config-files.ts";

/** Named as they are printed. */
export interface ConfigDiagnosis {
  readonly status: "ok" | "problems";
  readonly active_profile: string;
  readonly known_profiles: readonly string[];
  readonly resolved_keys: number;
  readonly problem_count: number;
  readonly problems: readonly string[];
  readonly theme_issue_count: number;
  readonly theme_issues: readonly string[];
  readonly config_file: string;
  readonly secrets_backend: string;
  readonly secrets_file: string;
  readonly secrets_index_file: string;
  /** Where the backend in use keeps the secrets. */
  readonly secrets_store_path: string;
  readonly secrets_permissions_status: "ok" | "missing" | "insecure" | "unknown";
  readonly secrets_permissions_mode: string | null;
  readonly secrets_permissions_message: string;
}

/** What is to be said of a configuration that was loaded leniently. Looks at the secrets file again; never throws. */
export function diagnoseConfig(config: Config): ConfigDiagnosis {
  const { files, problems, profile, knownProfiles } = config;
  const backend = configText(config, "secrets.backend") ?? "toml";
  const { status, mode } = privacyOf(files.secrets);
  const themeIssues = problems.filter(({ details }) => String(details?.["key"] ?? "").startsWith("theme."));
  return {
    status: problems.length === 0 ? "ok" : "problems",
    active_profile: profile,
    known_profiles: knownProfiles,
    resolved_keys: config.keys().length,
    problem_count: problems.length,
    problems: problems.map(({ message }) => message),
    theme_issue_count: themeIssues.length,
    theme_issues: themeIssues.map(({ message }) => message),
    config_file: files.config,
    secrets_backend: backend,
    secrets_file: files.secrets,
    secrets_index_file: files.index,
    secrets_store_path: backend === "keyring" ? files.index : files.secrets,
    secrets_permissions_status: status,
    secrets_permissions_mode: mode ?? null,
    secrets_permissions_message: privacyText(status, files.secrets),
  };
}

function privacyText(status: ConfigDiagnosis["secrets_permissions_status"], path: string): string {
  if (status === "ok") return "nobody else can read the file";
  if (status === "missing") return "there is no file of secrets";
  return status === "insecure" ? `others can read the file: run "chmod 600 ${path}"` : "the file cannot be looked at";
}
