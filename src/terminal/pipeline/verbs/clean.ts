// `?`: drops what has no content; with a key, the rows in which the key has none.

import type { OrderedJson } from "../../../base/ordered-json.ts";
import type { Row } from "../../rows.ts";
import { truthyCondition } from "../condition.ts";
import { isEmpty } from "../documents.ts";
import { parseKey } from "../paths.ts";
import { pipelineError } from "../pipeline-error.ts";
import { changeRows } from "../select.ts";
import { type StageWords, withoutPrefix } from "../stage-words.ts";
import type { CompiledVerb } from "../verb.ts";
import { filterBy } from "./filter.ts";

export function compileClean(words: StageWords): CompiledVerb {
  const [first, surplus] = words.words;
  if (surplus !== undefined)
    throw pipelineError(surplus, "? takes one key, or nothing", "for another one, write another stage");
  if (first === undefined) return CLEAN;
  const { prefix, word } = withoutPrefix(first, ["!"]);
  return filterBy(truthyCondition(parseKey(word), prefix === "!"), words);
}

const CLEAN: CompiledVerb = {
  keepsHint: true,
  apply(flow) {
    if (flow.kind !== "document") return changeRows(flow, cleanRow);
    return { kind: "document", document: cleanDocument(flow.document) };
  },
};

function cleanRow(row: Row): Row[] {
  let left: Row | undefined;
  for (const [name, value] of row) {
    if (value !== null && value !== "" && !isEmptyArray(value)) continue;
    left ??= new Map(row);
    left.delete(name);
  }
  left ??= row;
  return left.size > 0 ? [left] : [];
}

function isEmptyArray(value: OrderedJson): boolean {
  return Array.isArray(value) && value.length === 0;
}

/** However deep. False and 0 are content. */
function cleanDocument(value: OrderedJson): OrderedJson {
  if (Array.isArray(value)) return value.map(cleanDocument).filter(hasContent);
  if (!(value instanceof Map)) return value;
  const members = [...value].map(([name, member]): [string, OrderedJson] => [name, cleanDocument(member)]);
  return new Map(members.filter(([, member]) => hasContent(member)));
}

function hasContent(value: OrderedJson): boolean {
  return !isEmpty(value) && value !== "";
}
