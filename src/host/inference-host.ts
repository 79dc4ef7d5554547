// Opens what runs agents (`src/agents/run-request.ts` has its words).

import type { ModelService } from "../agents/model-service.ts";
import { OpenRuns } from "../agents/open-runs.ts";
import { type RunParts, runAgent } from "../agents/run-agent.ts";
import type { AgentRunner, RunRequest } from "../agents/run-request.ts";
import type { Artifacts } from "../agents/share-artifact.ts";
import type { Skill } from "../agents/skills.ts";
import { ERRORS, type ErrorCode, toHostError } from "../protocol/errors.ts";
import type { RunOutcome } from "../protocol/inference.ts";
import { INSIGHTS_BODY_CHARS_MAX } from "../protocol/limits.ts";
import type { ControlDb } from "../store/control-db.ts";
import { ToolOutputs } from "../store/tool-outputs.ts";
import type { Shelf, ShelfTool } from "../tools/shelf.ts";
import type { AgentsHost } from "./agents-host.ts";
import type { Stores } from "./stores.ts";

export interface InferenceHostOptions {
  models(): Promise<ModelService>;
  shelf(): Promise<Shelf>;
  agents(): Promise<AgentsHost>;
  stores(): Promise<Stores>;
  /** Where results that are too long for a model are kept; without it, what does not fit is lost to the model. */
  db?(): Promise<ControlDb>;
  /** The skills of the plugins that have these tools; without it, there are none. */
  skills?(tools: readonly ShelfTool[]): Promise<readonly Skill[]>;
  /** Where files go that runs share; without it, none do. */
  artifacts?(): Promise<Artifacts>;
  /** The host is stopped when this is aborted: all runs are cancelled. */
  readonly signal: AbortSignal;
}

export interface InferenceHost extends AgentRunner {
  /** Resolves when no run is open any more and all of them are in their sessions. */
  settled(): Promise<void>;
}

/** Opens nothing yet. */
export function openInference({ skills, db, ...options }: InferenceHostOptions): InferenceHost {
  const open = new OpenRuns();
  let outputs: ToolOutputs | undefined;
  const parts: RunParts = {
    models: options.models,
    shelf: options.shelf,
    sessions: async () => (await options.agents()).sessions,
    async outputs() {
      if (db !== undefined) outputs ??= new ToolOutputs(await db());
      return outputs;
    },
    skills: async (tools) => (await skills?.(tools)) ?? [],
    ...(options.artifacts === undefined ? {} : { artifacts: options.artifacts }),
    open,
    signal: options.signal,
  };
  return {
    async run(request) {
      if (request.pluginId !== undefined) return await runAgent(parts, request);
      return await recordedRun(options.stores, request, () => runAgent(parts, request));
    },
    settled: () => open.settled(),
  };
}

/** One row for each run: with its trace, the rows of the tools that were called in it are found. */
async function recordedRun(
  stores: () => Promise<Stores>,
  request: RunRequest,
  work: () => Promise<RunOutcome>,
): Promise<RunOutcome> {
  const { insights } = await stores();
  const [time, startedAt] = [Date.now(), performance.now()];
  const record = (model: string, status: number, response: string, errorCode: ErrorCode | undefined) =>
    insights.record({
      time,
      pluginId: "",
      agentId: request.agent?.id,
      kind: "inference",
      method: "POST",
      path: `/inference/${model}`,
      status,
      durationMs: performance.now() - startedAt,
      request: lastText(request),
      response: response.slice(0, INSIGHTS_BODY_CHARS_MAX + 1),
      errorCode,
      traceId: request.traceId,
    });
  try {
    const outcome = await work();
    const code = codeOf(outcome);
    record(outcome.model, code === undefined ? 200 : ERRORS[code].http, outcome.content, code);
    return outcome;
  } catch (error) {
    const { code, message } = toHostError(error);
    record(request.model ?? "default", ERRORS[code].http, message, code);
    throw error;
  }
}

/** The code of a run that did not come to its end. */
function codeOf({ finish, error }: RunOutcome): ErrorCode | undefined {
  if (finish === "failed") return error?.code ?? "internal";
  if (finish === "cancelled") return "interrupted";
  return finish === "max_iterations" ? "max_iterations_reached" : undefined;
}

function lastText({ messages }: RunRequest): string {
  const content = messages.at(-1)?.content ?? "";
  const text = typeof content === "string" ? content : JSON.stringify(content);
  return text.slice(0, INSIGHTS_BODY_CHARS_MAX + 1);
}
