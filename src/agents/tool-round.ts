// The calls that a model asks for in one answer: several at a time, told in their order, each with a result whatever
// becomes of it.

import { mapLimit } from "../base/map-limit.ts";
import { untilAborted } from "../base/until-aborted.ts";
import { type ErrorCode, HostError, toHostError } from "../protocol/errors.ts";
import type { ModelToolCall } from "../protocol/inference.ts";
import { RUN_TOOL_CALLS_PARALLEL_MAX } from "../protocol/limits.ts";
import type { FailureKind } from "../tools/envelope.ts";
import type { Emit } from "./model-answer.ts";
import { failed } from "./own-tool.ts";
import { resultOf, type ToolResult } from "./result-for-model.ts";
import type { RunTools } from "./run-tools.ts";

export interface MadeCall {
  readonly call: ModelToolCall;
  readonly result: ToolResult;
  /** It got as far as a tool. */
  readonly wasMade: boolean;
}

/**
 * Makes the calls. What a tool does is in the results; `made` has them in the calls' order and is complete also when this
 * throws, which it does when the run is over or its taker failed.
 */
export async function toolRound(
  calls: readonly ModelToolCall[],
  tools: Pick<RunTools, "call" | "keep">,
  made: MadeCall[],
  { signal, emit }: { readonly signal: AbortSignal; readonly emit: Emit },
): Promise<void> {
  const waiting = calls.map(() => Promise.withResolvers<MadeCall>());
  const running = mapLimit(calls, RUN_TOOL_CALLS_PARALLEL_MAX, async (call, index) => {
    const result = await makeCall(call, tools, signal);
    waiting[index]!.resolve(result);
    return result;
  });
  try {
    for (const { promise } of waiting) {
      const { call, result } = await promise;
      const { content, isError } = result;
      await emit({ type: "tool_result", callId: call.id, name: call.name, content, isError });
    }
  } finally {
    made.push(...(await running));
  }
}

/** Never throws: what goes wrong is the call's result. */
async function makeCall(
  call: ModelToolCall,
  tools: Pick<RunTools, "call" | "keep">,
  signal: AbortSignal,
): Promise<MadeCall> {
  const keep = (tool: string, text: string) => tools.keep(tool, text);
  if (signal.aborted) return { call, result: await resultOf(notMade(call.name), keep), wasMade: false };
  try {
    const outcome = await untilAborted(tools.call(call.name, call.arguments, signal), signal);
    const isUnknown = !outcome.envelope.ok && outcome.envelope.kind === "tool_not_found";
    return { call, result: await resultOf(outcome, keep), wasMade: !isUnknown };
  } catch (error) {
    const { code, message } = toHostError(error);
    if (code === "interrupted") return { call, result: await resultOf(notMade(call.name), keep), wasMade: true };
    const kind = KINDS[code] ?? "execution_error";
    // What went wrong inside the host is nothing for a model.
    const shown = error instanceof HostError ? message : "the host could not make the call";
    const outcome = failed(call.name, { kind, code, message: shown });
    return { call, result: await resultOf(outcome, keep), wasMade: kind !== "tool_not_found" };
  }
}

function notMade(tool: string) {
  const message = "the run was ended before the tool answered";
  return failed(tool, { kind: "execution_error", code: "interrupted", message, retryable: true });
}

const KINDS: Partial<Record<ErrorCode, FailureKind>> = {
  tool_unknown: "tool_not_found",
  tool_ambiguous: "tool_not_found",
  plugin_unknown: "tool_not_found",
  input_too_large: "invalid_args",
  tool_denied: "rejected",
  approval_missing: "rejected",
  approval_denied: "user_denied",
  definition_changed: "rejected",
  plugin_timeout: "timeout",
  plugin_overloaded: "unavailable",
  plugin_restarting: "unavailable",
  plugin_stopped: "unavailable",
};
