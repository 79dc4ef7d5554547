// Finds an object in a JSON text that has two members of one name. JSON.parse keeps the last of them, other readers the
// first: what one of them checked is not what the other one works with.

import { boundedWork, WorkTooSlow } from "../base/bounded-work.ts";
import { endOfJsonText, isJsonSpace } from "../protocol/json-bounds.ts";
import { ARGUMENT_CHECK_WHOLE_MS_MAX } from "../protocol/limits.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const ARRAY_START = 0x5b;
const ARRAY_END = 0x5d;
const OBJECT_START = 0x7b;
const OBJECT_END = 0x7d;

/**
 * The way to the first member whose name its object has already, from the outside in; nothing when there is none. That
 * there is one shows in the numbers of members, which are counted fast: only then names are looked at. The way is empty
 * when there are so many that the one was not found in time.
 *
 * @param text valid JSON, and not nested too deeply.
 * @param value what JSON.parse made of it.
 */
export function repeatedMember(text: string, value: unknown): readonly (string | number)[] | undefined {
  const written = membersWritten(text);
  if (written < 2 || written === membersOf(value)) return undefined;
  try {
    return boundedWork(ARGUMENT_CHECK_WHOLE_MS_MAX, () => wayToRepeated(text));
  } catch (error) {
    if (!(error instanceof WorkTooSlow)) throw error;
    return [];
  }
}

/** Members of all objects in a text: each has a colon, and there are no others outside of texts. */
function membersWritten(text: string): number {
  let members = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) at = endOfJsonText(text, at);
    else if (char === COLON) members++;
  }
  return members;
}

/** Members of all objects in a value from JSON: all that can be enumerated is their own. */
function membersOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  let members = 0;
  if (Array.isArray(value)) {
    for (const item of value) members += membersOf(item);
  } else {
    for (const name in value) members += 1 + membersOf((value as Readonly<Record<string, unknown>>)[name]);
  }
  return members;
}

/** What is open at a place in the text: an object with the names it has so far, or a list; and where in it that is. */
interface Level {
  readonly names: Set<string> | undefined;
  at: string | number;
}

function wayToRepeated(text: string): (string | number)[] {
  const open: Level[] = [];
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    const level = open.at(-1);
    if (char === OBJECT_START) open.push({ names: new Set(), at: "" });
    else if (char === ARRAY_START) open.push({ names: undefined, at: 0 });
    else if (char === OBJECT_END || char === ARRAY_END) open.pop();
    else if (char === COMMA && typeof level?.at === "number") level.at++;
    else if (char === QUOTE) {
      const end = endOfJsonText(text, at);
      if (level?.names !== undefined && isName(text, end)) {
        level.at = JSON.parse(text.slice(at, end + 1)) as string;
        if (level.names.has(level.at)) return open.map((one) => one.at);
        level.names.add(level.at);
      }
      at = end;
    }
  }
  return [];
}

/** Whether the text that ends at this quote names a member. */
function isName(text: string, end: number): boolean {
  let at = end + 1;
  while (isJsonSpace(text.charCodeAt(at))) at++;
  return text.charCodeAt(at) === COLON;
}
