// `A`: figures over all rows, or over the rows of each group.

import { JsonNumber, type OrderedJson } from "../../../base/ordered-json.ts";
import { EXACT_DIGITS_MAX } from "../../../protocol/limits.ts";
import type { Group } from "../../groups.ts";
import type { Row } from "../../rows.ts";
import { type Aggregate, aggregatesIn } from "../aggregates.ts";
import { allOf, eachOf, inBatches } from "../batches.ts";
import { onLists } from "../documents.ts";
import { expanded, valuesAt } from "../paths.ts";
import { pipelineError } from "../pipeline-error.ts";
import type { StageWords } from "../stage-words.ts";
import { type Tally, tallyFor } from "../tally.ts";
import { isTruthy } from "../truthy.ts";
import type { CompiledVerb, Flow, Rows, Run } from "../verb.ts";

export function compileAggregate(words: StageWords): CompiledVerb {
  const aggregates = aggregatesIn(words);
  const apply = async (flow: Flow, run: Run): Promise<Flow> => {
    if (flow.kind === "document") {
      return await onLists(flow, run, words.place, (list) => apply(list, run));
    }
    if (flow.kind === "rows") return { kind: "rows", rows: [[await computed(aggregates, flow.rows, run)]] };
    const groups: Group[] = [];
    for (const group of await allOf(flow.groups, run)) {
      const figures = await computed(aggregates, inBatches(group.rows), run);
      groups.push({ ...group, aggregates: new Map([...group.aggregates, ...figures]) });
    }
    return { kind: "groups", groups: inBatches(groups) };
  };
  return { keepsHint: false, apply };
}

async function computed(aggregates: readonly Aggregate[], rows: Rows, run: Run): Promise<Row> {
  const columns = aggregates.map((aggregate) => new Column(aggregate));
  await eachOf(rows, run, (row) => {
    for (const column of columns) column.add(row);
  });
  return new Map(columns.map((column) => [column.name, column.result()]));
}

class Column {
  readonly #aggregate: Aggregate;
  readonly #tally: Tally;
  #rows = 0;

  constructor(aggregate: Aggregate) {
    this.#aggregate = aggregate;
    this.#tally = tallyFor(aggregate.figure);
  }

  get name(): string {
    return this.#aggregate.name;
  }

  add(row: Row): void {
    const { key, isExistence } = this.#aggregate;
    if (key === undefined) this.#rows++;
    else if (isExistence) this.#rows += Number(valuesAt(row, key).some(isTruthy));
    else {
      // Most members are named as they are, and no lists.
      const member = key.kind === "bare" ? row.get(key.name) : undefined;
      if (member === undefined || Array.isArray(member)) this.#addAll(valuesAt(row, key));
      else this.#tally.add(member);
    }
  }

  #addAll(values: readonly OrderedJson[]): void {
    for (const value of values) {
      if (Array.isArray(value)) for (const item of expanded(value)) this.#tally.add(item);
      else this.#tally.add(value);
    }
  }

  result(): OrderedJson {
    const { key, isExistence, place } = this.#aggregate;
    if (key === undefined || isExistence) return new JsonNumber(String(this.#rows));
    const result = this.#tally.result();
    if (result !== undefined) return result;
    const message = `the numbers here come to more than ${EXACT_DIGITS_MAX} digits, which are not rounded`;
    throw pipelineError(place, message, "leave out the rows with the longest numbers: | F key < 1e100");
  }
}
