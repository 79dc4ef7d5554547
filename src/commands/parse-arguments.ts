// Reads what follows a built-in command's words: its own options, the host's flags among them, its arguments.

import { parseArgs } from "node:util";
import { nearest } from "../base/nearest.ts";
import { HostError } from "../protocol/errors.ts";
import type { Command, CommandInput, CommandOption } from "./command.ts";
import { FLAGS } from "./flag-table.ts";
import type { Flags } from "./flags.ts";
import { type FlagOwner, splitLine } from "./split-line.ts";

type Options = Readonly<Record<string, CommandOption>>;

/**
 * Reads a built-in command's line; the host's flags in it are added to `flags`. Throws `usage_invalid`.
 *
 * @param name how the command is called, program included.
 */
export function parseCommand(
  command: Command,
  name: string,
  tokens: readonly string[],
  flags: Flags,
): Pick<CommandInput, "options" | "positionals"> {
  const own = command.options ?? {};
  const args = splitLine(flags, withOptionalValues(tokens, own), builtInOwner(own));
  if (flags.help) return { options: {}, positionals: [] };
  const { options, positionals } = parseKnown(args, own);
  const { min, max } = command.positionals;
  if (positionals.length >= min && positionals.length <= max) return { options, positionals };
  const problem = positionals.length < min ? "something is missing" : `"${positionals[max]}" is too much`;
  throw usage(`${problem}: ${`${name} ${command.usage}`.trim()}`, `run "${name} --help"`);
}

function builtInOwner(options: Options): FlagOwner {
  return {
    isBuiltIn: true,
    owns(token) {
      const option = ownOption(token, options);
      if (option === undefined) return "nobody";
      return option.type === "string" && !token.includes("=") ? "command, value follows" : "command";
    },
    word() {},
  };
}

function ownOption(token: string, options: Options): CommandOption | undefined {
  const name = token.split("=", 1)[0]!;
  if (name.startsWith("--")) return Object.hasOwn(options, name.slice(2)) ? options[name.slice(2)] : undefined;
  return Object.values(options).find(({ short }) => short !== undefined && name === `-${short}`);
}

/** Writes out the value that an option stands for when it is given without one. */
function withOptionalValues(tokens: readonly string[], options: Options): string[] {
  const end = tokens.indexOf("--");
  return tokens.map((token, index) => {
    const optional = end !== -1 && index > end ? undefined : ownOption(token, options)?.optionalValue;
    if (optional === undefined || token.includes("=")) return token;
    const next = tokens[index + 1];
    return next !== undefined && optional.known.includes(next) ? token : `${token}=${optional.otherwise}`;
  });
}

type Values = Record<string, string | boolean | readonly string[] | undefined>;

function parseKnown(args: readonly string[], options: Options): { options: Values; positionals: string[] } {
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
    if (option.type === "string" && !option.multiple && Object.hasOwn(values, token.name))
      throw usage(`${token.rawName} is there twice`);
    const value = token.value ?? true;
    values[token.name] = option.multiple ? [...((values[token.name] as string[]) ?? []), String(value)] : value;
  }
  return { options: values, positionals };
}

/** What to say of an option that nobody knows. */
export function unknownOption(rawName: string, own: Options = {}): HostError {
  const ownNames = Object.keys(own).map((name) => `--${name}`);
  if (/^-\d/.test(rawName)) return usage(`unknown option ${rawName}`, 'a value that begins with "-" goes behind "--"');
  const close = nearest(rawName, [...ownNames, ...Object.keys(FLAGS)]);
  const shown = [...ownNames, ...Object.keys(FLAGS).filter((name) => FLAGS[name]!.alias === undefined)];
  return usage(`unknown option ${rawName}`, close ? `did you mean ${close}?` : `known options: ${shown.join(", ")}`);
}

function usage(message: string, hint?: string): HostError {
  return new HostError("usage_invalid", message, hint === undefined ? {} : { hint });
}
