// Inference that does what a test tells it, in place of agents and models.

import type { PluginInference, PluginRun } from "../../src/host-api/plugin-inference.ts";
import type { Agent } from "../../src/protocol/agent.ts";
import type { Embeddings, ModelInfo, RunOutcome } from "../../src/protocol/inference.ts";

interface Told {
  /** What a run comes to; the rest is an answer without anything in it. */
  run?(run: PluginRun): Promise<Partial<RunOutcome>> | Partial<RunOutcome>;
  embed?(model: string | null | undefined, texts: readonly string[], signal: AbortSignal): Promise<Embeddings>;
  models?(signal: AbortSignal): Promise<readonly ModelInfo[]>;
  agent?(id: string): Promise<Agent | undefined>;
}

export interface ToldInference extends PluginInference {
  /** What was asked for, in order. */
  readonly runs: PluginRun[];
}

export function toldInference(told: Told = {}): ToldInference {
  const runs: PluginRun[] = [];
  return {
    runs,
    agent: told.agent ?? (async (id) => agentOf(id)),
    async run(run) {
      runs.push(run);
      return { ...EMPTY, ...(await told.run?.(run)) };
    },
    embed:
      told.embed ??
      (async (model, texts) => ({
        model: model ?? "embedder",
        vectors: texts.map((text) => [text.length, 0.5]),
        promptTokens: texts.length,
      })),
    models: told.models ?? (async () => []),
  };
}

/** Waits until the run is ended, as one does whose model says nothing. */
export async function untilEnded({ signal }: Pick<PluginRun, "signal">): Promise<{ readonly finish: "cancelled" }> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  return { finish: "cancelled" };
}

export function agentOf(id: string): Agent {
  return {
    id,
    name: `agent ${id.slice(0, 4)}`,
    systemPrompt: "",
    model: null,
    temperature: null,
    maxTokens: null,
    tools: { mode: "all" },
    isDefault: false,
    createdAt: "2026-01-01T00:00:00.000Z",
    updatedAt: "2026-01-01T00:00:00.000Z",
  };
}

const EMPTY: RunOutcome = {
  id: "cmpl-000000000000",
  model: "m",
  finish: "stop",
  content: "",
  reasoning: "",
  toolCallsExecuted: [],
  pendingToolCalls: [],
  sharedArtifacts: [],
  usage: { promptTokens: 0, completionTokens: 0, totalTokens: 0 },
  turns: [],
  sessionId: undefined,
  error: undefined,
};
