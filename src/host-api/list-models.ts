// list_models: all models that the host can ask ("Osaurus: Host API", inference). It asks none of them, so it is not
// counted with what does.

import type { HostCall } from "../protocol/host-slots.ts";
import type { ModelInfo } from "../protocol/inference.ts";
import { inferenceFailure } from "./completion-answer.ts";
import type { InferenceServed } from "./create-host-api.ts";
import { type HostAnswer, refusal } from "./host-answer.ts";
import { InferenceEnding } from "./inference-ending.ts";

export async function listModels(call: HostCall, deps: InferenceServed): Promise<HostAnswer> {
  const ending = new InferenceEnding(call, deps);
  try {
    const models = await deps.inference.models(ending.signal);
    if (!(await call.room())) return refusal("context_unavailable", "The plugin is gone.");
    return { text: JSON.stringify({ models: models.map(shown) }) };
  } catch (error) {
    return inferenceFailure(error, "inference_error", ending.by);
  } finally {
    ending.close();
  }
}

function shown({ capabilities, contextWindow, dimensions, id, name, provider, type }: ModelInfo): object {
  return {
    capabilities,
    ...(contextWindow === undefined ? {} : { context_window: contextWindow }),
    ...(dimensions === undefined ? {} : { dimensions }),
    id,
    name,
    provider,
    type,
  };
}
