// How a failure looks: two lines on stderr, and with --json one document on stdout.

import { formatOrderedJson, parseOrderedJson } from "../base/ordered-json.ts";
import type { HostError } from "../protocol/errors.ts";
import { printFailureLines } from "./failure-lines.ts";
import type { CommandIo } from "./io.ts";

/** Prints `error:` and `help:` on stderr, and the error's body on stdout when JSON was asked for. */
export function printError(io: CommandIo, error: HostError, options: { json: boolean }): void {
  if (options.json) io.stdout.write(`${formatOrderedJson(parseOrderedJson(JSON.stringify(error.toBody())))}\n`);
  printFailureLines(io, error.message, error.code, error.hint);
}
