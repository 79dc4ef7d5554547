// What went wrong while rows of Insights were read, in the words of whoever asked for them.

import { StatementFailure } from "../insights/insights-database.ts";
import { HostError } from "../protocol/errors.ts";
import { INSIGHTS_STATEMENT_MS_MAX } from "../protocol/limits.ts";
import { DatabaseFailure } from "../store/database-result.ts";

const FEWER = "choose a shorter time, or a plugin";

/** `database_broken`, `insights_slow`, `interrupted` and the like; what is no failure of a file stays what it is. */
export function insightsFailure(path: string, error: unknown): unknown {
  if (error instanceof Error && error.name === "AbortError") {
    return new HostError("interrupted", "nobody waits for these rows any more", { cause: error });
  }
  if (!(error instanceof DatabaseFailure) && !(error instanceof StatementFailure)) return error;
  const isStatement = error instanceof StatementFailure;
  if (error.code === "program_missing") {
    return new HostError("database_program_missing", error.message, { hint: 'run "make setup"', cause: error });
  }
  if (isStatement ? error.isLocked : error.code === "locked") {
    return new HostError("database_in_use", `the record of what plugins did is being changed: ${path}`, {
      hint: "try again in a moment",
      cause: error,
    });
  }
  if (error.code === "interrupted") {
    const seconds = INSIGHTS_STATEMENT_MS_MAX / 1_000;
    return new HostError("insights_slow", `there are too many rows to look at: no answer in ${seconds} s`, {
      hint: FEWER,
      cause: error,
    });
  }
  if (error.code === "stopped") {
    return new HostError("database_stopped", "the process that reads the record of what plugins did has ended", {
      hint: `ask again; if it ends again, ${FEWER}`,
      cause: error,
    });
  }
  const isDamaged = error.code === "corrupt" || error.code === "not_a_database" || (isStatement && error.isOfStatement);
  return new HostError("database_broken", `the record of what plugins did cannot be read: ${error.message}`, {
    hint: isDamaged
      ? `move ${path} away; the next call begins a new one`
      : `look at ${path}: whether this user may read it, and whether the disk is full`,
    cause: error,
  });
}
