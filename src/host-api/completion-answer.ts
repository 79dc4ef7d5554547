// What a plugin gets for a completion: the answer as OpenAI-compatible servers give it, or, for every end before its time,
// an envelope with what there is of the answer ("Osaurus: Host API", inference).

import { HostError } from "../protocol/errors.ts";
import type { ModelToolCall, RunError, RunOutcome, Usage } from "../protocol/inference.ts";
import { sortedMembers } from "../protocol/sorted-members.ts";
import type { ChunkFinish } from "./completion-chunks.ts";
import { type HostAnswer, refusal } from "./host-answer.ts";
import type { EndedBy } from "./inference-ending.ts";
import { RequestProblem } from "./request-members.ts";

export interface CompletionName {
  readonly id: string;
  readonly streamId: string | undefined;
}

/** How a stream of this outcome ends; undefined for one that breaks off without a last chunk. */
export function chunkFinishOf({ finish }: RunOutcome, endedBy: EndedBy | undefined): ChunkFinish | undefined {
  if (finish === "failed" || (finish === "cancelled" && endedBy === "timeout")) return undefined;
  // Completions have no tool to ask with.
  return finish === "clarification" ? "stop" : finish;
}

export function completionAnswer(
  outcome: RunOutcome,
  { id, streamId }: CompletionName,
  endedBy: EndedBy | undefined,
): HostAnswer {
  const { finish, error } = outcome;
  if (finish === "cancelled" || finish === "failed") {
    if (endedBy === "timeout") return refusal("host_timeout", TOO_LONG, partOf(outcome, id));
    if (finish === "failed")
      return refusal("inference_error", messageOf(error), { ...partOf(outcome, id), ...causeOf(error) });
    const message = ENDED[endedBy ?? "gone"];
    const more = { stream_id: streamId ?? null, usage: {}, ...usageMembers(outcome.usage) };
    return refusal("cancelled", message, { ...partOf(outcome, id), ...more });
  }
  if (finish === "max_iterations") {
    const pending = { pending_tool_calls: outcome.pendingToolCalls.map(toolCall) };
    return refusal("max_iterations_reached", EXHAUSTED, { ...partOf(outcome, id), ...pending });
  }
  return { text: JSON.stringify(sortedMembers(wholeOf(outcome, id))) };
}

/**
 * The same where it did not come to an outcome. What nobody foresaw is thrown again.
 *
 * @param code what plugins know such failures as.
 */
export function inferenceFailure(
  thrown: unknown,
  code: "inference_error" | "embedding_error",
  endedBy: EndedBy | undefined,
  more: Readonly<Record<string, unknown>> = {},
): HostAnswer {
  if (thrown instanceof RequestProblem) return refusal(thrown.code, thrown.message);
  if (endedBy === "timeout") return refusal("host_timeout", TOO_LONG, more);
  if (endedBy !== undefined) return refusal("cancelled", ENDED[endedBy], more);
  if (!(thrown instanceof HostError) || thrown.code === "internal") throw thrown;
  if (thrown.code === "request_invalid") return refusal("invalid_request", thrown.message, more);
  const { message, hint } = thrown;
  const retryAfterMs = thrown.details?.["retry_after_ms"];
  const cause = causeOf({
    code: thrown.code,
    message,
    hint,
    retryAfterMs: typeof retryAfterMs === "number" ? retryAfterMs : undefined,
  });
  return refusal(code, sentence(message), { ...more, ...cause });
}

const ENDED: Readonly<Record<Exclude<EndedBy, "timeout">, string>> = {
  cancel: "Streaming completion cancelled by plugin via complete_cancel.",
  gone: "The host ended the request.",
  abandoned: "Nobody waits any more for the call that this was asked in.",
};
const EXHAUSTED = "The model was not done after as many calls as it may have.";
const TOO_LONG = "It took too long and was ended.";

/** What is left of a completion that ended before its time. */
function partOf(outcome: RunOutcome, id: string): Readonly<Record<string, unknown>> {
  return {
    id,
    model: outcome.model,
    partial_content: outcome.content.toWellFormed(),
    shared_artifacts: outcome.sharedArtifacts,
    tool_calls_executed: outcome.toolCallsExecuted.map(executed),
  };
}

function wholeOf(outcome: RunOutcome, id: string): Readonly<Record<string, unknown>> {
  const { content, finish, model, pendingToolCalls, sharedArtifacts, toolCallsExecuted } = outcome;
  const calls = pendingToolCalls.length === 0 ? {} : { tool_calls: pendingToolCalls.map(toolCall) };
  const message = { content: content.toWellFormed(), role: "assistant", ...calls };
  return {
    choices: [{ finish_reason: finish, index: 0, message }],
    id,
    model,
    ...(sharedArtifacts.length === 0 ? {} : { shared_artifacts: sharedArtifacts }),
    ...(toolCallsExecuted.length === 0 ? {} : { tool_calls_executed: toolCallsExecuted.map(executed) }),
    ...usageMembers(outcome.usage),
  };
}

function toolCall({ id, name, arguments: given }: ModelToolCall): object {
  return { function: { arguments: given.toWellFormed(), name: name.toWellFormed() }, id, type: "function" };
}

function executed({ name, tool_call_id }: RunOutcome["toolCallsExecuted"][number]): object {
  return { name, tool_call_id };
}

/** Nothing when no model was asked. */
function usageMembers({ completionTokens, promptTokens, totalTokens, isEstimated }: Usage): object {
  if (totalTokens === 0 && promptTokens === 0 && completionTokens === 0) return {};
  const usage = { completion_tokens: completionTokens, prompt_tokens: promptTokens, total_tokens: totalTokens };
  return { usage, ...(isEstimated ? { usage_is_estimated: true } : {}) };
}

/** What an envelope says beyond its own code. */
function causeOf(error: RunError | undefined): Readonly<Record<string, unknown>> {
  if (error === undefined) return {};
  const { code, hint, retryAfterMs } = error;
  return {
    code,
    ...(hint === undefined ? {} : { hint }),
    ...(retryAfterMs === undefined ? {} : { retry_after_ms: retryAfterMs }),
  };
}

function messageOf(error: RunError | undefined): string {
  return sentence(error?.message ?? "the completion failed");
}

/** Messages of the host begin small, those for plugins are sentences. */
export function sentence(message: string): string {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
