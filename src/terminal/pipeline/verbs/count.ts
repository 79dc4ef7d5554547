// `C`: how many rows there are.

import { JsonNumber, type OrderedJson } from "../../../base/ordered-json.ts";
import type { Group } from "../../groups.ts";
import type { Row } from "../../rows.ts";
import { changed, eachOf } from "../batches.ts";
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
  if (flow.kind === "groups") return { kind: "rows", rows: changed(flow.groups, groupCount) };
  let count = 0;
  await eachOf(flow.rows, run, () => count++);
  return { kind: "rows", rows: [[withCount(new Map(), count)]] };
}

function groupCount({ groups: heads, rows }: Group): Row[] {
  return [withCount(heads, rows.length)];
}

function withCount(heads: Row, count: number): Row {
  return new Map<string, OrderedJson>([...heads, ["count", new JsonNumber(String(count))]]);
}
