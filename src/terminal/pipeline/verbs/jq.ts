// `JQ`: an expression in jq's language, over all rows as one array, or over each group as an object.

import { formatOrderedJson, type OrderedJson } from "../../../base/ordered-json.ts";
import type { Group } from "../../groups.ts";
import { type Row, rowsOf } from "../../rows.ts";
import { allOf, eachOf, inBatches } from "../batches.ts";
import { onLists } from "../documents.ts";
import { type DocumentFlow, dataOf, groupItem, NO_DOCUMENT, rowFlowOf } from "../flow.ts";
import type { JqInput } from "../jq.ts";
import { jqFilter } from "../jq-filter.ts";
import type { StageWords, Word } from "../stage-words.ts";
import type { Batches, CompiledVerb, Flow, Rows, Run } from "../verb.ts";

export function compileJq(words: StageWords): CompiledVerb {
  const filter = jqFilter(words);
  return {
    keepsHint: false,
    async check(run) {
      const { JqInput, runJq } = await import("../jq.ts");
      // Without any input jq reads the expression and does nothing.
      await runJq(filter, new JqInput(), run);
    },
    apply(flow, run) {
      if (flow.kind === "rows") return ofRows(filter, flow.rows, run);
      if (flow.kind === "groups") return ofGroups(filter, flow.groups, run);
      return ofDocument(filter, flow, run);
    },
  };
}

async function ofRows(filter: Word, rows: Rows, run: Run): Promise<Flow> {
  const { JqInput, runJq } = await import("../jq.ts");
  const input = new JqInput();
  let lead = "[";
  await eachOf(rows, run, (row) => {
    input.add(lead + formatOrderedJson(row));
    lead = ",";
  });
  if (lead === "[") return { kind: "rows", rows: [] };
  input.add("]");
  return rowFlowOf(oneOf(await runJq(filter, input, run)));
}

/** What several values are taken for where there is room for one. */
function oneOf(values: OrderedJson[]): OrderedJson {
  return values.length === 1 ? values[0]! : values;
}

async function ofGroups(filter: Word, groups: Batches<Group>, run: Run): Promise<Flow> {
  const all = await allOf(groups, run);
  const results = await onEach(filter, all.map(groupItem), run);
  return { kind: "groups", groups: inBatches(all.flatMap((group, at) => replaced(group, results[at]!))) };
}

/** A group for which nothing comes out is gone; that is what `select` is for. */
function replaced(group: Group, values: OrderedJson[]): Group[] {
  if (values.length === 0) return [];
  const value = oneOf(values);
  if (!(value instanceof Map && value.has("rows"))) return [{ ...group, rows: asRows(value) }];
  const { groups, aggregates } = group;
  return [
    {
      groups: mapOr(value.get("groups"), groups),
      aggregates: mapOr(value.get("aggregates"), aggregates),
      rows: asRows(value.get("rows")!),
    },
  ];
}

function asRows(value: OrderedJson): Row[] {
  return rowsOf(value, NO_DOCUMENT);
}

function mapOr(value: OrderedJson | undefined, otherwise: Row): Row {
  return value instanceof Map ? value : otherwise;
}

/** Looks for the lists twice, so that jq is started only once for all of them. */
async function ofDocument(filter: Word, whole: DocumentFlow, run: Run): Promise<Flow> {
  const lists: OrderedJson[][] = [];
  await onLists(whole, run, filter, async (flow) => {
    const list = (await dataOf(flow, run, filter)) as OrderedJson[];
    lists.push(list);
    return rowFlowOf(list);
  });
  // No rows are no work here either.
  const results = await onEach(
    filter,
    lists.filter((list) => list.length > 0),
    run,
  );
  let at = 0;
  const all = lists.map((list) => (list.length === 0 ? list : oneOf(results[at++]!)));
  let next = 0;
  return await onLists(whole, run, filter, () => rowFlowOf(all[next++]!));
}

async function onEach(filter: Word, inputs: readonly OrderedJson[], run: Run): Promise<OrderedJson[][]> {
  if (inputs.length === 0) return [];
  const { JqInput, runJqOnEach } = await import("../jq.ts");
  const input: JqInput = new JqInput();
  await eachOf(inBatches(inputs), run, (one) => input.add(`${formatOrderedJson(one)}\n`));
  return await runJqOnEach(filter, input, inputs.length, run);
}
