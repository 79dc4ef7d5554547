// What the doctor of an installation is told, and what it says.

import type { Paths } from "../base/paths.ts";

/** The codes are stable; docs/doctor.md has what each means. */
export const INSTALLATION_CODES = [
  "node_version",
  "runner",
  "checked_runner",
  "database_program",
  "data_folder",
  "data_folder_owner",
  "data_folder_writable",
  "secrets_private",
  "key_file_private",
  "data_keys",
  "database_keys",
  "recovery_key",
  "older_keys",
  "settings_damaged",
  "settings_aside",
  "control_database",
  "databases_damaged",
  "quarantine",
  "insights_size",
  "disk_free",
  "not_examined",
] as const;

export type InstallationCode = (typeof INSTALLATION_CODES)[number];

export interface InstallationFinding {
  readonly code: InstallationCode;
  readonly status: "ok" | "warn" | "fail";
  readonly label: string;
  readonly detail: string;
  readonly hint?: string;
}

export interface InstallationOptions {
  readonly paths: Pick<Paths, "data">;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Without them, those that set-up built. */
  readonly runnerPath?: string;
  readonly checkedRunnerPath?: string;
  readonly databaseProgram?: string;
  /** For tests. */
  readonly nodeVersion?: string;
}

/** What one check says; the label is that of the check unless it has its own. */
export type Finding = Omit<InstallationFinding, "label"> & { readonly label?: string };
