// What a command is: a description that the help is made from, and a function of arguments and io.

import type { CommandIo } from "../terminal/io.ts";
import type { Flags } from "./flags.ts";
import type { LineContext } from "./main.ts";
import type { Settings } from "./settings.ts";

export interface CommandOption {
  readonly type: "string" | "boolean";
  readonly short?: string;
  readonly multiple?: boolean;
  readonly about: string;
  /** Name of the value in the help, for instance `PATH`. */
  readonly value?: string;
  /** The value may be left out: the next word is it only when it is one of the known ones; `--name=VALUE` always is. */
  readonly optionalValue?: { readonly otherwise: string; readonly known: readonly string[] };
}

export interface CommandInput {
  readonly io: CommandIo;
  /** The name that Osprey was started under. */
  readonly program: string;
  readonly flags: Readonly<Flags>;
  /** The options given, by long name: text, `true`, or a list where the option is `multiple`. */
  readonly options: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
  readonly positionals: readonly string[];
  /** Runs a whole command line in this process; for the host that takes commands from other programs. */
  runLine(program: string, argv: readonly string[], io: CommandIo, context?: LineContext): Promise<number>;
  /** The configuration and what follows from it for this command; read when it is first asked for. */
  settings(): Promise<Settings>;
}

export interface Command {
  /** What stands behind the command's words in the help, for instance `PLUGIN TOOL [--args JSON]`. */
  readonly usage: string;
  readonly about: string;
  readonly options?: Readonly<Record<string, CommandOption>>;
  /** How many positional arguments it takes. */
  readonly positionals: { readonly min: number; readonly max: number };
  /** Is run by the host that runs on this data folder, when there is one, because that host has the plugins. */
  isResident?(input: Pick<CommandInput, "options" | "positionals" | "io">): boolean;
  /** Goes on until it is ended, or talks: it has no data that a pipeline could work on. */
  runsOn?(input: Pick<CommandInput, "options" | "positionals" | "io">): boolean;
  /** Hands what it prints to a pipeline by itself; of any other command, the document of `--json` is taken. */
  readonly pipesItself?: true;
  /** Works with a configuration that has unknown keys or wrong values in it, because it is there to mend or explain it. */
  readonly readsBrokenConfig?: true;
  /** Runs it; gives the exit code. Failures are thrown as `HostError`. */
  run(input: CommandInput): Promise<number>;
}

/** The text of an option that takes one value. */
export function textOption(input: Pick<CommandInput, "options">, name: string): string | undefined {
  const value = input.options[name];
  return typeof value === "string" ? value : undefined;
}
