// `P`: keeps some members of each row, or drops some.

import type { OrderedJson } from "../../../base/ordered-json.ts";
import type { Row } from "../../rows.ts";
import { hasLists, onLists, recordsOf } from "../documents.ts";
import { crossesArray } from "../filter-at-path.ts";
import { isNested, type RowFlow } from "../flow.ts";
import { masked, stepsMask, unmasked } from "../mask.ts";
import { type Key, leadsFromTop, parseKey, valuesAt } from "../paths.ts";
import { pipelineError } from "../pipeline-error.ts";
import { clashError, columnOf, maskOf, type Projection, rowProjection } from "../projection.ts";
import { changeRows } from "../select.ts";
import { listItems, type StageWords, type Word, withoutPrefix } from "../stage-words.ts";
import type { CompiledVerb, Flow } from "../verb.ts";

export function compileProject(words: StageWords): CompiledVerb {
  const { place } = words;
  const projection = readProjection(words);
  const projectList = (list: RowFlow, only: Projection) => changeRows(list, rowProjection(only));
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
 * Keys count in the items of the arrays of objects, each of which is projected like a row; what leads somewhere from the
 * top, and what no item has, counts for the document.
 */
async function projectDocument(
  document: OrderedJson,
  { keepers, droppers }: Projection,
  onEachList: (document: OrderedJson, only: Projection) => Promise<Flow>,
): Promise<Flow> {
  const records = recordsOf(document);
  const isInRecords = (key: Key) => !leadsFromTop(document, key) && isInSome(records, key);
  const top = {
    keepers: keepers.filter((key) => !isInRecords(key)),
    droppers: droppers.filter((key) => !isInRecords(key)),
  };
  const inRecords = { keepers: keepers.filter(isInRecords), droppers: droppers.filter(isInRecords) };
  let left = withoutMeant(document, top.droppers);
  const isMeant = (key: Key) => valuesAt(left, key).length > 0;
  if (inRecords.keepers.length === 0 ? top.keepers.length > 0 : document instanceof Map && top.keepers.some(isMeant)) {
    left = pruned(left, top.keepers, inRecords.keepers);
  }
  const isForRecords = inRecords.keepers.length > 0 || inRecords.droppers.length > 0;
  return isForRecords
    ? await onEachList(left, inRecords)
    : { kind: "document", document: left, hadLists: hasLists(left) };
}

function isInSome(records: readonly Row[], key: Key): boolean {
  return records.some((record) => valuesAt(record, key).length > 0);
}

/** Only what the keepers mean, and the lists with what is kept in their items. */
function pruned(document: OrderedJson, keepers: readonly Key[], inRecords: readonly Key[]): OrderedJson {
  const masks = keepers.map((key) => maskOf(rowOf(document), key));
  const kept = recordsOf(masked(document, masks) ?? null);
  const elsewhere = inRecords.filter((key) => !isInSome(kept, key));
  for (const [name, member] of rowOf(document)) {
    const records = recordsOf(member);
    const hasAny = elsewhere.some((key) => isInSome(records, key));
    if (hasAny) masks.push(stepsMask([{ kind: "name", name }]));
  }
  const left = masked(document, masks) ?? null;
  // Whoever names a plain member at the top has said which of them are wanted.
  const isPlain = (key: Key) =>
    leadsFromTop(document, key) &&
    !(key.kind === "path" && crossesArray(document, key.steps)) &&
    valuesAt(document, key).some((value) => !isNested(value));
  return keepers.some(isPlain) ? left : withScalars(document, left);
}

function withoutMeant(document: OrderedJson, droppers: readonly Key[]): OrderedJson {
  let left = document;
  for (const key of droppers) left = unmasked(left, maskOf(rowOf(left), key)) ?? null;
  return left;
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
