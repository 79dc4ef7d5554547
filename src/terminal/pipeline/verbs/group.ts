// `G`: rows with the same values together. What is grouped already is divided further.

import type { OrderedJson } from "../../../base/ordered-json.ts";
import { PIPELINE_ROWS_MAX } from "../../../protocol/limits.ts";
import type { Group } from "../../groups.ts";
import type { Row } from "../../rows.ts";
import { allOf, eachOf, inBatches } from "../batches.ts";
import { Buckets, distinct } from "../buckets.ts";
import { onLists } from "../documents.ts";
import { type Key, valuesAt } from "../paths.ts";
import { pipelineError } from "../pipeline-error.ts";
import { headOf } from "../select.ts";
import { isKeyword, type StageWords, type Word, withoutPrefix } from "../stage-words.ts";
import { isTruthy } from "../truthy.ts";
import type { CompiledVerb, Flow, Rows, Run } from "../verb.ts";
import { namedKey } from "../verb-key.ts";

interface GroupKey {
  readonly key: Key;
  /** Of the value in what the rows of a group have in common. */
  readonly name: string;
  /** Only whether there is something counts. */
  readonly isExistence: boolean;
}

export function compileGroup({ words, verb, place }: StageWords): CompiledVerb {
  const keys = groupKeys(words);
  if (keys.length === 0) throw pipelineError(verb, "G needs a key to group by", "for example: | G status");
  const apply = async (flow: Flow, run: Run): Promise<Flow> => {
    if (flow.kind === "document") return await onLists(flow, run, place, (list) => apply(list, run));
    const grouping = new Grouping(keys);
    if (flow.kind === "rows") await grouping.add(flow.rows, NO_HEADS, run);
    else {
      for (const group of await allOf(flow.groups, run)) {
        const rows = group.rows.length === 0 ? [[headOf(group)]] : inBatches(group.rows);
        await grouping.add(rows, group, run);
      }
    }
    return { kind: "groups", groups: inBatches(grouping.groups) };
  };
  return { keepsHint: false, apply };
}

const NO_HEADS: Group = { groups: new Map(), aggregates: new Map(), rows: [] };

function groupKeys(words: readonly Word[]): GroupKey[] {
  const keys: GroupKey[] = [];
  for (let at = 0; at < words.length; at++) {
    const typed = words[at]!;
    const { prefix, word } = withoutPrefix(typed, ["!", "?"]);
    if (prefix === "!") {
      const mark = { from: typed.from, to: typed.from + 1 };
      throw pipelineError(mark, "G takes no !", `for the groups true and false, write ?${word.text || "key"}`);
    }
    const key = namedKey(word);
    let name: Word | undefined;
    if (at + 1 < words.length && isKeyword(words[at + 1]!, "AS")) {
      name = words[at + 2];
      if (name === undefined) throw pipelineError(words[at + 1]!, "a name is missing behind AS");
      at += 2;
    }
    const title = name?.text ?? nameOf(key);
    if (keys.some((other) => other.name === title)) {
      throw pipelineError(name ?? typed, `two keys are called "${title}"`, "give one another name: G a AS b");
    }
    keys.push({ key, name: title, isExistence: prefix === "?" });
  }
  return keys;
}

/** The token without what says how to find it. */
function nameOf({ kind, word }: Key): string {
  return kind === "bare" ? word.text : word.text.replaceAll("[]", "").replace(/^\./, "");
}

class Grouping {
  readonly #keys: readonly GroupKey[];
  readonly groups: Group[] = [];
  #placed = 0;

  constructor(keys: readonly GroupKey[]) {
    this.#keys = keys;
  }

  /** Divides rows that are a group already, or all rows. What was counted over them holds no longer. */
  async add(rows: Rows, group: Group, run: Run): Promise<void> {
    const buckets = new Buckets();
    const head = headOf(group);
    const keepsRows = group === NO_HEADS || group.rows.length > 0;
    await eachOf(rows, run, (row) => {
      for (const values of this.#combinations(row, head)) {
        const bucket = buckets.at(values);
        if (keepsRows) bucket.rows.push(row);
      }
    });
    for (const bucket of buckets.all) {
      const heads = new Map(group.groups);
      for (const [index, { name }] of this.#keys.entries()) heads.set(name, bucket.values[index]!);
      this.groups.push({ groups: heads, aggregates: new Map(), rows: bucket.rows });
    }
  }

  /** Each value of the first key with each of the second, and so on: a row may belong to several groups. */
  #combinations(row: Row, head: Row): readonly (readonly OrderedJson[])[] {
    const lists = this.#keys.map((key) => groupValues(row, head, key));
    let count = 1;
    for (const list of lists) count *= list.length;
    this.#placed += count;
    if (this.#placed > PIPELINE_ROWS_MAX) {
      const message = `there are more than ${PIPELINE_ROWS_MAX} rows in these groups, as a row may belong to several`;
      throw pipelineError(this.#keys.at(-1)!.key.word, message, "group by fewer keys, or leave out rows before");
    }
    if (count === 1) return [lists.map((list) => list[0]!)];
    let combinations: OrderedJson[][] = [[]];
    for (const list of lists) combinations = combinations.flatMap((begun) => list.map((value) => [...begun, value]));
    return combinations;
  }
}

/** The values for which a row has a place. */
function groupValues(row: Row, head: Row, { key, isExistence }: GroupKey): readonly OrderedJson[] {
  let values = valuesAt(row, key);
  if (values.length === 0) values = valuesAt(head, key);
  if (isExistence) return [values.some(isTruthy)];
  if (values.length === 0) return NOTHING;
  if (values.length > 1 && key.kind === "bare") {
    const hint = "write the path to the one that you mean, such as a.b";
    throw pipelineError(key.word, `"${key.name}" means ${values.length} places in one row`, hint);
  }
  const scalars = values.map((value) => scalarOf(value, key));
  return scalars.length === 1 ? scalars : distinct(scalars);
}

const NOTHING: readonly OrderedJson[] = [null];

/** Lists and objects are no values to group by; empty ones are like nothing. */
function scalarOf(value: OrderedJson, { word }: Key): OrderedJson {
  const isList = Array.isArray(value);
  if (!isList && !(value instanceof Map)) return value;
  if ((isList ? value.length : value.size) === 0) return null;
  const hint = isList
    ? `"${word.text}[]" puts a row into the group of each item`
    : "write the path to one of its members";
  throw pipelineError(word, `"${word.text}" is ${isList ? "a list" : "an object"}, and no value to group by`, hint);
}
