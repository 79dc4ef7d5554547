// `P`: keeps some members of each row, or drops some.

import type { OrderedJson } from "../../../base/ordered-json.ts";
import type { Row } from "../../rows.ts";
import { hasLists, onLists, recordsOf } from "../documents.ts";
import { isNested, type RowFlow } from "../flow.ts";
import { masked, unmasked } from "../mask.ts";
import { type Key, parseKey, valuesAt, valuesAtSteps } from "../paths.ts";
import { pipelineError } from "../pipeline-error.ts";
import { clashError, columnOf, maskOf, type Projection, projectRow } from "../projection.ts";
import { changeRows } from "../select.ts";
import { listItems, type StageWords, type Word, withoutPrefix } from "../stage-words.ts";
import type { CompiledVerb, Flow } from "../verb.ts";

export function compileProject(words: StageWords): CompiledVerb {
  const { place } = words;
  const projection = readProjection(words);
  const projectList = (list: RowFlow, only: Projection) =>
    changeRows(list, (batch) => batch.flatMap((row) => projectRow(row, only)));
  return {
    keepsHint: false,
    apply(flow, run) {
      if (flow.kind !== "document") return projectList(flow, projection);
      return projectDocument(flow.document, projection, (document, only) =>
        onLists({ ...flow, document }, run, place, (list) => projectList(list, only)),
      );
    },
  };
}

const PREFIXES = ["!==", "!=", "!", "==", "="] as const;

function readProjection({ words, place }: StageWords): Projection {
  const items = listItems(words).map(readItem);
  if (items.length === 0)
    throw pipelineError(place, "a key is missing", 'write "P a, b" to keep these, or "P !a" to drop it');
  const keepers = items.flatMap(({ key, isDropper }) => (isDropper ? [] : [key]));
  const droppers = items.flatMap(({ key, isDropper }) => (isDropper ? [key] : []));
  refuseClashes(keepers);
  return { keepers, droppers };
}

/** A path through an array makes a column named like its end; nothing else may have that name. */
function refuseClashes(keepers: readonly Key[]): void {
  const labels = new Set<string>();
  const named = keepers.map((key) => ({ key, label: key.kind === "path" ? columnOf(key) : key.name }));
  for (const { key, label } of named) {
    const isClash = label !== undefined && labels.has(label) && named.some(isColumnNamed(label));
    if (isClash) throw clashError(key.word, label);
    if (label !== undefined) labels.add(label);
  }
}

function isColumnNamed(wanted: string): (one: { readonly key: Key; readonly label: string | undefined }) => boolean {
  return ({ key, label }) => key.kind === "path" && label === wanted;
}

function readItem(item: Word): { readonly key: Key; readonly isDropper: boolean } {
  const { prefix, word } = withoutPrefix(item, PREFIXES);
  if (prefix === "" && withoutPrefix(item, ["?"]).prefix !== "") {
    throw pipelineError(
      item,
      "P keeps members, whatever is in them",
      'to keep rows in which a key has content: "? key"',
    );
  }
  const mark = prefix.replace("!", "");
  return {
    key: parseKey(word, mark === "==" ? "exact" : mark === "=" ? "ignoring case" : "loose"),
    isDropper: prefix.startsWith("!"),
  };
}

/**
 * Keys count in the items of the arrays of objects, each of which is projected like a row; a path that leads
 * somewhere from the top, and what no item has, counts for the document.
 */
async function projectDocument(
  document: OrderedJson,
  { keepers, droppers }: Projection,
  onEachList: (document: OrderedJson, only: Projection) => Promise<Flow>,
): Promise<Flow> {
  const records = recordsOf(document);
  const isFromTop = (key: Key) => key.kind === "path" && valuesAtSteps(document, key.steps).length > 0;
  const isInRecords = (key: Key) => !isFromTop(key) && records.some((record) => valuesAt(record, key).length > 0);
  const top = {
    keepers: keepers.filter((key) => !isInRecords(key)),
    droppers: droppers.filter((key) => !isInRecords(key)),
  };
  const inRecords = { keepers: keepers.filter(isInRecords), droppers: droppers.filter(isInRecords) };
  let left = withoutMeant(document, top.droppers);
  const isPruned = top.keepers.length > 0 && inRecords.keepers.length === 0;
  if (isPruned) left = withScalars(left, onlyMeant(left, top.keepers));
  const isForRecords = inRecords.keepers.length > 0 || inRecords.droppers.length > 0;
  return isForRecords
    ? await onEachList(left, inRecords)
    : { kind: "document", document: left, hadLists: hasLists(left) };
}

function withoutMeant(document: OrderedJson, droppers: readonly Key[]): OrderedJson {
  let left = document;
  for (const key of droppers) left = unmasked(left, maskOf(rowOf(left), key)) ?? null;
  return left;
}

function onlyMeant(document: OrderedJson, keepers: readonly Key[]): OrderedJson {
  const masks = keepers.map((key) => maskOf(rowOf(document), key));
  return masked(document, masks) ?? null;
}

function rowOf(document: OrderedJson): Row {
  return document instanceof Map ? document : new Map();
}

/** Around arrays of objects, plain members stay: they say what the items are about. */
function withScalars(before: OrderedJson, behind: OrderedJson): OrderedJson {
  if (!(before instanceof Map) || !(behind instanceof Map) || !hasLists(behind)) return behind;
  const members = new Map<string, OrderedJson>();
  for (const [name, member] of before) {
    const kept = behind.get(name);
    if (kept !== undefined) members.set(name, withScalars(member, kept));
    else if (!isNested(member)) members.set(name, member);
  }
  return members;
}
