// Values as text: how a value typed on a command line is read, and how one is printed or handed to a plugin.

import type { ConfigScalar, ConfigValue } from "./config.ts";
import { keySpec } from "./schema.ts";

/**
 * The value that a text on the command line stands for. For a key with a type that is the text itself, which the type's
 * check then reads. A key of the user's own keeps the text too, unless it is exactly how TOML writes a boolean, a number or a
 * list: `true`, `12`, `0.5`, `[1, "a"]`. What would print differently (`1.10`, `007`, `1_000`) stays the text it is, and
 * text in quotes is always text: `"true"`.
 */
export function parseValueText(key: string, text: string): ConfigValue {
  if (keySpec(key)?.type !== "any") return text;
  const trimmed = text.trim();
  if (trimmed.startsWith("[") && trimmed.endsWith("]")) return parseTypedList(trimmed) ?? text;
  return parseScalar(trimmed) ?? text;
}

/** The items of `[a,b]` or `a,b`; quotes around an item keep its commas. Blank text is the empty list. */
export function parseListText(text: string): readonly string[] {
  const trimmed = text.trim();
  const inner = trimmed.startsWith("[") && trimmed.endsWith("]") ? trimmed.slice(1, -1) : trimmed;
  return splitItems(inner).map((item) => unquoted(item) ?? item);
}

/** A value as text: texts as they are, lists as compact JSON, in which whole numbers keep all their digits. */
export function valueText(value: ConfigValue): string {
  return Array.isArray(value) ? `[${value.map(jsonScalar).join(",")}]` : String(value);
}

function jsonScalar(value: ConfigScalar): string {
  return typeof value === "bigint" ? String(value) : JSON.stringify(value);
}

function parseTypedList(text: string): ConfigValue | undefined {
  const items = splitItems(text.slice(1, -1)).map(parseScalar);
  return items.every((item) => item !== undefined) ? items : undefined;
}

function parseScalar(text: string): ConfigScalar | undefined {
  if (text === "true" || text === "false") return text === "true";
  if (/^-?(0|[1-9]\d{0,18})$/.test(text)) return exactInteger(text);
  if (/^-?(0|[1-9]\d*)\.\d+$/.test(text) && String(Number(text)) === text) return Number(text);
  return unquoted(text);
}

function exactInteger(text: string): ConfigScalar | undefined {
  const big = BigInt(text);
  if (String(big) !== text || BigInt.asIntN(64, big) !== big) return undefined;
  return Number.isSafeInteger(Number(big)) ? Number(big) : big;
}

function unquoted(text: string): string | undefined {
  if (text.length < 2 || text.at(0) !== text.at(-1)) return undefined;
  const inner = text.slice(1, -1);
  if (text.startsWith("'")) return inner.includes("'") ? undefined : inner;
  if (!text.startsWith('"')) return undefined;
  try {
    return JSON.parse(text) as string;
  } catch {
    return undefined; // Not JSON's escapes: then the quotes are part of the text.
  }
}

/** Between commas outside quotes; blank items are left out. A quote that nothing closes is a character like any other. */
function splitItems(text: string): string[] {
  const items: string[] = [];
  let start = 0;
  for (let at = 0; at <= text.length; at++) {
    const sign = text[at];
    if (sign === undefined || sign === ",") {
      items.push(text.slice(start, at).trim());
      start = at + 1;
    } else if ((sign === '"' || sign === "'") && text.slice(start, at).trim() === "") {
      at = closingQuote(text, at) ?? at;
    }
  }
  return items.filter((item) => item !== "");
}

function closingQuote(text: string, open: number): number | undefined {
  const quote = text[open];
  for (let at = open + 1; at < text.length; at++) {
    if (text[at] === quote) return at;
    if (text[at] === "\\" && quote === '"') at++;
  }
  return undefined;
}
