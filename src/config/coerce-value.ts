// Brings a value into the type that its key has, and says in plain words why one does not fit.

import { CONFIG_TEXT_CHARS_MAX } from "../protocol/limits.ts";
import type { ConfigScalar, ConfigValue } from "./config.ts";
import { type KeySpec, keySpec } from "./schema.ts";
import { parseListText } from "./value-text.ts";

/** The value, or what is wrong with it: a text that goes on after the key's name, such as `must be true or false`. */
export type Coerced = { readonly value: ConfigValue } | { readonly problem: string; readonly shown?: string };

const SHOWN_CHARS_MAX = 60;
const INT64_MAX = 2n ** 63n - 1n;

/**
 * The value as the key's type has it; texts stand for what they spell (`"true"`, `"12"`, `"a,b"`). A key that is not
 * known, or that cannot be set, does not fit either. In a problem, `shown` is the value that was found, for who may see it.
 */
export function coerceValue(key: string, value: ConfigValue): Coerced {
  const spec = keySpec(key);
  if (spec === undefined) return { problem: "is not a known key" };
  if (spec.isReadOnly) return { problem: "is computed and cannot be set" };
  return withinBounds(value) ?? coerceTo(spec, value);
}

function coerceTo(spec: KeySpec, value: ConfigValue): Coerced {
  switch (spec.type) {
    case "any":
      return { value };
    case "bool":
      return toBool(value);
    case "int":
      return toInt(value, 0, spec.max);
    case "positive int":
      return toInt(value, 1, spec.max);
    case "list":
      return toList(value);
    case "string":
      return toText(spec, value);
  }
}

function withinBounds(value: ConfigValue): Coerced | undefined {
  // An item of a list counts even when it is empty: lists cost by their items, too.
  const chars = isList(value) ? value.reduce<number>((sum, item) => sum + charsOf(item) + 1, 0) : charsOf(value);
  if (chars > CONFIG_TEXT_CHARS_MAX) return { problem: `must have at most ${CONFIG_TEXT_CHARS_MAX} characters` };
  const items = isList(value) ? value : [value];
  if (items.some((item) => typeof item === "string" && !item.isWellFormed()))
    return { problem: "must be Unicode text" };
  const big = items.find((item) => typeof item === "bigint");
  if (big !== undefined && (big > INT64_MAX || big < -INT64_MAX - 1n)) return { problem: "must fit into 64 bits" };
  return undefined;
}

function charsOf(value: ConfigScalar): number {
  return typeof value === "string" ? value.length : 1;
}

function toBool(value: ConfigValue): Coerced {
  if (typeof value === "boolean") return { value };
  const word = typeof value === "string" ? value.trim().toLowerCase() : "";
  if (word === "true" || word === "false") return { value: word === "true" };
  return wrong("must be true or false", value);
}

function toInt(value: ConfigValue, min: number, max = Number.MAX_SAFE_INTEGER): Coerced {
  const range = max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `from ${min} to ${max}`;
  const problem = `must be a whole number, ${range}`;
  const isSpelled = typeof value === "string" && /^\s*[+-]?\d{1,16}\s*$/.test(value);
  const number = typeof value === "number" || isSpelled ? Number(value) : Number.NaN;
  return Number.isSafeInteger(number) && number >= min && number <= max ? { value: number } : wrong(problem, value);
}

function toList(value: ConfigValue): Coerced {
  const list = typeof value === "string" ? parseListText(value) : value;
  if (isList(list) && list.every((item) => typeof item === "string")) return { value: list };
  return wrong("must be a list of texts", value);
}

function toText(spec: KeySpec, value: ConfigValue): Coerced {
  const takesNumbers = spec.allowed?.includes("<number>") === true;
  const text = takesNumbers && typeof value === "number" ? String(value) : value;
  if (typeof text !== "string") return wrong("must be a text, in quotes", value);
  if (spec.isNotBlank && text.trim() === "") return { problem: "must not be blank" };
  if (spec.allowed === undefined) return { value: text };
  const word = text.trim().toLowerCase();
  if (takesNumbers && /^\d{1,3}$/.test(word)) return { value: word };
  const same = spec.sameAs && Object.hasOwn(spec.sameAs, word) ? spec.sameAs[word] : word;
  if (same !== undefined && spec.allowed.includes(same) && same !== "<number>") return { value: same };
  return wrong(`must be one of ${spec.allowed.join(", ")}`, value);
}

function wrong(problem: string, value: ConfigValue): Coerced {
  if (isList(value)) return { problem, shown: "a list" };
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return { problem, shown: text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX)}…` : text };
}

/** `Array.isArray` for lists that nobody may write to. */
function isList(value: ConfigValue): value is readonly ConfigScalar[] {
  return Array.isArray(value);
}
