// `C`: how many rows there are.

import { JsonNumber, type OrderedJson } from "../../../base/ordered-json.ts";
import type { Group } from "../../groups.ts";
import type { Row } from "../../rows.ts";
import { eachRow, inBatches } from "../batches.ts";
import { onLists } from "../documents.ts";
import type { RowFlow } from "../flow.ts";
import { pipelineError } from "../pipeline-error.ts";
import type { StageWords } from "../stage-words.ts";
import type { CompiledVerb, Flow, Run } from "../verb.ts";

export function compileCount({ words: [surplus], place }: StageWords): CompiledVerb {
  if (surplus !== undefined)
    throw pipelineError(surplus, "C takes nothing", 'to count what fits, filter first: "F key = value | C"');
  return {
    keepsHint: false,
    apply(flow, run) {
      if (flow.kind !== "document") return counted(flow, run);
      return onLists(flow, run, place, (list) => counted(list, run));
    },
  };
}

async function counted(flow: RowFlow, run: Run): Promise<Flow> {
  if (flow.kind === "groups") return { kind: "rows", rows: inBatches(groupCounts(flow.groups)) };
  let count = 0;
  await eachRow(flow.rows, run, () => count++);
  return { kind: "rows", rows: [[withCount(new Map(), count)]] };
}

function* groupCounts(groups: Iterable<Group>): Iterable<Row> {
  for (const { groups: heads, rows } of groups) yield withCount(heads, rows.length);
}

function withCount(heads: Row, count: number): Row {
  return new Map<string, OrderedJson>([...heads, ["count", new JsonNumber(String(count))]]);
}
