// Reads one value of a native tool's flag: what its schema wants it to be, or an error that names the flag as it was typed.
// What a secret was is never part of an error.

import { JsonNumber, type OrderedJson, parseOrderedJson } from "../base/ordered-json.ts";
import type { ToolFlag } from "./native-flags.ts";
import type { ValueKind } from "./native-schema.ts";
import { usageError } from "./usage-error.ts";

const SHOWN_CHOICES_MAX = 20;
const SHOWN_CHARS_MAX = 200;

/**
 * Of a flag that takes many, it may be a list of them, of which the tool's schema says later what is wrong. Throws `usage_invalid`.
 *
 * @param isShown whether the text may be repeated in an error.
 */
export function readValue(flag: ToolFlag, name: string, text: string, isShown: boolean): OrderedJson {
  const { kind, choices, takesMany } = flag;
  const many = takesMany && text.trimStart().startsWith("[") ? READERS.array(text) : undefined;
  if (many !== undefined) return many;
  const given = isShown ? `, not "${shortened(text)}"` : ", and what was given is something else";
  if (choices !== undefined) {
    const chosen = choices.get(text);
    if (chosen !== undefined) return chosen;
    throw usageError(`${name} takes ${shownList([...choices.keys()])}${given}`);
  }
  const value = READERS[kind](text);
  if (value !== undefined) return value;
  throw usageError(`${name} takes ${WORDS[kind]}${takesMany ? ", or a JSON list of such" : ""}${given}`);
}

/** As many as a line may hold. */
export function shownList(texts: readonly string[]): string {
  return texts.slice(0, SHOWN_CHOICES_MAX).join(", ") + (texts.length > SHOWN_CHOICES_MAX ? ", …" : "");
}

export function shortened(text: string): string {
  return text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX).toWellFormed()}…` : text;
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
