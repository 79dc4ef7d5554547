// The leaves of a row, each with the key that leads there: `x.y[0].z`. That is where bare names are looked for. Empty arrays
// and objects have no leaves.

import type { OrderedJson } from "../../base/ordered-json.ts";
import type { Row } from "../rows.ts";

/** A place in a row, linked upwards: a list of names for each would cost their depth times their number. */
export interface FlatKey {
  readonly parent: FlatKey | undefined;
  /** The name of a member, or the place in an array. */
  readonly segment: string | number;
}

export interface Leaf {
  readonly key: FlatKey;
  readonly value: OrderedJson;
}

/** How a bare name has to fit a key: `loose` also finds it as a part of one. */
export type Exactness = "loose" | "ignoring case" | "exact";

/**
 * The leaves that a name means, in the order of the data: those below a member of that name, and where there are none
 * and the search is loose, those whose key has the name as a part.
 */
export function leavesNamed(row: Row, name: string, exactness: Exactness): Leaf[] {
  const folded = name.toLowerCase();
  const found = leavesBelow(row, exactName(name, folded, exactness));
  if (found.length > 0 || exactness !== "loose") return found;
  return leavesBelow(row, (segment) => segment.toLowerCase().includes(folded));
}

/** Whether a member's name is the one that is meant in this row. */
export function nameTest(row: Row, name: string, exactness: Exactness): (segment: string) => boolean {
  const folded = name.toLowerCase();
  const isName = exactName(name, folded, exactness);
  if (exactness !== "loose" || hasLeafBelow(row, isName)) return isName;
  return (segment) => segment.toLowerCase().includes(folded);
}

function exactName(name: string, folded: string, exactness: Exactness): (segment: string) => boolean {
  if (exactness === "exact") return (segment) => segment === name;
  return (segment) => segment === name || segment.toLowerCase() === folded;
}

/** Whether there is a leaf below a member that fits. */
export function hasLeafBelow(value: OrderedJson, fits: (segment: string) => boolean, isFound = false): boolean {
  if (Array.isArray(value)) return value.some((item) => hasLeafBelow(item, fits, isFound));
  if (!(value instanceof Map)) return isFound;
  for (const [name, member] of value) if (hasLeafBelow(member, fits, isFound || fits(name))) return true;
  return false;
}

function leavesBelow(row: Row, fits: (segment: string) => boolean): Leaf[] {
  const found: Leaf[] = [];
  const visit = (value: OrderedJson, parent: FlatKey | undefined, isFound: boolean): void => {
    if (value instanceof Map) {
      for (const [segment, member] of value) visit(member, { parent, segment }, isFound || fits(segment));
    } else if (Array.isArray(value)) {
      for (const [segment, item] of value.entries()) visit(item, { parent, segment }, isFound);
    } else if (isFound) found.push({ key: parent!, value });
  };
  visit(row, undefined, false);
  return found;
}

function partText(segment: string | number): string {
  return typeof segment === "number" ? `[${segment}]` : segment;
}

/** Names and places from the top down. */
export function segmentsOf(key: FlatKey): (string | number)[] {
  const segments: (string | number)[] = [];
  for (let at: FlatKey | undefined = key; at !== undefined; at = at.parent) segments.push(at.segment);
  return segments.reverse();
}

/** `x.y[0].z` */
export function keyText(key: FlatKey): string {
  let text = "";
  for (const segment of segmentsOf(key)) {
    text += typeof segment === "string" && text !== "" ? `.${segment}` : partText(segment);
  }
  return text;
}
