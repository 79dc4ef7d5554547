// What `P` makes of a row: its members as they were asked for, in that order. A path through an array gives a column
// that has its items one below the other, so that the row becomes several.

import type { OrderedJson } from "../../base/ordered-json.ts";
import type { HostError } from "../../protocol/errors.ts";
import type { Row } from "../rows.ts";
import { crossesArray } from "./filter-at-path.ts";
import { hasLeafBelow, leavesNamed, nameTest, segmentsOf } from "./flat-keys.ts";
import { type Mask, masked, masksBelow, stepsMask, unmasked } from "./mask.ts";
import { type Key, type PathKey, valuesAtSteps } from "./paths.ts";
import { type Place, pipelineError, refuseCopies } from "./pipeline-error.ts";

export interface Projection {
  /** In the order in which they were written. */
  readonly keepers: readonly Key[];
  readonly droppers: readonly Key[];
}

/** Rows in which nothing is left are left out. */
export function projectRow(row: Row, { keepers, droppers }: Projection): Row[] {
  const left = droppers.length === 0 ? row : withoutKeys(row, droppers);
  const rows = keepers.length === 0 ? [left] : keptColumns(left, keepers);
  return rows.filter(({ size }) => size > 0);
}

/** The label of the column that the path makes; undefined unless it goes through an array whatever the data is. */
export function columnOf(key: PathKey): string | undefined {
  return key.names === undefined ? labelOfPath(key) : undefined;
}

/** The last name in the path. */
function labelOfPath({ steps }: PathKey): string {
  const last = steps.findLast((step) => step.kind === "name");
  return last?.kind === "name" ? last.name : "value";
}

export function clashError(place: Place, label: string): HostError {
  const message = `there would be two columns named "${label}"`;
  return pipelineError(
    place,
    message,
    "write one of them in a pipeline of its own, or keep it nested with its bare name",
  );
}

function withoutKeys(row: Row, droppers: readonly Key[]): Row {
  let left: OrderedJson | undefined = row;
  for (const key of droppers) if (left !== undefined) left = unmasked(left, maskOf(left as Row, key));
  return (left as Row | undefined) ?? new Map();
}

/** What a key means in this row. */
export function maskOf(row: Row, key: Key): Mask {
  if (key.kind === "path") return stepsMask(key.steps);
  if (row.has(key.name)) return { kind: "steps", steps: [{ kind: "name", name: key.name }] };
  return { kind: "names", fits: nameTest(row, key.name, key.exactness) };
}

/** A member that stays as it is, or a column with an item for each row that is made. */
type Slot =
  | { readonly kind: "member"; readonly name: string }
  | { readonly kind: "column"; readonly name: string; readonly items: readonly OrderedJson[]; readonly place: Place };

function keptColumns(row: Row, keepers: readonly Key[]): Row[] {
  const single = singleMembers(row, keepers);
  if (single !== undefined) return [single];
  const masks: Mask[] = [];
  const slots: Slot[] = [];
  for (const key of keepers) {
    if (key.kind === "path" && (columnOf(key) !== undefined || crossesArray(row, key.steps))) {
      slots.push({ kind: "column", name: labelOfPath(key), items: valuesAtSteps(row, key.steps), place: key.word });
    } else {
      const mask = maskOf(row, key);
      masks.push(mask);
      for (const name of namesIn(row, mask)) slots.push({ kind: "member", name });
    }
  }
  const members = (masked(row, masks) ?? new Map()) as Row;
  refuseClashes(slots);
  return fannedOut(slots, members, keepers[0]!.word);
}

function refuseClashes(slots: readonly Slot[]): void {
  for (const slot of slots) {
    const isClash = slot.kind === "column" && slots.some((other) => other !== slot && other.name === slot.name);
    if (isClash) throw clashError(slot.place, slot.name);
  }
}

/**
 * The row of the keepers, where each leads to one member, or from object to object to one value, and no two into the
 * same object: the usual case, and the quick one.
 */
function singleMembers(row: Row, keepers: readonly Key[]): Row | undefined {
  const kept: Row = new Map();
  for (const key of keepers) {
    const value = key.kind === "bare" ? row.get(key.name) : undefined;
    if (key.kind === "bare" && value !== undefined) {
      if (kept.has(key.name) && kept.get(key.name) !== value) return undefined;
      kept.set(key.name, value);
      continue;
    }
    const names = namesTo(row, key);
    if (names === undefined) return undefined;
    const [first] = names;
    if (first === undefined) continue;
    if (kept.has(first)) return undefined;
    kept.set(first, nestedIn(row, names));
  }
  return kept;
}

/** The names that lead to the only value of the key; none where there is no such value, undefined where there may be several. */
function namesTo(row: Row, key: Key): readonly string[] | undefined {
  if (key.kind === "bare") {
    const leaves = leavesNamed(row, key.name, key.exactness);
    const segments = leaves.length === 0 ? [] : segmentsOf(leaves[0]!.key);
    return leaves.length > 1 || !segments.every(isText) ? undefined : segments;
  }
  const { names, steps } = key;
  if (names === undefined || crossesArray(row, steps)) return undefined;
  return valuesAtSteps(row, steps).length === 0 ? [] : names;
}

function isText(segment: string | number): segment is string {
  return typeof segment === "string";
}

/** The first member on the way, with nothing in it but the way. */
function nestedIn(row: Row, [name, ...names]: readonly string[]): OrderedJson {
  const member = row.get(name!)!;
  return names.length === 0 ? member : new Map([[names[0]!, nestedIn(member as Row, names)]]);
}

/** The members of the row of which the mask means anything. */
function namesIn(row: Row, mask: Mask): string[] {
  const names: string[] = [];
  for (const [name, member] of row) {
    const [below] = masksBelow([mask], name);
    if (below === undefined) continue;
    const isMeant = below.kind === "names" ? hasLeafBelow(member, below.fits) : masked(member, [below]) !== undefined;
    if (isMeant) names.push(name);
  }
  return names;
}

function fannedOut(slots: readonly Slot[], members: Row, place: Place): Row[] {
  const lengths = slots.flatMap((slot) => (slot.kind === "column" ? [slot.items.length] : []));
  const count = lengths.reduce((most, length) => Math.max(most, length), members.size > 0 ? 1 : 0);
  refuseCopies(count, slots.length, place);
  return Array.from({ length: count }, (_, at) => {
    const row: Row = new Map();
    for (const slot of slots) {
      if (slot.kind === "column") putItem(row, slot.name, slot.items[at]);
      else if (!row.has(slot.name)) row.set(slot.name, members.get(slot.name)!);
    }
    return row;
  });
}

/** Objects give their members; what is there already stays. */
function putItem(row: Row, label: string, item: OrderedJson | undefined): void {
  if (!(item instanceof Map)) row.set(label, item ?? null);
  else for (const [name, member] of item) if (!row.has(name)) row.set(name, member);
}
