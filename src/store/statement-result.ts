// What a plugin gets for one statement: a result, or an envelope that says what went wrong ("Osaurus: Host API", storage).
// All members stand in the order of their names.

import type { HostError } from "../protocol/errors.ts";
import type { RunResult } from "./database-result.ts";

/** What a statement came to. */
export interface StatementResult {
  /** The answer for the plugin: a result, or an error envelope. */
  readonly json: string;
  /** Set when it is an error: `sql_error`, `forbidden`, `database_broken`, ... */
  readonly errorCode?: string;
  /** There was more than one statement; only the first was run. */
  readonly ignoredText?: true;
  /** The parameters were not JSON, and were ignored. */
  readonly ignoredParams?: true;
}

/** What the process of the database said of a statement that may run for `statementMs`. */
export function resultOf(outcome: RunResult, statementMs: number): StatementResult {
  const result = outcome.ok ? { json: outcome.json } : errorOf(outcome, statementMs);
  return {
    ...result,
    ...(outcome.ignoredText ? { ignoredText: true } : {}),
    ...(outcome.ignoredParams ? { ignoredParams: true } : {}),
  };
}

function errorOf(
  { code, message, rolledBack }: Extract<RunResult, { ok: false }>,
  statementMs: number,
): StatementResult {
  switch (code) {
    case "forbidden":
      return forbidden(message);
    case "interrupted":
      return timedOut(statementMs, rolledBack);
    case "too_large":
      return failure("response_too_large", message);
    case "sql":
    case "full":
    case "corrupt":
      return sqlError(message);
  }
}

/** What SQLite says is what plugins were written to look at: it stands in `error` itself. */
export function sqlError(message: string): StatementResult {
  return envelope("sql_error", message, message);
}

/** The text is part of what plugins know. */
function forbidden(message: string): StatementResult {
  return envelope("forbidden", "Forbidden SQL statement", message);
}

export function timedOut(statementMs: number, rolledBack = false): StatementResult {
  const consequence = rolledBack ? "; the transaction was rolled back" : "";
  const message = `the statement was ended after ${statementMs} ms${consequence}`;
  return envelope("statement_timeout", message, message);
}

function envelope(code: string, error: string, message: string): StatementResult {
  return { json: JSON.stringify({ code, error, message }), errorCode: code };
}

/** A failure that is not about the SQL. */
export function failure(code: string, message: string): StatementResult {
  return { json: JSON.stringify({ error: code, message }), errorCode: code };
}

export function failureOf({ code, message, hint }: HostError): StatementResult {
  return failure(code, hint === undefined ? message : `${message}; ${hint}`);
}

/** What was acknowledged is kept; whether this statement was carried out is not known. */
export function stopped(message: string): StatementResult {
  return failure("database_stopped", message);
}
