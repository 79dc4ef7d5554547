// `doctor last`: the newest line of the interactive shell that failed, with all that is known of the failure.

import { EXIT, HostError } from "../protocol/errors.ts";
import { printLabelled } from "../terminal/labelled.ts";
import { lookOf } from "../terminal/look.ts";
import { printError } from "../terminal/print-error.ts";
import type { CommandInput } from "./command.ts";
import { notify } from "./notify.ts";

/** Details and causes, without the place in the program. */
const VERBOSITY = 2;

export async function doctorLast(input: CommandInput): Promise<number> {
  const { io, flags, positionals } = input;
  if (positionals[0] !== "last") {
    throw new HostError("usage_invalid", `"${positionals[0]}" is too much: osp doctor [last]`);
  }
  if (flags.session === undefined) {
    throw new HostError("usage_invalid", '"doctor last" is for the interactive shell, which remembers what failed');
  }
  const settings = await input.settings();
  const { failure } = flags.session;
  if (failure === undefined) {
    notify(io, settings, "info", "nothing has failed in this session");
    return EXIT.done;
  }
  const look = lookOf(io.stderr, io.env, settings.wish);
  printLabelled(io.stderr, "info", `${failure.line} (exit code ${failure.exitCode})`, look);
  const verbosity = VERBOSITY + flags.verbosity;
  if (failure.error !== undefined) printError(io, failure.error, { json: settings.json, verbosity, look });
  else notify(io, settings, "info", "the command itself said that it failed; run it again to see what it says");
  return EXIT.done;
}
