// What is said of data that comes without a word about it: from a native tool, from a command of our own.

import type { OrderedJson } from "../base/ordered-json.ts";
import type { ResponseMeta } from "../protocol/process-plugin.ts";
import { NO_META } from "../terminal/no-meta.ts";

/** A list of objects is a table. An object is one row, unless there are rows somewhere in it: then it is a document. */
export function metaOf(data: OrderedJson): ResponseMeta {
  if (Array.isArray(data)) return data.some(isObject) ? { ...NO_META, format_hint: "table" } : NO_META;
  return holdsRows(data) ? { ...NO_META, preserve_json_document: true } : NO_META;
}

/** The lines of a text as rows. */
export function rowsOfText(text: string): OrderedJson {
  const lines = text.endsWith("\n") ? text.slice(0, -1) : text;
  return lines === "" ? [] : lines.split("\n").map((line) => new Map([["value", line.replace(/\r$/, "")]]));
}

function holdsRows(data: OrderedJson): boolean {
  if (Array.isArray(data)) return (data.length > 0 && data.every(isObject)) || data.some(holdsRows);
  return data instanceof Map && data.values().some(holdsRows);
}

function isObject(value: OrderedJson): boolean {
  return value instanceof Map;
}
