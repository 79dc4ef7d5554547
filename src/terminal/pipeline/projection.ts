// What `P` makes of a row: its members as they were asked for, in that order. A path through an array gives a column
// that has its items one below the other, so that the row becomes several.

import type { OrderedJson } from "../../base/ordered-json.ts";
import type { HostError } from "../../protocol/errors.ts";
import type { Row } from "../rows.ts";
import { crossesArray } from "./filter-at-path.ts";
import { hasLeafBelow, leavesNamed, nameTest, segmentsOf } from "./flat-keys.ts";
import { type Mask, masked, masksBelow, stepsMask, unmasked } from "./mask.ts";
import { NamesIn } from "./names-in.ts";
import { type Key, type PathKey, valuesAtSteps } from "./paths.ts";
import { type Place, pipelineError, refuseCopies } from "./pipeline-error.ts";

export interface Projection {
  /** In the order in which they were written. */
  readonly keepers: readonly Key[];
  readonly droppers: readonly Key[];
}

/** What is made of one row after the other. Rows in which nothing is left are left out. */
export function rowProjection({ keepers, droppers }: Projection): (row: Row) => Iterable<Row> {
  const absentKeepers = new NamesIn(keepers);
  const absentDroppers = new NamesIn(droppers);
  return (row) => {
    const left = droppers.length === 0 ? row : withoutKeys(row, droppers, absentDroppers);
    if (keepers.length === 0) return left.size > 0 ? [left] : [];
    return keptColumns(left, keepers, absentKeepers);
  };
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

function withoutKeys(row: Row, droppers: readonly Key[], names: NamesIn): Row {
  let left: Row = row;
  for (const key of droppers) {
    if (key.kind === "bare" && left.has(key.name)) {
      // The first takes a copy, which the others may change.
      if (left === row) left = new Map(row);
      left.delete(key.name);
    } else if (key.kind === "path" || !names.absent(row).has(key)) {
      left = (unmasked(left, maskOf(left, key)) as Row | undefined) ?? new Map();
    }
  }
  return left;
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

function keptColumns(row: Row, keepers: readonly Key[], names: NamesIn): Iterable<Row> {
  const single = singleMembers(row, keepers, names);
  if (single !== undefined) return single.size > 0 ? [single] : [];
  const masks: Mask[] = [];
  const slots: Slot[] = [];
  const absent = names.absent(row);
  for (const key of keepers) {
    if (absent.has(key)) continue;
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
  const counts = new Map<string, number>();
  for (const { name } of slots) counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const slot of slots) {
    if (slot.kind === "column" && counts.get(slot.name) !== 1) throw clashError(slot.place, slot.name);
  }
}

/**
 * The row of the keepers, where each leads to one member, or from object to object to one value, and no two into the
 * same object: the usual case, and the quick one.
 */
function singleMembers(row: Row, keepers: readonly Key[], absent: NamesIn): Row | undefined {
  const kept: Row = new Map();
  for (const key of keepers) {
    const value = key.kind === "bare" ? row.get(key.name) : undefined;
    if (key.kind === "bare" && value !== undefined) {
      if (kept.has(key.name) && kept.get(key.name) !== value) return undefined;
      kept.set(key.name, value);
      continue;
    }
    if (key.kind === "bare" && absent.absent(row).has(key)) continue;
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

function* fannedOut(slots: readonly Slot[], members: Row, place: Place): Iterable<Row> {
  const lengths = slots.flatMap((slot) => (slot.kind === "column" ? [slot.items.length] : []));
  const count = lengths.reduce((most, length) => Math.max(most, length), members.size > 0 ? 1 : 0);
  refuseCopies(count, slots.length, place);
  for (let at = 0; at < count; at++) {
    const row: Row = new Map();
    for (const slot of slots) {
      if (slot.kind === "column") putItem(row, slot.name, slot.items[at]);
      else if (!row.has(slot.name)) row.set(slot.name, members.get(slot.name)!);
    }
    if (row.size > 0) yield row;
  }
}

/** Objects give their members; what is there already stays. */
function putItem(row: Row, label: string, item: OrderedJson | undefined): void {
  if (!(item instanceof Map)) row.set(label, item ?? null);
  else for (const [name, member] of item) if (!row.has(name)) row.set(name, member);
}
