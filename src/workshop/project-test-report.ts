// What came of testing a project: a row for each thing that was looked at.

import type { AbiRow } from "../testkit/api.ts";

export interface TestRow {
  /** What it was about; docs/testing.md has them all. */
  readonly code: TestCode;
  readonly status: "ok" | "warn" | "fail";
  readonly label: string;
  /** May have several lines. */
  readonly detail: string;
  readonly hint?: string;
}

type TestCode = (typeof TEST_CODES)[number];

export const TEST_CODES = [
  "loads",
  "manifest",
  "tool_descriptions",
  "tool_schemas",
  "leaks",
  "wrong_releases",
  "foreign_calls",
  "crashes",
  "warnings",
  "host_versions",
  "description",
  "test",
  "node_test",
] as const;

export interface ProjectTestReport {
  readonly pluginId: string;
  readonly checks: readonly TestRow[];
  readonly tests: readonly TestRow[];
  readonly abi: readonly AbiRow[];
}

/** Rows that are no failures count as passed, with a warning or without. */
export function countRows({ checks, tests }: Pick<ProjectTestReport, "checks" | "tests">): {
  passed: number;
  failed: number;
} {
  const rows = [...checks, ...tests];
  const failed = rows.filter(({ status }) => status === "fail").length;
  return { passed: rows.length - failed, failed };
}
