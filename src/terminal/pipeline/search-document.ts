// The quick search in a document: of arrays the items stay that fit, of objects the members that have any. What stands beside them
// as a plain value stays too.

import type { OrderedJson } from "../../base/ordered-json.ts";
import { plainText, type Row } from "../rows.ts";
import { hasLists, isEmpty, isList } from "./documents.ts";
import { groupItem, isNested, rowFlowOf } from "./flow.ts";
import type { TextSearch } from "./search.ts";
import { type RowTest, selectRows } from "./select.ts";

/** `null` where nothing is left. */
export function searchDocument(document: OrderedJson, search: TextSearch, test: RowTest): OrderedJson {
  const isFound = search.finds(document instanceof Map ? document : new Map([["", document]]));
  if (!hasLists(document)) return isFound !== search.isInverted ? document : null;
  if (!isFound && !search.isInverted) return null;
  return pruned(document, search, test);
}

function pruned(value: OrderedJson, search: TextSearch, test: RowTest): OrderedJson {
  if (isList(value)) return selectedItems(value, test);
  if (Array.isArray(value)) {
    return value.flatMap((item) => {
      if (!isNested(item)) return search.fitsValue(plainText(item)) !== search.isInverted ? [item] : [];
      const left = pruned(item, search, test);
      return isEmpty(left) ? [] : [left];
    });
  }
  if (!(value instanceof Map)) return value;
  const left = new Map<string, OrderedJson>();
  for (const [name, member] of value) {
    const isWhole = !isNested(member) || isEmpty(member) || (!search.isInverted && search.fitsKey(name));
    const kept = isWhole ? member : pruned(member, search, test);
    if (isWhole || !isEmpty(kept)) left.set(name, kept);
  }
  return left;
}

function selectedItems(list: readonly Row[], test: RowTest): OrderedJson[] {
  const flow = selectRows(rowFlowOf([...list]), test);
  return flow.kind === "rows" ? [...flow.rows].flat() : [...flow.groups].flat().map(groupItem);
}
