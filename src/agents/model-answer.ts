// One call of a model, from its first event to its last: told on as it comes, and collected.

import { randomBytes } from "node:crypto";
import { eachUntilAborted } from "../base/until-aborted.ts";
import type { ChatMessage, ModelFinish, ModelToolCall, RunEvent, Usage } from "../protocol/inference.ts";
import { RUN_TOOL_CALLS_MAX } from "../protocol/limits.ts";
import { estimateUsage } from "./estimate-usage.ts";
import type { ModelRequest, ModelService } from "./model-service.ts";

/** What a model answered, or as much of it as came. */
export interface ModelAnswer {
  text: string;
  reasoning: string;
  /** RUN_TOOL_CALLS_MAX at most; each has an id of its own. */
  readonly calls: ModelToolCall[];
  /** Calls beyond these, which nobody makes. */
  callsLeftOut: number;
  usage: Usage | undefined;
  /** Undefined while the model has not ended. */
  finish: ModelFinish | undefined;
}

export type Emit = (event: RunEvent) => Promise<void>;

export function emptyAnswer(): ModelAnswer {
  return { text: "", reasoning: "", calls: [], callsLeftOut: 0, usage: undefined, finish: undefined };
}

interface AnswerTaker {
  readonly signal: AbortSignal;
  readonly emit: Emit;
  /** What comes after the run is over is nobody's. */
  throwIfOver(): void;
}

/** Asks the model. What came is in `answer`, also when this throws. */
export async function askModel(
  models: Pick<ModelService, "stream">,
  request: ModelRequest,
  answer: ModelAnswer,
  { signal, emit, throwIfOver }: AnswerTaker,
): Promise<void> {
  let startedAt: number | undefined;
  let isThinking = false;
  for await (const event of eachUntilAborted(models.stream(request, signal), signal)) {
    throwIfOver();
    if (event.type === "text" || event.type === "reasoning" || event.type === "tool_call") {
      startedAt ??= performance.now();
      isThinking = event.type === "reasoning";
    }
    switch (event.type) {
      case "text":
      case "reasoning":
        if (event.type === "text") answer.text += event.text;
        else answer.reasoning += event.text;
        await emit(event);
        break;
      case "tool_call":
        await takeCall(answer, event.call, emit);
        break;
      case "usage":
        answer.usage = event.usage;
        break;
      case "finish":
        answer.finish = event.reason;
    }
  }
  const seconds = Math.max(performance.now() - (startedAt ?? performance.now()), 1) / 1000;
  const usage = answer.usage ?? estimated(request, answer);
  answer.usage = usage;
  const tokensPerSecond = Math.round((usage.completionTokens / seconds) * 100) / 100;
  await emit({ type: "usage", usage, tokensPerSecond, unclosedReasoning: isThinking });
}

/** The answer as a turn; nothing when nothing came. */
export function turnOf({ text, reasoning }: ModelAnswer, calls: readonly ModelToolCall[]): ChatMessage | undefined {
  if (text === "" && reasoning === "" && calls.length === 0) return undefined;
  return {
    role: "assistant",
    content: text === "" && calls.length > 0 ? null : text,
    ...(calls.length > 0 ? { toolCalls: calls } : {}),
    ...(reasoning === "" ? {} : { reasoning }),
  };
}

/** A result is told from others by its call's id: one that is missing, or there already, is replaced. */
async function takeCall(answer: ModelAnswer, given: ModelToolCall, emit: Emit): Promise<void> {
  if (answer.calls.length >= RUN_TOOL_CALLS_MAX) {
    answer.callsLeftOut++;
    return;
  }
  const isOwn = given.id !== "" && !answer.calls.some(({ id }) => id === given.id);
  const call = isOwn ? given : { ...given, id: `call_${randomBytes(6).toString("hex")}` };
  answer.calls.push(call);
  await emit({ type: "tool_call", call });
}

function estimated({ messages }: ModelRequest, { text, reasoning, calls }: ModelAnswer): Usage {
  const callChars = calls.reduce((sum, one) => sum + one.name.length + one.arguments.length, 0);
  return estimateUsage(messages, text.length + reasoning.length + callChars);
}
