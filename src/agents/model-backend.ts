// One model provider that can be asked, whatever is behind it.

import type { Embeddings, ModelEvent } from "../protocol/inference.ts";
import type { ModelRequest } from "./model-service.ts";

/** A completion, for a model that the provider has. */
export interface BackendRequest extends Omit<ModelRequest, "model"> {
  readonly model: string;
}

/** A model as its provider lists it. */
export interface BackendModel {
  readonly id: string;
  readonly name: string;
  readonly type: "chat" | "embedding";
  readonly capabilities: readonly string[];
  readonly contextWindow?: number;
  readonly dimensions?: number;
}

/** All of it throws `inference_*`, `context_too_long`, and `interrupted` when the signal is aborted. */
export interface ModelBackend {
  /** See `ModelService.stream`. */
  stream(request: BackendRequest, signal: AbortSignal): AsyncIterable<ModelEvent>;
  embed(model: string, texts: readonly string[], signal: AbortSignal): Promise<Embeddings>;
  /** In the provider's order. */
  models(signal: AbortSignal): Promise<readonly BackendModel[]>;
}
