// How large a JSON text is inside, before it is parsed: what is too deep for a recursive reader, or so much that its
// mistakes alone would fill the memory, is not even built.

import { JSON_DEPTH_MAX } from "./limits.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const ARRAY_START = 0x5b;
const ARRAY_END = 0x5d;
const OBJECT_START = 0x7b;
const OBJECT_END = 0x7d;

interface JsonBounds {
  readonly depthMax: number;
  readonly valuesMax: number;
}

/**
 * Which bound a text goes beyond, if any. Each value is counted, an empty list or object as two. The text need not be
 * valid JSON; then the answer is a guess, and parsing it fails anyway.
 */
export function jsonBeyond(text: string, { depthMax, valuesMax }: JsonBounds): "depth" | "values" | undefined {
  let depth = 0;
  let values = 1;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) at = endOfJsonText(text, at);
    else if (char === ARRAY_END || char === OBJECT_END) depth--;
    else if (char === COMMA) values++;
    else if (char === ARRAY_START || char === OBJECT_START) {
      depth++;
      values++; // The first one inside has no comma in front.
    }
    if (depth > depthMax) return "depth";
    if (values > valuesMax) return "values";
  }
  return undefined;
}

/** Whether brackets are nested deeper than is read anywhere. */
export function isTooDeep(text: string): boolean {
  if (text.length <= JSON_DEPTH_MAX) return false;
  return jsonBeyond(text, { depthMax: JSON_DEPTH_MAX, valuesMax: Number.POSITIVE_INFINITY }) === "depth";
}

/** The place of the quote that ends the text which begins at `start`; the end of the whole when there is none. */
export function endOfJsonText(json: string, start: number): number {
  for (let end = start; ; ) {
    end = json.indexOf('"', end + 1);
    if (end === -1) return json.length;
    if (json.charCodeAt(end - 1) !== BACKSLASH) return end;
    let before = end - 1;
    while (json.charCodeAt(before) === BACKSLASH) before--;
    if ((end - before) % 2 === 1) return end;
  }
}

/** Whether JSON allows this character between its parts. */
export function isJsonSpace(char: number): boolean {
  return char === 0x20 || char === 0x0a || char === 0x0d || char === 0x09;
}
