// What the host's inference is for one native plugin: the interface between the functions that plugins call and whoever
// runs agents. The host wires both together; neither imports the other.

import type { Agent } from "../protocol/agent.ts";
import type {
  ChatMessage,
  Embeddings,
  ModelInfo,
  RunEvent,
  RunOutcome,
  Sampling,
  ToolDefinition,
} from "../protocol/inference.ts";

/** A completion that a plugin asks for, as its request says it. */
export interface PluginRun {
  readonly pluginId: string;
  /** The manifest's `instructions`. */
  readonly instructions: string | undefined;
  /** Undefined: the call works for no agent, which is then without tools. */
  readonly agent: Agent | undefined;
  readonly model: string | null | undefined;
  readonly messages: readonly ChatMessage[];
  /** `true`: the agent's own. */
  readonly tools: true | readonly ToolDefinition[] | undefined;
  readonly sampling: Sampling;
  readonly maxIterations: number | undefined;
  /** Groups transcripts; without it, each completion has one of its own. */
  readonly sessionKey: string | undefined;
  readonly traceId: string;
  readonly signal: AbortSignal;
  onEvent?(event: RunEvent): void | Promise<void>;
}

export interface PluginInference {
  /** The agent of that id. Undefined when there is none of that id any more. */
  agent(id: string): Promise<Agent | undefined>;
  /** Fails as `AgentRunner.run` does. */
  run(run: PluginRun): Promise<RunOutcome>;
  embed(model: string | null | undefined, texts: readonly string[], signal: AbortSignal): Promise<Embeddings>;
  models(signal: AbortSignal): Promise<readonly ModelInfo[]>;
}
