// `L number [offset]`: the first rows, or the last. Takes no more rows than it has to, and holds only those that may be the
// last ones.

import type { OrderedJson } from "../../../base/ordered-json.ts";
import { isNested } from "../flow.ts";
import { pipelineError } from "../pipeline-error.ts";
import type { StageWords, Word } from "../stage-words.ts";
import type { Batches, CompiledVerb } from "../verb.ts";

interface Limit {
  /** Negative for the last ones. */
  readonly count: number;
  /** Negative to count from the end. */
  readonly offset: number;
}

export function compileLimit({ words, place }: StageWords): CompiledVerb {
  const [count, offset, surplus] = words;
  if (count === undefined) throw pipelineError(place, "a number is missing", 'write "L 10" for the first ten rows');
  if (surplus !== undefined) throw pipelineError(surplus, "L takes a number and an offset, and nothing else");
  const limit = { count: wholeNumber(count), offset: offset === undefined ? 0 : wholeNumber(offset) };
  return {
    keepsHint: true,
    apply(flow) {
      if (flow.kind === "rows") return { kind: "rows", rows: limitedBatches(flow.rows, limit) };
      if (flow.kind === "groups") return { kind: "groups", groups: limitedBatches(flow.groups, limit) };
      return { kind: "document", document: limitArrays(flow.document, limit) };
    },
  };
}

function wholeNumber(word: Word): number {
  const isNumber = /^[+-]?\d+$/.test(word.text);
  if (!isNumber) throw pipelineError(word, `"${word.text}" is no whole number`, 'write "L 10", "L -10" or "L 10 20"');
  return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, Number(word.text)));
}

/** Nothing more is taken once there are enough. */
function* limitedBatches<T>(batches: Batches<T>, { count, offset }: Limit): Batches<T> {
  if (count === 0) return;
  if (offset < 0) {
    const last = yield* lastOf(batches, 0, -offset);
    yield count > 0 ? last.slice(0, count) : last.slice(count);
  } else if (count < 0) yield yield* lastOf(batches, offset, -count);
  else yield* firstOf(batches, offset, count);
}

function* firstOf<T>(batches: Batches<T>, offset: number, count: number): Batches<T> {
  let seen = 0;
  for (const batch of batches) {
    yield batch.slice(Math.max(0, offset - seen), Math.max(0, offset + count - seen));
    seen += batch.length;
    if (seen >= offset + count) return;
  }
}

/** Of what stands behind `offset`, the last `count`. While it looks, empty batches pass, at which the run may be given up. */
function* lastOf<T>(batches: Batches<T>, offset: number, count: number): Generator<readonly T[], readonly T[]> {
  let held: T[] = [];
  let seen = 0;
  for (const batch of batches) {
    for (const item of batch.slice(Math.max(0, offset - seen))) held.push(item);
    seen += batch.length;
    if (held.length >= 2 * count) held = held.slice(-count);
    yield [];
  }
  return held.slice(-count);
}

/** Of a document every array is limited, also those inside of others. */
function limitArrays(value: OrderedJson, limit: Limit): OrderedJson {
  if (Array.isArray(value)) {
    return [...limitedBatches([value], limit)].flat().map((item) => (isNested(item) ? limitArrays(item, limit) : item));
  }
  if (!(value instanceof Map)) return value;
  const changed = new Map<string, OrderedJson>();
  for (const [name, member] of value) {
    const limited = isNested(member) ? limitArrays(member, limit) : member;
    const isEmptied =
      Array.isArray(limited) && limited.length === 0 && limited.length !== (member as OrderedJson[]).length;
    if (!isEmptied) changed.set(name, limited);
  }
  return changed;
}
