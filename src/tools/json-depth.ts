// How deeply JSON text is nested, without reading it: some readers cannot be asked.

import { JSON_DEPTH_MAX } from "../protocol/limits.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;
const BRACKET_OPEN = 0x5b;
const BRACKET_CLOSE = 0x5d;

/** Whether brackets outside of texts are nested deeper than is read anywhere; stops at the first that is. */
export function isTooDeep(text: string): boolean {
  if (text.length <= JSON_DEPTH_MAX) return false;
  let depth = 0;
  let inText = false;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (inText) {
      if (char === BACKSLASH) at++;
      else if (char === QUOTE) inText = false;
    } else if (char === QUOTE) inText = true;
    else if (char === BRACE_OPEN || char === BRACKET_OPEN) {
      if (++depth > JSON_DEPTH_MAX) return true;
    } else if (char === BRACE_CLOSE || char === BRACKET_CLOSE) depth--;
  }
  return false;
}
