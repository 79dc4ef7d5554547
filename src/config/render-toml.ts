// Keys and values as TOML writes them.

import type { ConfigScalar, ConfigValue } from "./config.ts";

/** A dotted key; parts that are more than letters, digits, `-` and `_` are quoted. */
export function renderKey(parts: readonly string[]): string {
  return parts.map((part) => (/^[A-Za-z0-9_-]+$/.test(part) ? part : basicString(part))).join(".");
}

/** A value on one line; a text in single quotes when that is wished and can be. */
export function renderValue(value: ConfigValue, wish: { literal?: boolean } = {}): string {
  if (Array.isArray(value)) return `[${value.map((item) => renderScalar(item)).join(", ")}]`;
  return renderScalar(value as ConfigScalar, wish.literal);
}

/** Control characters but the tab, and halves of surrogate pairs: what a text may hold only with escapes, or not at all. */
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f]/;

function renderScalar(value: ConfigScalar, literal = false): string {
  if (typeof value === "string") {
    return literal && !value.includes("'") && !CONTROL.test(value) ? `'${value}'` : basicString(value);
  }
  if (Number.isNaN(value)) return "nan";
  return String(value).replace("Infinity", "inf");
}

/** JSON writes texts the same way, but for DEL. */
function basicString(text: string): string {
  return JSON.stringify(text).replaceAll("\u007f", "\\u007F");
}
