// `VALUE`: only the values, each as a row of its own.

import type { OrderedJson } from "../../../base/ordered-json.ts";
import { membersOf } from "../../groups.ts";
import type { Row } from "../../rows.ts";
import { changed } from "../batches.ts";
import { onLists, recordsOf } from "../documents.ts";
import type { RowFlow } from "../flow.ts";
import { expanded, type Key, leadsFromTop, parseKey, valuesAt } from "../paths.ts";
import { headOf } from "../select.ts";
import { listItems, type StageWords, withoutPrefix } from "../stage-words.ts";
import type { CompiledVerb, Flow, Rows } from "../verb.ts";

export function compileValues({ words, place }: StageWords): CompiledVerb {
  const keys = listItems(words).map((item) => parseKey(withoutPrefix(item, ["==", "="]).word, "exact"));
  return {
    keepsHint: false,
    apply(flow, run) {
      if (flow.kind !== "document") return ofFlow(flow, keys);
      const { document } = flow;
      const records = recordsOf(document);
      const isInLists = (key: Key) =>
        !leadsFromTop(document, key) && records.some((record) => valuesAt(record, key).length > 0);
      if (keys.every(isInLists)) return onLists(flow, run, place, (list) => ofFlow(list, keys));
      if (!(document instanceof Map)) return { kind: "rows", rows: [] };
      const ofKey = (key: Key) => (isInLists(key) ? records : [document]).flatMap((row) => valuesIn(row, [key]));
      return { kind: "rows", rows: [valueRows(keys.flatMap(ofKey))] };
    },
  };
}

function ofFlow(flow: RowFlow, keys: readonly Key[]): Flow {
  if (flow.kind === "rows") {
    return { kind: "rows", rows: changed(flow.rows, (row) => valueRows(wanted(row, keys))) };
  }
  return { kind: "rows", rows: valuesOfGroups(flow, keys) };
}

/** What a group's rows have in common is given once where it is asked for. */
function* valuesOfGroups({ groups }: Extract<RowFlow, { kind: "groups" }>, keys: readonly Key[]): Rows {
  for (const batch of groups) {
    for (const group of batch) {
      if (keys.length === 0) yield* changed([membersOf(group)], (member) => valueRows(wanted(member, keys)));
      else {
        const head = headOf(group);
        const inHead = keys.filter((key) => valuesAt(head, key).length > 0);
        yield valueRows(valuesIn(head, inHead));
        const inRows = keys.filter((key) => !inHead.includes(key));
        if (inRows.length > 0) yield* changed([group.rows], (row) => valueRows(valuesIn(row, inRows)));
      }
    }
  }
}

/** Without keys, everything. */
function wanted(row: Row, keys: readonly Key[]): readonly OrderedJson[] {
  return keys.length === 0 ? expanded([...row.values()]) : valuesIn(row, keys);
}

function valuesIn(row: Row, keys: readonly Key[]): readonly OrderedJson[] {
  const [first] = keys;
  const values = keys.length === 1 ? valuesAt(row, first!) : keys.flatMap((key) => valuesAt(row, key));
  return expanded(values);
}

function valueRows(values: readonly OrderedJson[]): Row[] {
  return values.map((value) => new Map([["value", value]]));
}
