// `S`: rows in the order of their keys. Equal ones stay as they came, and what has no such key comes last.

import type { OrderedJson } from "../../../base/ordered-json.ts";
import type { Row } from "../../rows.ts";
import { allOf, inBatches } from "../batches.ts";
import { onLists } from "../documents.ts";
import { sortedPlaces } from "../merge-sort.ts";
import { type Key, valuesAt } from "../paths.ts";
import { pipelineError } from "../pipeline-error.ts";
import { headOf } from "../select.ts";
import { type Cast, SortColumn } from "../sort-column.ts";
import { isKeyword, type StageWords, type Word, withoutPrefix } from "../stage-words.ts";
import { giveWay, Turn } from "../turn.ts";
import type { CompiledVerb, Flow, Run } from "../verb.ts";
import { namedKey } from "../verb-key.ts";

interface SortKey {
  readonly key: Key;
  readonly isDescending: boolean;
  readonly cast: Cast;
}

export function compileSort({ words, verb, place }: StageWords): CompiledVerb {
  const keys = sortKeys(words);
  if (keys.length === 0) throw pipelineError(verb, "S needs a key to sort by", "for example: | S name");
  const apply = async (flow: Flow, run: Run): Promise<Flow> => {
    if (flow.kind === "document") return await onLists(flow, run, place, (list) => apply(list, run), { nested: true });
    // Groups by what they have in common; the rows in them stay as they are.
    if (flow.kind === "groups") {
      return { kind: "groups", groups: inBatches(await sorted(await allOf(flow.groups, run), headOf, keys, run)) };
    }
    return { kind: "rows", rows: inBatches(await sorted(await allOf(flow.rows, run), asIs, keys, run)) };
  };
  return { keepsHint: true, apply };
}

const asIs = (row: Row): Row => row;

function sortKeys(words: readonly Word[]): SortKey[] {
  const keys: SortKey[] = [];
  for (let at = 0; at < words.length; at++) {
    const { prefix, word } = withoutPrefix(words[at]!, ["!"]);
    const key = namedKey(word);
    const isCast = at + 1 < words.length && isKeyword(words[at + 1]!, "AS");
    keys.push({ key, isDescending: prefix === "!", cast: isCast ? castNamed(words[at + 2], words[at + 1]!) : "auto" });
    if (isCast) at += 2;
  }
  return keys;
}

const CASTS = new Map<string, Cast>([
  ["num", "number"],
  ["number", "number"],
  ["str", "text"],
  ["string", "text"],
  ["ip", "ip"],
  ["auto", "auto"],
]);

function castNamed(word: Word | undefined, as: Word): Cast {
  const cast = CASTS.get(word?.text.toLowerCase() ?? "");
  if (cast !== undefined) return cast;
  const message = word === undefined ? "AS needs a kind to sort as" : `nothing can be sorted as "${word.text}"`;
  throw pipelineError(word ?? as, message, `the kinds are ${[...CASTS.keys()].join(", ")}`);
}

async function sorted<T>(
  items: readonly T[],
  rowOf: (item: T) => Row,
  keys: readonly SortKey[],
  run: Run,
): Promise<Iterable<T>> {
  const columns = keys.map(({ cast, isDescending }) => new SortColumn(items.length, cast, isDescending));
  const turn = new Turn();
  for (let place = 0; place < items.length; place++) {
    const row = rowOf(items[place]!);
    for (let index = 0; index < keys.length; index++) columns[index]!.set(place, firstAt(row, keys[index]!.key));
    if (!turn.isOver()) continue;
    await giveWay(run);
    turn.begin();
  }
  const compare = comparisonOf(columns.map((column) => column.comparison()));
  return chosen(items, await sortedPlaces(items.length, compare, run));
}

type Comparison = (a: number, b: number) => number;

function comparisonOf(comparisons: readonly Comparison[]): Comparison {
  const [first, ...others] = comparisons as [Comparison, ...Comparison[]];
  if (others.length === 0) return first;
  return (a, b) => {
    let order = first(a, b);
    for (let next = 0; order === 0 && next < others.length; next++) order = others[next]!(a, b);
    return order;
  };
}

function firstAt(row: Row, key: Key): OrderedJson | undefined {
  const member = key.kind === "bare" ? row.get(key.name) : undefined;
  return member === undefined ? valuesAt(row, key)[0] : member;
}

function* chosen<T>(items: readonly T[], places: Iterable<number>): Iterable<T> {
  for (const place of places) yield items[place]!;
}
