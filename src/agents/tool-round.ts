// The calls that a model asks for in one answer: several at a time, told in their order, each with a result whatever
// becomes of it.

import { createHash } from "node:crypto";
import { mapLimit } from "../base/map-limit.ts";
import { untilAborted } from "../base/until-aborted.ts";
import { type ErrorCode, HostError, toHostError } from "../protocol/errors.ts";
import type { ModelToolCall } from "../protocol/inference.ts";
import { RUN_TOOL_CALLS_PARALLEL_MAX } from "../protocol/limits.ts";
import type { ToolOutcome } from "../tools/call-tool.ts";
import type { FailureKind } from "../tools/envelope.ts";
import type { CallRound } from "./call-round.ts";
import { CUT_OFF, NEVER_MADE } from "./lost-calls.ts";
import type { Emit } from "./model-answer.ts";
import { failed } from "./own-tool.ts";
import { resultOf, type ToolResult } from "./result-for-model.ts";
import { type RoundBounds, RoundRoom } from "./round-room.ts";
import type { RunTools } from "./run-tools.ts";

interface RoundDeps {
  readonly signal: AbortSignal;
  /** No further call is to be made, though the signal may not be aborted yet. */
  readonly isOver: boolean;
  readonly emit: Emit;
  readonly bounds?: RoundBounds;
}

/**
 * Makes calls, the first ones of a round. What a tool does is in the results; each of these calls has one also when this
 * throws, which it does when the run is over or its taker failed.
 */
export async function toolRound(
  calls: readonly ModelToolCall[],
  tools: Pick<RunTools, "call" | "keep">,
  round: CallRound,
  deps: RoundDeps,
): Promise<void> {
  const room = new RoundRoom(deps.bounds);
  const untold = calls.map(() => Promise.withResolvers<Pick<ToolResult, "content" | "isError" | "edited">>());
  const running = mapLimit(calls, RUN_TOOL_CALLS_PARALLEL_MAX, async (call, index) => {
    await room.enter();
    try {
      const { outcome, wasMade } = await makeCall(call, tools, deps, () => round.begin(index));
      const { forModel, ...result } = await room.oneAtATime(() => heldResult(outcome, tools, room));
      const { content } = result;
      untold[index]!.resolve(result);
      const digest = createHash("sha256").update(content).digest("base64");
      round.end(index, { call, forModel, digest, wasMade });
    } finally {
      room.leave();
    }
  });
  running.catch(() => {}); // Thrown below.
  try {
    for (const [index, { id: callId, name }] of calls.entries()) {
      // Where a call fails for a reason of ours, its result never comes.
      await Promise.race([untold[index]!.promise, running]);
      const { content, isError, edited } = await untold[index]!.promise;
      delete untold[index];
      const changed = edited === undefined ? {} : { edited };
      await deps.emit({ type: "tool_result", callId, name, content, isError, ...changed });
      room.release(content.length);
    }
  } finally {
    await running;
  }
}

async function heldResult(outcome: ToolOutcome, tools: Pick<RunTools, "keep">, room: RoundRoom): Promise<ToolResult> {
  const result = await resultOf(outcome, (tool, text) => tools.keep(tool, text), room.charsLeft);
  room.hold(result.wholeChars, result.content.length);
  return result;
}

interface CallOutcome {
  readonly outcome: ToolOutcome;
  readonly wasMade: boolean;
}

/** Never throws: what goes wrong is the call's outcome. */
async function makeCall(
  { name, arguments: input }: ModelToolCall,
  tools: Pick<RunTools, "call">,
  deps: RoundDeps,
  begin: () => void,
): Promise<CallOutcome> {
  if (deps.isOver) return { outcome: failed(name, NEVER_MADE), wasMade: false };
  begin();
  try {
    const outcome = await untilAborted(tools.call(name, input, deps.signal), deps.signal);
    const isUnknown = !outcome.envelope.ok && outcome.envelope.kind === "tool_not_found";
    return { outcome, wasMade: !isUnknown };
  } catch (error) {
    const { code, message } = toHostError(error);
    if (code === "interrupted") return { outcome: failed(name, CUT_OFF), wasMade: true };
    const kind = KINDS[code] ?? "execution_error";
    // What went wrong inside the host is nothing for a model.
    const shown = error instanceof HostError ? message : "the host could not make the call";
    return { outcome: failed(name, { kind, code, message: shown }), wasMade: kind !== "tool_not_found" };
  }
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
