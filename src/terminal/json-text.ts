// The format `json`: one document, for people over several lines.

import { formatOrderedJson, type OrderedJson } from "../base/ordered-json.ts";
import { JSON_INDENT_CHARS_MAX } from "../protocol/limits.ts";

const INDENT = 2;

/**
 * The document with a line break. Data that is nested so deeply that mostly spaces would be printed is written on one
 * line; it would not fit into memory otherwise.
 *
 * @param margin spaces in front of every line.
 */
export function jsonText(document: OrderedJson, { margin = 0 }: { margin?: number } = {}): string {
  if (indentChars(document, margin, JSON_INDENT_CHARS_MAX) > JSON_INDENT_CHARS_MAX) {
    return jsonLine(document);
  }
  const before = " ".repeat(margin);
  const text = before + formatOrderedJson(document, INDENT);
  return `${margin === 0 ? text : text.replaceAll("\n", `\n${before}`)}\n`;
}

/** The document on one line of its own. */
export function jsonLine(document: OrderedJson): string {
  return `${formatOrderedJson(document)}\n`;
}

/** How many spaces stand in front of the lines of a value, as far as it is not more than `most`. */
function indentChars(value: OrderedJson, before: number, most: number): number {
  const members = value instanceof Map ? value.values() : Array.isArray(value) ? value : undefined;
  let chars = before;
  if (members === undefined) return chars;
  for (const member of members) {
    if (chars > most) break;
    chars += before + INDENT + indentChars(member, before + INDENT, most);
  }
  return chars;
}
