// What the doctor of an installation is told, and what it says.

import type { Paths } from "../base/paths.ts";

export interface InstallationFinding {
  readonly code: string;
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
  readonly databaseProgram?: string;
  /** For tests. */
  readonly nodeVersion?: string;
}

/** What one check says; the label is that of the check unless it has its own. */
export type Finding = Omit<InstallationFinding, "label"> & { readonly label?: string };
