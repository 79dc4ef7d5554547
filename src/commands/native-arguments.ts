// Reads what was typed behind a native tool: its flags, made from its schema, words for what is required, and the options
// that calls of tools have anyway. What the values are is read later, once files that they name were opened.

import { nearest } from "../base/nearest.ts";
import type { HostError } from "../protocol/errors.ts";
import { CALL_OPTIONS } from "./call-options.ts";
import type { CommandOption } from "./command.ts";
import { FLAGS } from "./flag-table.ts";
import { anyFlag, type FlagSpelling, findFlag, isBoolean, type ToolFlag, type ToolFlags } from "./native-flags.ts";
import { nestedFlags } from "./native-nested.ts";
import { shortened, shownList } from "./native-values.ts";
import type { FlagOwner } from "./split-line.ts";
import { usageError } from "./usage-error.ts";

/** What every tool has besides its own flags. */
export const NATIVE_OPTIONS: Readonly<Record<string, CommandOption>> = {
  args: {
    type: "string",
    value: "JSON",
    about: 'all arguments as a JSON object; flags come on top; "@FILE" reads a file, "-" stdin',
  },
  ...CALL_OPTIONS,
};

/** The text that a flag was given. */
export interface TypedValue {
  readonly flag: ToolFlag;
  /** The flag as it was typed. */
  readonly name: string;
  readonly text: string;
}

export interface NativeLine {
  /** As `NATIVE_OPTIONS` has them. */
  readonly options: Readonly<Record<string, string | boolean>>;
  /** In the order of the line. */
  readonly typed: readonly TypedValue[];
  readonly words: readonly string[];
}

/** Which tokens belong to the tool and not to the host. */
export function nativeOwner(flags: ToolFlags): FlagOwner {
  return {
    isBuiltIn: true,
    owns(token) {
      const [name] = halves(token);
      const hasValue = token !== name;
      const known = findFlag(flags, name);
      const own = ownOption(name);
      const takes = known ? !isBoolean(known.flag) : own?.type === "string";
      if (known !== undefined || own !== undefined) return takes && !hasValue ? "command, value follows" : "command";
      // Read already when this is reached: they are refused with what to do instead.
      return isLeading(name) ? "command" : "nobody";
    },
    word() {},
  };
}

/** Reads the tokens that are the tool's. Throws `usage_invalid`, which names the flag. */
export function readNativeLine(tokens: readonly string[], flags: ToolFlags): NativeLine {
  const options: Record<string, string | boolean> = {};
  const typed: TypedValue[] = [];
  const words: string[] = [];
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]!;
    if (token === "--") {
      words.push(...tokens.slice(at + 1));
      break;
    }
    if (!token.startsWith("-") || token === "-" || /^-[\d.]/.test(token)) {
      words.push(token);
      continue;
    }
    const [name, inline] = halves(token);
    const next = tokens[at + 1];
    const spelling = findFlag(flags, name);
    if (spelling !== undefined) {
      const { text, usedNext } = textOf(spelling, name, inline, next);
      typed.push({ flag: spelling.flag, name, text });
      if (usedNext) at++;
      continue;
    }
    const own = ownOption(name);
    const any = own === undefined && flags.takesAny && !isLeading(name) ? anyFlag(name) : undefined;
    if (any !== undefined) {
      // Nobody says whether it has a value: the next word is it, unless that is a flag.
      const follows = inline === undefined && next !== undefined && !next.startsWith("--");
      typed.push({ flag: any, name, text: inline ?? (follows ? next : "true") });
      if (follows) at++;
      continue;
    }
    if (own === undefined) throw unknownFlag(name, flags);
    if (Object.hasOwn(options, name.slice(2))) throw usageError(`${name} is there twice`);
    if (own.type === "boolean" && inline !== undefined) throw usageError(`${name} takes no value`);
    const value = own.type === "boolean" ? true : (inline ?? next);
    if (value === undefined || value === "--") throw usageError(`${name} needs a value`);
    if (own.type === "string" && inline === undefined) at++;
    options[name.slice(2)] = value;
  }
  return { options, typed, words };
}

/** The value of a flag, and whether the next token is it. */
function textOf(
  { flag, no }: FlagSpelling,
  name: string,
  inline: string | undefined,
  next: string | undefined,
): { text: string; usedNext: boolean } {
  if (no) {
    if (inline !== undefined) throw usageError(`${name} takes no value`);
    return { text: "false", usedNext: false };
  }
  if (inline !== undefined) return { text: inline, usedNext: false };
  if (isBoolean(flag)) {
    // It takes the next word only when that cannot mean anything else.
    const follows = next === "true" || next === "false";
    return { text: follows ? next : "true", usedNext: follows };
  }
  if (next === undefined || next === "--") throw usageError(`${name} needs a value`);
  return { text: next, usedNext: true };
}

/**
 * What the words are: each is the value of the next required property that was not given, the rest go to it when it is a list
 * and the last one. No word is ever a secret, which would be seen and kept. Throws `usage_invalid` for what is too much or
 * missing; secrets may still be asked for.
 *
 * @param has whether a property was given in another way.
 */
export function wordValues(
  { typed, words }: Pick<NativeLine, "typed" | "words">,
  flags: ToolFlags,
  has: (property: string) => boolean,
): TypedValue[] {
  const isGiven = new Set(typed.map(({ flag }) => flag.path[0]));
  const missing = flags.all.filter(
    ({ path: [property], isRequired, isSecret }) => isRequired && !isSecret && !isGiven.has(property) && !has(property),
  );
  const left = [...words];
  const values = missing.flatMap((flag, index) => {
    const takesAll = flag.isList && index === missing.length - 1;
    const taken = left.splice(0, takesAll ? left.length : 1);
    if (taken.length === 0) throw usageError(`${flag.name} is missing: the tool needs it`, knownHint(flags));
    return taken.map((text) => ({ flag, name: flag.name, text }));
  });
  if (left.length > 0) throw usageError(`"${shortened(left[0]!)}" is too much`, knownHint(flags));
  return values;
}

function ownOption(name: string): CommandOption | undefined {
  const key = name.slice(2);
  return name.startsWith("--") && Object.hasOwn(NATIVE_OPTIONS, key) ? NATIVE_OPTIONS[key] : undefined;
}

function isLeading(name: string): boolean {
  const spec = Object.hasOwn(FLAGS, name)
    ? FLAGS[name]
    : Object.values(FLAGS).find(({ short }) => short !== undefined && short === name);
  return spec?.where === "leading";
}

function unknownFlag(name: string, flags: ToolFlags): HostError {
  if (isLeading(name))
    return usageError(`${name} is no flag of this tool`, `the host's ${name} goes before the plugin`);
  const nested = name.includes(".") ? nestedFlags(flags).map((flag) => flag.name) : [];
  const names = [...flags.spellings.keys(), ...nested, ...Object.keys(NATIVE_OPTIONS).map((one) => `--${one}`)];
  const close = nearest(name, [...names, ...Object.keys(FLAGS)]);
  return usageError(`unknown option ${name}`, close === undefined ? knownHint(flags) : `did you mean ${close}?`);
}

function knownHint({ all }: ToolFlags): string {
  if (all.length === 0) return "the tool has no flags of its own; --args takes a JSON object";
  return `it has: ${shownList(all.map(({ name }) => name))}`;
}

function halves(token: string): [string, string | undefined] {
  const at = token.indexOf("=");
  return at === -1 ? [token, undefined] : [token.slice(0, at), token.slice(at + 1)];
}
