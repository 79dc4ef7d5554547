// One thing that is to be said of a registry.

export interface RegistryFinding {
  /** The file, as seen from the registry. */
  readonly path: string;
  readonly status: "ok" | "warn" | "fail";
  /** The rule that it is about: docs/publishing.md lists them. */
  readonly code: RegistryRule;
  readonly detail: string;
  /** What mends it. */
  readonly hint?: string | undefined;
}

export const REGISTRY_RULES = [
  "entry",
  "entry_file",
  "entry_json",
  "entry_shape",
  "plugin_id",
  "entries",
  "index",
  "versions",
  "version_twice",
  "version_order",
  "system",
  "artifact_twice",
  "artifact_url",
  "artifact_missing",
  "artifact_size",
  "artifact_hash",
  "artifact_elsewhere",
  "artifact_unused",
  "signature_missing",
  "signature",
  "package",
  "rotation",
] as const;
export type RegistryRule = (typeof REGISTRY_RULES)[number];

export function fail(path: string, code: RegistryRule, detail: string, hint?: string): RegistryFinding {
  return { path, status: "fail", code, detail, hint };
}

export function warn(path: string, code: RegistryRule, detail: string, hint?: string): RegistryFinding {
  return { path, status: "warn", code, detail, hint };
}
