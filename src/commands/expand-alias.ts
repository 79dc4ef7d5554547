// `alias.NAME` in the configuration: a word that stands for a line of the user's own, with stages of a pipeline where it
// has some. One alias is replaced here; the line that comes of it is read like any other, and may begin with the next one.

import type { Config } from "../config/config.ts";
import { HostError } from "../protocol/errors.ts";
import { ALIAS_LINE_CHARS_MAX, ALIAS_ROUNDS_MAX } from "../protocol/limits.ts";
import { fillAlias, parseAlias } from "./alias-template.ts";
import { type Flags, flagToken } from "./flags.ts";
import { splitText } from "./line-stages.ts";

export interface AliasLine {
  readonly config: Config;
  /** The alias and what was typed behind it. */
  readonly words: readonly string[];
  /** Those that led here; this one is added. */
  readonly aliases: string[];
  /** Stages of the alias go in front of the line's own. */
  readonly flags: Flags;
}

/** Gives the words that the alias stands for. Throws `config_invalid` for an alias that cannot be run. */
export function expandAlias({ config, words, aliases, flags }: AliasLine): readonly string[] {
  const [word = "", ...typed] = words;
  const name = word.toLowerCase();
  const isCircle = aliases.includes(name);
  aliases.push(name);
  if (isCircle) throw broken(`the aliases go in a circle: ${aliases.join(" → ")}`);
  if (aliases.length > ALIAS_ROUNDS_MAX) throw broken(`more than ${ALIAS_ROUNDS_MAX} aliases stand for one another`);
  const template = parseAlias(String(config.find(`alias.${name}`)!.resolved));
  if (typeof template === "string") throw broken(`alias "${name}" ${template}`);
  const { args, others } = template.placesArguments ? apart(typed) : { args: typed, others: [] };
  const asksHelp = flags.help || isHelp(typed);
  const line = fillAlias(name, template, {
    // Help is to be had without arguments.
    argument: (place) => args[place - 1] ?? (asksHelp ? "" : undefined),
    all: args,
    configured: (key) => configured(config, name, key),
  });
  if (line.length > ALIAS_LINE_CHARS_MAX) {
    throw new HostError(
      "usage_invalid",
      `the line that "${name}" stands for has more than ${ALIAS_LINE_CHARS_MAX} characters`,
    );
  }
  const { words: own, pipeline } = splitText(flags, line);
  // What shapes the answer does not fit the help.
  const stages = [asksHelp ? undefined : pipeline, flags.pipeline].filter((one) => one?.trim());
  flags.pipeline = stages.length > 0 ? stages.join(" | ") : undefined;
  const all = template.placesArguments ? withFlags(own, others) : [...own, ...typed];
  if (all.length > 0) return all;
  throw broken(`alias "${name}" has no command`);
}

/** The arguments, and the host's flags among them: those are for the line. */
function apart(tokens: readonly string[]): { args: string[]; others: string[] } {
  const args: string[] = [];
  const others: string[] = [];
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]!;
    if (token === "--") {
      args.push(...tokens.slice(at + 1));
      break;
    }
    const found = flagToken(token);
    if (found === undefined || found.spec.where !== "anywhere") {
      args.push(token);
      continue;
    }
    others.push(token);
    if (found.takesNext && at + 1 < tokens.length) others.push(tokens[++at]!);
  }
  return { args, others };
}

function withFlags(words: readonly string[], flags: readonly string[]): string[] {
  const end = words.indexOf("--");
  const at = end === -1 ? words.length : end;
  return [...words.slice(0, at), ...flags, ...words.slice(at)];
}

function isHelp(tokens: readonly string[]): boolean {
  const end = tokens.indexOf("--");
  return tokens.slice(0, end === -1 ? undefined : end).some((token) => token === "--help" || token === "-h");
}

function configured(config: Config, name: string, key: string): string {
  const entry = config.find(key);
  if (entry === undefined) throw broken(`alias "${name}" asks for ${key}, which has no value`);
  if (entry.isSecret)
    throw broken(`alias "${name}" asks for ${key}, which is secret: a command line can be seen by others`);
  if (Array.isArray(entry.resolved)) throw broken(`alias "${name}" asks for ${key}, which is a list`);
  return String(entry.resolved);
}

function broken(message: string): HostError {
  return new HostError("config_invalid", message, { hint: '"osp alias list" shows all of them' });
}
