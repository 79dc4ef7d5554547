// What is said of a line when it is over: why it failed, and how long it took. Loaded only where there is something to say.

import type { HostError } from "../protocol/errors.ts";
import { type Look, type LookWish, lookOf } from "../terminal/look.ts";
import { printError } from "../terminal/print-error.ts";
import type { Line } from "./main.ts";
import { settingsFor, wishOfFlags } from "./settings.ts";

/** Prints the failure on stderr, or with `json` as a document on stdout. */
export async function printFailure(line: Line, error: HostError, json: boolean): Promise<void> {
  const { io, flags } = line;
  printError(io, error, { json, verbosity: flags.verbosity, look: await lookFor(line) });
}

export async function printTimes(line: Line): Promise<void> {
  const { io, flags, times, report } = line;
  times.end("end");
  const { timingFooter } = await import("../terminal/timing.ts");
  const look = await lookFor(line);
  io.stderr.write(timingFooter({ totalMs: times.totalMs, parts: times.steps }, report.debug ?? flags.debug, look));
}

/** As the command's own output. What failed before that was known looks as the configuration says, where one was read. */
async function lookFor(line: Line): Promise<Look> {
  return lookOf(line.io.stderr, line.io.env, line.report.wish ?? (await wishBefore(line)));
}

async function wishBefore({ io, flags, ...line }: Line): Promise<LookWish> {
  const config = line.config ?? flags.session?.config;
  return config === undefined ? wishOfFlags(flags) : (await settingsFor(io, config, flags, { lenient: true })).wish;
}
