// `Y` and `H`: the data goes through as it is. What they are for is seen to by whoever runs the pipeline.

import { pipelineError } from "../pipeline-error.ts";
import type { StageWords } from "../stage-words.ts";
import type { CompiledVerb } from "../verb.ts";

export function compileCopy({ words: [surplus] }: StageWords): CompiledVerb {
  if (surplus !== undefined) throw pipelineError(surplus, "Y takes nothing", "it copies everything that is printed");
  return SAME;
}

export function compileHelp({ words: [, surplus] }: StageWords): CompiledVerb {
  if (surplus !== undefined) throw pipelineError(surplus, "H takes one verb, or none");
  return SAME;
}

const SAME: CompiledVerb = { keepsHint: true, apply: (flow) => flow };
