// Reads what was typed behind a native tool: its flags, made from its schema, words for what is required, and the options
// that calls of tools have anyway.

import { nearest } from "../base/nearest.ts";
import { JsonNumber, type JsonObject, type OrderedJson, parseOrderedJson } from "../base/ordered-json.ts";
import { HostError } from "../protocol/errors.ts";
import { CALL_OPTIONS } from "./call-options.ts";
import type { CommandOption } from "./command.ts";
import { FLAGS } from "./flag-table.ts";
import { anyFlag, type ToolFlag, type ToolFlags, type ValueKind } from "./native-flags.ts";
import type { FlagOwner } from "./split-line.ts";

/** What every tool has besides its own flags. */
export const NATIVE_OPTIONS: Readonly<Record<string, CommandOption>> = {
  args: { type: "string", value: "JSON", about: 'all arguments as a JSON object; flags come on top; "-" reads stdin' },
  ...CALL_OPTIONS,
};

interface NativeLine {
  /** As `NATIVE_OPTIONS` has them. */
  readonly options: Readonly<Record<string, string | boolean>>;
  /** By property. */
  readonly given: JsonObject;
  readonly words: readonly string[];
}

/** Which tokens belong to the tool and not to the host. */
export function nativeOwner({ spellings }: ToolFlags): FlagOwner {
  return {
    isBuiltIn: true,
    owns(token) {
      const [name] = halves(token);
      const hasValue = token !== name;
      const known = spellings.get(name);
      const own = ownOption(name);
      const takes = known ? known.flag.kind !== "boolean" || known.flag.isList : own?.type === "string";
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
  const given: JsonObject = new Map();
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
    const spelling = flags.spellings.get(name);
    if (spelling !== undefined) {
      const { flag, no } = spelling;
      const isBoolean = flag.kind === "boolean" && !flag.isList;
      // A boolean takes the next word only when it cannot mean anything else.
      const follows = isBoolean ? !no && (next === "true" || next === "false") : next !== undefined && next !== "--";
      const text = inline ?? (follows ? next : undefined);
      if (inline === undefined && follows) at++;
      give(given, flag, name, booleanText(text, { isBoolean, no, name }));
      continue;
    }
    const own = ownOption(name);
    const any = own === undefined && flags.takesAny && !isLeading(name) ? anyFlag(name) : undefined;
    if (any !== undefined) {
      // Nobody says whether it has a value: the next word is it, unless that is a flag.
      const follows = inline === undefined && next !== undefined && !next.startsWith("--");
      give(given, any, name, inline ?? (follows ? next : "true"));
      if (follows) at++;
      continue;
    }
    if (own === undefined) throw unknownFlag(name, flags);
    if (Object.hasOwn(options, name.slice(2))) throw usage(`${name} is there twice`);
    if (own.type === "boolean" && inline !== undefined) throw usage(`${name} takes no value`);
    const value = own.type === "boolean" ? true : (inline ?? next);
    if (value === undefined || value === "--") throw usage(`${name} needs a value`);
    if (own.type === "string" && inline === undefined) at++;
    options[name.slice(2)] = value;
  }
  return { options, given, words };
}

/**
 * Adds the words: each is the value of the next required property that was not given, the rest go to it when it is a list
 * and the last one. Throws `usage_invalid` for what is too much or missing.
 *
 * @param has whether a property was given in another way.
 */
export function fillRequired(
  { given, words }: NativeLine,
  flags: ToolFlags,
  has: (property: string) => boolean,
): JsonObject {
  const filled: JsonObject = new Map(given);
  const missing = flags.all.filter(({ property, isRequired }) => isRequired && !filled.has(property) && !has(property));
  const left = [...words];
  for (const [index, flag] of missing.entries()) {
    const takesAll = flag.isList && index === missing.length - 1;
    const taken = left.splice(0, takesAll ? left.length : 1);
    for (const word of taken) give(filled, flag, flag.name, word);
  }
  if (left.length > 0) throw usage(`"${left[0]}" is too much`, knownHint(flags));
  const first = missing.find(({ property }) => !filled.has(property));
  if (first !== undefined) throw usage(`${first.name} is missing: the tool needs it`, knownHint(flags));
  return filled;
}

function booleanText(
  text: string | undefined,
  { isBoolean, no, name }: { isBoolean: boolean; no: boolean; name: string },
): string | undefined {
  if (no && text !== undefined) throw usage(`${name} takes no value`);
  return isBoolean && text === undefined ? String(!no) : text;
}

function give(given: JsonObject, flag: ToolFlag, name: string, text: string | undefined): void {
  if (text === undefined) throw usage(`${name} needs a value`);
  const value = readValue(flag, name, text);
  if (flag.isList) {
    const list = given.get(flag.property);
    if (Array.isArray(list)) list.push(value);
    else given.set(flag.property, [value]);
    return;
  }
  if (given.has(flag.property)) throw usage(`${name} is there twice`);
  given.set(flag.property, value);
}

const SHOWN_CHOICES_MAX = 20;
const SHOWN_CHARS_MAX = 200;

function readValue({ kind, choices }: ToolFlag, name: string, text: string): OrderedJson {
  const shown = text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX).toWellFormed()}…` : text;
  if (choices !== undefined) {
    const chosen = choices.get(text);
    if (chosen !== undefined) return chosen;
    const known = [...choices.keys()];
    const more = known.length > SHOWN_CHOICES_MAX ? ", …" : "";
    throw usage(`${name} takes ${known.slice(0, SHOWN_CHOICES_MAX).join(", ")}${more}, not "${shown}"`);
  }
  const value = READERS[kind](text);
  if (value !== undefined) return value;
  throw usage(`${name} takes ${WORDS[kind]}, not "${shown}"`);
}

const WORDS: Readonly<Record<ValueKind, string>> = {
  text: "text",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  object: "a JSON object",
  array: "a JSON list",
  any: "a value",
};

/** Numbers keep the digits that were typed. */
const READERS: Readonly<Record<ValueKind, (text: string) => OrderedJson | undefined>> = {
  text: (text) => (text.isWellFormed() ? text : undefined),
  number: (text) => (/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text) ? new JsonNumber(text) : undefined),
  integer: (text) => (/^-?(?:0|[1-9]\d*)$/.test(text) ? new JsonNumber(text) : undefined),
  boolean: (text) => (text === "true" ? true : text === "false" ? false : undefined),
  object: (text) => jsonWhere(text, (value) => value instanceof Map),
  array: (text) => jsonWhere(text, (value) => Array.isArray(value)),
  any(text) {
    const value = jsonWhere(text, () => true);
    return value === undefined ? READERS.text(text) : value;
  },
};

function jsonWhere(text: string, isRight: (value: OrderedJson) => boolean): OrderedJson | undefined {
  try {
    const value = parseOrderedJson(text);
    return isRight(value) ? value : undefined;
  } catch {
    return undefined;
  }
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
  if (isLeading(name)) return usage(`${name} is no flag of this tool`, `the host's ${name} goes before the plugin`);
  const names = [...flags.spellings.keys(), ...Object.keys(NATIVE_OPTIONS).map((one) => `--${one}`)];
  const close = nearest(name, [...names, ...Object.keys(FLAGS)]);
  return usage(`unknown option ${name}`, close === undefined ? knownHint(flags) : `did you mean ${close}?`);
}

function knownHint({ all }: ToolFlags): string {
  if (all.length === 0) return "the tool has no flags of its own; --args takes a JSON object";
  const names = all.slice(0, SHOWN_CHOICES_MAX).map(({ name }) => name);
  return `it has: ${names.join(", ")}${all.length > SHOWN_CHOICES_MAX ? ", …" : ""}`;
}

function halves(token: string): [string, string | undefined] {
  const at = token.indexOf("=");
  return at === -1 ? [token, undefined] : [token.slice(0, at), token.slice(at + 1)];
}

function usage(message: string, hint?: string): HostError {
  return new HostError("usage_invalid", message, hint === undefined ? {} : { hint });
}
