// How a failure looks: two lines on stderr, more for who asks with `-v`, and with --json one document on stdout.

import { type OrderedJson, parseOrderedJson } from "../base/ordered-json.ts";
import type { HostError } from "../protocol/errors.ts";
import { printFailureLines } from "./failure-lines.ts";
import type { CommandIo } from "./io.ts";
import { jsonLine, jsonText } from "./json-text.ts";
import { harmlessLines, printLabelled } from "./labelled.ts";
import type { Look } from "./look.ts";
import { pipelinePlace } from "./pipeline-place.ts";

/** Causes of causes; a longer chain is a circle. */
const CAUSES_MAX = 16;

/** Of ours, about what was typed: no plugin fills in their details. */
const PLACED: ReadonlySet<string> = new Set(["pipeline_invalid", "usage_invalid"]);

interface ErrorOptions {
  readonly json: boolean;
  /** One up for each `-v`, one down for each `-q`: causes, details, then the stack; with `-q` no hint. */
  readonly verbosity?: number | undefined;
  /** Of stderr. */
  readonly look?: Look | undefined;
}

/** Prints `error:` and `help:` on stderr, and the error's body on stdout when JSON was asked for. */
export function printError(io: CommandIo, error: HostError, { json, verbosity = 0, look }: ErrorOptions): void {
  if (json) io.stdout.write(jsonLine(asJson(error.toBody())));
  const hint = verbosity < 0 ? undefined : error.hint;
  const place = PLACED.has(error.code) ? pipelinePlace(error.details, look) : "";
  printFailureLines(io, error.message, error.code, hint, look, place);
  if (verbosity < 1) return;
  const causes = causesOf(error);
  for (const cause of causes) printLabelled(io.stderr, "caused by", messageOf(cause), look);
  if (verbosity >= 2 && error.details !== undefined) {
    io.stderr.write(`  ${harmlessLines(jsonText(asJson(error.details)).trimEnd())}\n`);
  }
  if (verbosity < 3) return;
  const stack = [causes.at(-1), error].map(stackOf).find((one) => one !== undefined);
  if (stack !== undefined) io.stderr.write(`  ${harmlessLines(stack)}\n`);
}

function causesOf(error: Error): unknown[] {
  const causes: unknown[] = [];
  let cause = error.cause;
  while (cause !== undefined && cause !== null && causes.length < CAUSES_MAX && !causes.includes(cause)) {
    causes.push(cause);
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return causes;
}

function messageOf(cause: unknown): string {
  if (cause instanceof Error) return cause.message || cause.name;
  return typeof cause === "object" ? "something that is no error" : String(cause);
}

function stackOf(thrown: unknown): string | undefined {
  return thrown instanceof Error ? thrown.stack : undefined;
}

function asJson(value: unknown): OrderedJson {
  return parseOrderedJson(JSON.stringify(value));
}
