// Splits a command line: global options first, then the command's words, then what belongs to the command.

import { parseArgs } from "node:util";
import { nearest } from "../base/nearest.ts";
import { HostError } from "../protocol/errors.ts";
import type { Command, CommandInput, CommandOption, GlobalOptions } from "./command.ts";
import { isHostFlag, takesNextToken } from "./host-flag-names.ts";

export const GLOBAL_OPTIONS = {
  json: { type: "boolean", about: "print one JSON document on stdout" },
  "plugin-dir": { type: "string", multiple: true, value: "DIR", about: "look for process plugins in DIR first" },
  color: { type: "string", value: "auto|always|never", about: "colour the output" },
  "no-color": { type: "boolean", about: "the same as --color never" },
  help: { type: "boolean", short: "h", about: "show help" },
  version: { type: "boolean", short: "V", about: "show the version" },
} as const satisfies Record<string, CommandOption>;

export interface CommandLine {
  readonly global: GlobalOptions;
  readonly wantsHelp: boolean;
  readonly wantsVersion: boolean;
  /** Flags that a plugin command's line may hold for the host, as they were typed. */
  readonly hostFlags: readonly string[];
  /** Everything from the first word on, untouched. */
  readonly rest: readonly string[];
}

/** Reads the options that stand before the first word. Later ones are left for the command (or the plugin). */
export function parseLeadingOptions(argv: readonly string[]): CommandLine {
  const end = firstWordIndex(argv);
  const { global: globals, host } = partition(argv.slice(0, end));
  const parsed = parseKnown(globals, GLOBAL_OPTIONS);
  return {
    global: globalOptions(parsed.values, []),
    wantsHelp: parsed.values.help === true,
    wantsVersion: parsed.values.version === true,
    hostFlags: host,
    rest: argv.slice(end),
  };
}

/** Reads what follows a built-in command's words; global options may stand among it. */
export function parseCommand(
  command: Command,
  name: string,
  args: readonly string[],
  before: GlobalOptions,
): Omit<CommandInput, "io"> & { wantsHelp: boolean } {
  const { values, positionals } = parseKnown(args, { ...GLOBAL_OPTIONS, ...command.options });
  const { json, "plugin-dir": _dirs, color, "no-color": noColor, help, version: _version, ...options } = values;
  const given = noColor === true ? color : (color ?? before.color);
  const global = globalOptions({ ...values, json: json ?? before.json, color: given }, before.pluginDirs);
  if (help !== true) checkCount(command, name, positionals);
  return { global, options, positionals, wantsHelp: help === true };
}

type Values = Record<string, string | boolean | readonly string[] | undefined>;

function globalOptions(values: Values, dirsBefore: readonly string[]): GlobalOptions {
  if (values["no-color"] === true && values.color !== undefined) throw usage("the colour can be chosen only once");
  const color = values["no-color"] === true ? "never" : (values.color ?? "auto");
  if (color !== "auto" && color !== "always" && color !== "never") {
    throw usage(`--color takes auto, always or never, not "${String(color)}"`);
  }
  const dirs = Array.isArray(values["plugin-dir"]) ? (values["plugin-dir"] as string[]) : [];
  return { json: values.json === true, color, pluginDirs: [...dirsBefore, ...dirs] };
}

function parseKnown(args: readonly string[], options: Readonly<Record<string, CommandOption>>) {
  const config = Object.fromEntries(
    Object.entries(options).map(([name, { type, short, multiple }]) => [
      name,
      { type, ...(short ? { short } : {}), ...(multiple ? { multiple } : {}) },
    ]),
  );
  const { tokens } = parseArgs({ args: [...args], options: config, strict: false, tokens: true });
  const values: Values = {};
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    if (!option) throw unknownOption(token.rawName, options);
    if (option.type === "boolean" && token.value !== undefined) throw usage(`${token.rawName} takes no value`);
    if (option.type === "string" && token.value === undefined) throw usage(`${token.rawName} needs a value`);
    const value = token.value ?? true;
    values[token.name] = option.multiple ? [...((values[token.name] as string[]) ?? []), String(value)] : value;
  }
  return { values, positionals };
}

function firstWordIndex(argv: readonly string[]): number {
  for (let i = 0; i < argv.length; i++) {
    const token = argv[i]!;
    if (token === "--") return i;
    if (!token.startsWith("-") || token === "-") return i;
    if (takesNextToken(token)) i++;
  }
  return argv.length;
}

/** Tells the global options from those that only a plugin command understands. */
function partition(tokens: readonly string[]): { global: string[]; host: string[] } {
  const global: string[] = [];
  const host: string[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    const name = token.split("=", 1)[0]!.slice(2);
    const target = isHostFlag(token) && !Object.hasOwn(GLOBAL_OPTIONS, name) ? host : global;
    target.push(token);
    if (takesNextToken(token) && i + 1 < tokens.length) target.push(tokens[++i]!);
  }
  return { global, host };
}

function checkCount(command: Command, name: string, positionals: readonly string[]): void {
  const { min, max } = command.positionals;
  if (positionals.length >= min && positionals.length <= max) return;
  const problem = positionals.length < min ? "something is missing" : `"${positionals[max]}" is too much`;
  throw usage(`${problem}: ${`${name} ${command.usage}`.trim()}`, `run "${name} --help"`);
}

function unknownOption(rawName: string, options: Readonly<Record<string, CommandOption>>): HostError {
  const names = Object.keys(options).map((name) => `--${name}`);
  const close = nearest(rawName, names);
  return usage(`unknown option ${rawName}`, close ? `did you mean ${close}?` : `known options: ${names.join(", ")}`);
}

function usage(message: string, hint?: string): HostError {
  return new HostError("usage_invalid", message, hint === undefined ? {} : { hint });
}
