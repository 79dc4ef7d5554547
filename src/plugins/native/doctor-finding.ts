// What the doctor of native plugins says of one thing that it looked at, and the things that there are. docs/doctor.md has all
// of them with what they mean and what to do.

import type { HostError } from "../../protocol/errors.ts";

/** By code, in the order in which they are looked at. The codes are stable. */
export const FINDING_LABELS = {
  current_link: "current link",
  version_folder: "version folder",
  receipt: "receipt",
  version: "version",
  library_hash: "library hash",
  signature: "signature",
  consent: "consent",
  quarantine: "quarantine",
  project_file: "project file",
  build_output: "build output",
  file_kind: "kind of file",
  architecture: "architecture",
  code_signature: "code signature",
  exports: "exports",
  dependencies: "dependencies",
  libc_version: "versions of libraries",
  executable_stack: "executable stack",
  text_relocations: "text relocations",
  dlopen: "dlopen",
  undefined_symbols: "undefined symbols",
  entry_symbol: "entry symbol",
} as const;

export type FindingCode = keyof typeof FINDING_LABELS;

export interface Finding {
  readonly code: FindingCode;
  readonly status: "ok" | "warn" | "fail";
  readonly label: string;
  readonly detail: string;
  /** What to do about it. */
  readonly hint?: string | undefined;
}

export function finding(code: FindingCode, status: Finding["status"], detail: string, hint?: string): Finding {
  return { code, status, label: FINDING_LABELS[code], detail, hint };
}

export function failed(code: FindingCode, { message, hint }: HostError): Finding {
  return finding(code, "fail", message, hint);
}
