// What the rest of the host may ask of models; `src/host/models-host.ts` opens it. Which provider has a model, with which
// key and over which protocol it is asked, is nobody else's business.

import type { Agent } from "../protocol/agent.ts";
import type {
  ChatMessage,
  Embeddings,
  ModelEvent,
  ModelInfo,
  Sampling,
  ToolDefinition,
} from "../protocol/inference.ts";

/** A model that was found: requests to it name it so. */
export interface ChosenModel {
  readonly provider: string;
  readonly model: string;
  /** No list has it; this provider has none, and may know the model all the same. */
  readonly isGuess?: true;
}

export interface ModelRequest {
  readonly model: ChosenModel;
  readonly messages: readonly ChatMessage[];
  /** Left out of the request when there are none. */
  readonly tools: readonly ToolDefinition[];
  readonly sampling: Sampling;
}

export interface ModelService {
  /**
   * The model that somebody names. Nothing, null, `""` and `default` are the agent's, else the host's default; `local` is
   * the default model of a provider on this machine; `PROVIDER/MODEL` and a bare id are themselves.
   *
   * Throws `model_unknown`, `model_provider_missing` when no provider is configured at all.
   */
  choose(name: string | null | undefined, agent: Pick<Agent, "model"> | undefined): Promise<ChosenModel>;
  /**
   * Asks a model, once; nothing is tried again by the caller. Throws `inference_*`, and `interrupted` when the signal is
   * aborted: the request to the model's server is then cancelled.
   */
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent>;
  /** @param name as `choose` takes it; the default is the host's default embedding model. */
  embed(name: string | null | undefined, texts: readonly string[], signal: AbortSignal): Promise<Embeddings>;
  /** All models of all providers that answer; those of others are left out. */
  list(signal: AbortSignal): Promise<readonly ModelInfo[]>;
}
