// What a run comes to as a chat completion: whole, or in chunks. Calls of tools that ran in the host are not among the
// calls of the answer, because a client would try to make them; what is told of them is in a member of our own, `osaurus`.

import type { ModelToolCall, RunEvent, RunOutcome, Usage } from "../../protocol/inference.ts";

/** What clients of OpenAI's API know as reasons to stop. */
const FINISH: Readonly<Record<string, string>> = {
  stop: "stop",
  length: "length",
  tool_calls: "tool_calls",
  content_filter: "content_filter",
  // Cut short, and not by the model; `osaurus.finish` has it as it is.
  max_iterations: "length",
};

/** The answer as a whole. */
export function chatCompletion(id: string, outcome: RunOutcome): object {
  const calls = callsForClient(outcome);
  const message = {
    role: "assistant",
    content: outcome.content === "" && calls.length > 0 ? null : outcome.content,
    refusal: null,
    ...(outcome.reasoning === "" ? {} : { reasoning_content: outcome.reasoning }),
    ...(calls.length === 0 ? {} : { tool_calls: calls.map(wireCall) }),
  };
  return {
    id,
    object: "chat.completion",
    created: secondsNow(),
    model: outcome.model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishReason(outcome) }],
    usage: wireUsage(outcome.usage),
    osaurus: extension(outcome),
  };
}

interface ChunkOptions {
  readonly id: string;
  readonly model: string;
  readonly includesUsage: boolean;
  /** The tools are the client's. */
  readonly showsCalls: boolean;
}

/** Makes the chunks of one stream, in order. */
export class ChatChunks {
  readonly #options: ChunkOptions;
  readonly #created = secondsNow();
  readonly #shown = new Set<ModelToolCall["id"]>();
  #hasBegun = false;
  #hasText = false;
  #isAfterTools = false;

  constructor(options: ChunkOptions) {
    this.#options = options;
  }

  *of(event: RunEvent): Generator<object> {
    switch (event.type) {
      case "text":
        yield* this.#delta({ content: this.#gap() + event.text });
        this.#hasText = true;
        break;
      case "reasoning":
        yield* this.#delta({ reasoning_content: event.text });
        break;
      case "tool_call":
        if (this.#options.showsCalls) yield* this.#call(event.call);
        else yield* this.#note({ tool_call: { id: event.call.id, name: event.call.name } });
        break;
      case "tool_result":
        this.#isAfterTools = true;
        yield* this.#note({ tool_result: { id: event.callId, name: event.name, is_error: event.isError } });
        break;
      case "usage":
        break;
    }
  }

  /** What ends the stream. */
  *last(outcome: RunOutcome): Generator<object> {
    for (const call of callsForClient(outcome)) if (!this.#shown.has(call.id)) yield* this.#call(call);
    yield* this.#begin();
    yield { ...this.#chunk({}, finishReason(outcome)), osaurus: extension(outcome) };
    if (this.#options.includesUsage) yield { ...this.#frame(), choices: [], usage: wireUsage(outcome.usage) };
  }

  /** Texts before and after tools are two paragraphs. */
  #gap(): string {
    const gap = this.#isAfterTools && this.#hasText ? "\n\n" : "";
    this.#isAfterTools = false;
    return gap;
  }

  *#call(call: ModelToolCall): Generator<object> {
    const index = this.#shown.size;
    this.#shown.add(call.id);
    yield* this.#delta({ tool_calls: [{ index, ...wireCall(call) }] });
  }

  *#note(osaurus: object): Generator<object> {
    yield* this.#begin();
    yield { ...this.#chunk({}, null), osaurus };
  }

  *#delta(delta: object): Generator<object> {
    yield* this.#begin();
    yield this.#chunk(delta, null);
  }

  *#begin(): Generator<object> {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    yield this.#chunk({ role: "assistant", content: "" }, null);
  }

  #chunk(delta: object, finish: string | null): object {
    const choices = [{ index: 0, delta, logprobs: null, finish_reason: finish }];
    return { ...this.#frame(), choices, ...(this.#options.includesUsage ? { usage: null } : {}) };
  }

  #frame(): object {
    const { id, model } = this.#options;
    return { id, object: "chat.completion.chunk", created: this.#created, model };
  }
}

/** Those that nobody made and that are the client's to make. */
export function callsForClient({ finish, pendingToolCalls }: RunOutcome): readonly ModelToolCall[] {
  return finish === "tool_calls" ? pendingToolCalls : [];
}

/** What OpenAI's API has no member for. */
export function extension(outcome: RunOutcome): object {
  const { finish, sessionId, toolCallsExecuted, sharedArtifacts, usage, isShortened } = outcome;
  return {
    finish,
    ...(sessionId === undefined ? {} : { session_id: sessionId }),
    ...(isShortened === true ? { is_shortened: true } : {}),
    ...(toolCallsExecuted.length === 0 ? {} : { tool_calls_executed: toolCallsExecuted }),
    ...(sharedArtifacts.length === 0
      ? {}
      : { shared_artifacts: sharedArtifacts.map(({ host_path: _, ...artifact }) => artifact) }),
    ...(usage.isEstimated ? { usage_is_estimated: true } : {}),
  };
}

export function secondsNow(): number {
  return Math.floor(Date.now() / 1_000);
}

function finishReason(outcome: RunOutcome): string {
  const reason = FINISH[outcome.finish] ?? "stop";
  return reason === "tool_calls" && outcome.pendingToolCalls.length === 0 ? "stop" : reason;
}

function wireCall({ id, name, arguments: text }: ModelToolCall) {
  return { id, type: "function", function: { name, arguments: text } };
}

function wireUsage({ promptTokens, completionTokens, totalTokens }: Usage) {
  return { prompt_tokens: promptTokens, completion_tokens: completionTokens, total_tokens: totalTokens };
}
