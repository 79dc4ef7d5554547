// What a command is: a description that the help is made from, and a function of arguments and io.

import type { CommandIo } from "../terminal/io.ts";

export interface CommandOption {
  readonly type: "string" | "boolean";
  readonly short?: string;
  readonly multiple?: boolean;
  readonly about: string;
  /** Name of the value in the help, for instance `PATH`. */
  readonly value?: string;
}

/** Options that every command understands, wherever they stand before `--`. */
export interface GlobalOptions {
  readonly json: boolean;
  readonly color: "auto" | "always" | "never";
  readonly pluginDirs: readonly string[];
}

export interface CommandInput {
  readonly io: CommandIo;
  readonly global: GlobalOptions;
  /** The options given, by long name: text, `true`, or a list where the option is `multiple`. */
  readonly options: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
  readonly positionals: readonly string[];
}

export interface Command {
  /** What stands behind the command's words in the help, for instance `PLUGIN TOOL [--args JSON]`. */
  readonly usage: string;
  readonly about: string;
  readonly options?: Readonly<Record<string, CommandOption>>;
  /** How many positional arguments it takes. */
  readonly positionals: { readonly min: number; readonly max: number };
  /** Runs it; gives the exit code. Failures are thrown as `HostError`. */
  run(input: CommandInput): Promise<number>;
}

/** The text of an option that takes one value. */
export function textOption(input: CommandInput, name: string): string | undefined {
  const value = input.options[name];
  return typeof value === "string" ? value : undefined;
}
