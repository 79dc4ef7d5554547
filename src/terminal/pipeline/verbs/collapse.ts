// `Z`: a row for each group, of what its rows have in common and what was counted over them.

import { changed } from "../batches.ts";
import { onLists } from "../documents.ts";
import { pipelineError } from "../pipeline-error.ts";
import { headOf } from "../select.ts";
import type { StageWords } from "../stage-words.ts";
import type { CompiledVerb, Flow, Run } from "../verb.ts";

export function compileCollapse({ words: [surplus], place }: StageWords): CompiledVerb {
  if (surplus !== undefined) throw pipelineError(surplus, "Z takes nothing behind it");
  const apply = async (flow: Flow, run: Run): Promise<Flow> => {
    if (flow.kind === "document") return await onLists(flow, run, place, (list) => apply(list, run));
    if (flow.kind === "groups") return { kind: "rows", rows: changed(flow.groups, (group) => [headOf(group)]) };
    throw pipelineError(place, "Z collapses groups, and these are rows", "group them first: | G key | A count | Z");
  };
  return { keepsHint: false, apply };
}
