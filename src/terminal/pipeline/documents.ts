// Documents, where verbs work on what is inside: on the arrays of objects, each as if it were a result of its own. What
// stands around them stays; what becomes empty goes.

import type { JsonObject, OrderedJson } from "../../base/ordered-json.ts";
import type { Row } from "../rows.ts";
import { type DocumentFlow, dataOf, isNested, type RowFlow, rowFlowOf } from "./flow.ts";
import type { Place } from "./pipeline-error.ts";
import type { Flow, Run } from "./verb.ts";

interface ListOptions {
  /** Also the arrays inside of the arrays, from the inside out. */
  readonly nested?: boolean;
}

/**
 * What `change`, the stage at `place`, makes of each array of objects in the document. A document that never had any is one
 * row.
 */
export async function onLists(
  { document, hadLists = false }: DocumentFlow,
  run: Run,
  place: Place,
  change: (list: RowFlow) => Flow | Promise<Flow>,
  { nested = false }: ListOptions = {},
): Promise<Flow> {
  const changed = async (rows: readonly OrderedJson[]) => await dataOf(await change(rowFlowOf([...rows])), run, place);
  if (!hasLists(document)) {
    const rows = hadLists || !(document instanceof Map) ? [] : [document];
    const data = (await changed(rows)) as OrderedJson[];
    const isSame = data.length === rows.length && data[0] === rows[0];
    return isSame ? { kind: "document", document } : rowFlowOf(data);
  }
  const visit = async (value: OrderedJson): Promise<OrderedJson> => {
    if (isList(value)) {
      const items = nested ? await mapItems(value, visit) : value;
      return await changed(items);
    }
    if (Array.isArray(value)) return await mapItems(value, visit);
    return value instanceof Map ? await mapMembers(value, visit) : value;
  };
  return { kind: "document", document: await visit(document) };
}

/** An array of objects, and of nothing else. */
export function isList(value: OrderedJson): value is Row[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => item instanceof Map);
}

export function hasLists(value: OrderedJson): boolean {
  if (isList(value)) return true;
  if (Array.isArray(value)) return value.some(hasLists);
  return value instanceof Map && [...value.values()].some(hasLists);
}

/** Whether there is nothing in a value that a stage may have emptied. */
export function isEmpty(value: OrderedJson): boolean {
  if (value === null) return true;
  return Array.isArray(value) ? value.length === 0 : value instanceof Map && value.size === 0;
}

type Change = (value: OrderedJson) => Promise<OrderedJson>;

async function mapItems<T extends OrderedJson>(items: readonly T[], change: Change): Promise<OrderedJson[]> {
  const changed: OrderedJson[] = [];
  for (const item of items) {
    const value = isNested(item) ? await change(item) : item;
    if (!isEmpty(value) || isEmpty(item)) changed.push(value);
  }
  return changed;
}

async function mapMembers(members: JsonObject, change: Change): Promise<JsonObject> {
  const changed: JsonObject = new Map();
  for (const [name, member] of members) {
    const value = isNested(member) ? await change(member) : member;
    if (!isEmpty(value) || isEmpty(member)) changed.set(name, value);
  }
  return changed;
}

/** The items of the outermost arrays of objects. */
export function recordsOf(document: OrderedJson): Row[] {
  const records: Row[] = [];
  const visit = (value: OrderedJson): void => {
    if (isList(value)) for (const item of value) records.push(item);
    else if (Array.isArray(value)) for (const item of value) visit(item);
    else if (value instanceof Map) for (const member of value.values()) visit(member);
  };
  visit(document);
  return records;
}
