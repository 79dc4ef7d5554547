// `U key`: a copy of the row for each item of a list in it.

import type { OrderedJson } from "../../../base/ordered-json.ts";
import type { Row } from "../../rows.ts";
import { hasLists, isEmpty, onLists, recordsOf } from "../documents.ts";
import type { RowFlow } from "../flow.ts";
import { chosenPlaces, type Key, leadsFromTop, parseKey, type Step } from "../paths.ts";
import { type Place, pipelineError, refuseCopies } from "../pipeline-error.ts";
import { changeRows } from "../select.ts";
import { type StageWords, withoutPrefix } from "../stage-words.ts";
import type { CompiledVerb, Flow } from "../verb.ts";

export function compileUnroll({ words: [word, surplus], place }: StageWords): CompiledVerb {
  if (word === undefined) throw pipelineError(place, "a key is missing", 'write "U tags" for a row for each tag');
  if (surplus !== undefined) throw pipelineError(surplus, "U takes one key", "for another one, write another stage");
  if (withoutPrefix(word, ["!", "?"]).prefix !== "") {
    throw pipelineError(
      { from: word.from, to: word.from + 1 },
      "U takes a plain key",
      "it makes a row for each item of a list",
    );
  }
  const key = parseKey(word);
  const unrolled = (flow: RowFlow) => changeRows(flow, (row) => unrollRow(row, key));
  return {
    keepsHint: false,
    apply(flow, run) {
      if (flow.kind !== "document") return unrolled(flow);
      return unrollDocument(flow.document, key, () => onLists(flow, run, place, unrolled));
    },
  };
}

/** The copies are made when they are taken: of a long list there are many. */
function unrollRow(row: Row, key: Key): Iterable<Row> {
  const steps = stepsTo(row, key);
  if (steps === undefined) return [row];
  const [step, ...rest] = steps;
  if (step?.kind !== "name") return (copies(row, steps, key.word) ?? []) as Row[];
  const member = row.get(step.name);
  const items = member === undefined ? undefined : copies(member, rest, key.word);
  refuseCopies(items?.length ?? 0, row.size, key.word);
  return withEach(row, step.name, items ?? []);
}

function* withEach(row: Row, name: string, items: readonly OrderedJson[]): Iterable<Row> {
  for (const item of items) yield new Map(row).set(name, item);
}

/** Where the key leads in this row; undefined for a bare name that the row does not have. */
function stepsTo(row: Row, key: Key): readonly Step[] | undefined {
  if (key.kind === "path") return key.steps;
  if (row.has(key.name)) return [{ kind: "name", name: key.name }];
  return pathToName(row, key.name.toLowerCase());
}

/** The way to the first member of that name, in any case, however deep. */
function pathToName(value: OrderedJson, folded: string): Step[] | undefined {
  if (Array.isArray(value)) {
    for (const item of value) {
      const steps = pathToName(item, folded);
      if (steps !== undefined) return steps;
    }
  }
  if (!(value instanceof Map)) return undefined;
  for (const name of value.keys()) if (name.toLowerCase() === folded) return [{ kind: "name", name }];
  for (const [name, member] of value) {
    const steps = pathToName(member, folded);
    if (steps !== undefined) return [{ kind: "name", name }, ...steps];
  }
  return undefined;
}

/**
 * What takes the place of a value: a copy for each item of the array that the steps lead to. Copies go upwards, to the
 * item of an array or the row that holds it. Undefined where the steps lead nowhere.
 */
function copies(value: OrderedJson, steps: readonly Step[], place: Place): OrderedJson[] | undefined {
  const [step, ...rest] = steps;
  if (step === undefined) return Array.isArray(value) ? value.filter((item) => !isVoid(item)) : [value];
  if (Array.isArray(value)) {
    if (step.kind !== "name" && rest.length === 0) {
      return chosenPlaces(value.length, step)
        .map((at) => value[at]!)
        .filter((item) => !isVoid(item));
    }
    return withItems(value, step, rest, place);
  }
  if (step.kind !== "name" || !(value instanceof Map)) return undefined;
  const member = value.get(step.name);
  const items = member === undefined ? undefined : copies(member, rest, place);
  refuseCopies(items?.length ?? 0, value.size, place);
  return items?.map((item) => new Map(value).set(step.name, item));
}

/** The array with copies of those items that the steps are about. */
function withItems(
  value: readonly OrderedJson[],
  step: Step,
  rest: readonly Step[],
  place: Place,
): OrderedJson[] | undefined {
  const chosen = new Set(step.kind === "name" ? value.keys() : chosenPlaces(value.length, step));
  const behind = step.kind === "name" ? [step, ...rest] : rest;
  let isFound = false;
  const items = value.flatMap((item, at) => {
    const made = chosen.has(at) ? copies(item, behind, place) : undefined;
    isFound ||= made !== undefined;
    return made ?? [item];
  });
  if (!isFound) return undefined;
  return items.length === 0 ? [] : [items];
}

function isVoid(value: OrderedJson): boolean {
  return isEmpty(value) || value === "";
}

/** From the top where the key leads somewhere there, else in the arrays of objects. */
async function unrollDocument(document: OrderedJson, key: Key, onEachList: () => Promise<Flow>): Promise<Flow> {
  const isInLists =
    !leadsFromTop(document, key) &&
    hasLists(document) &&
    recordsOf(document).some((record) => stepsTo(record, key) !== undefined);
  if (isInLists || !(document instanceof Map)) return await onEachList();
  const [first, ...others] = unrollRow(document, key);
  if (first === undefined) return { kind: "document", document: null };
  return { kind: "document", document: others.length === 0 ? first : [first, ...others] };
}
