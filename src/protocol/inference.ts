// What models are asked and what they answer, in the words that every face of the host shares: chat messages as
// OpenAI-compatible servers take them, the events of a stream, and how a run of an agent ends.

import type { ErrorCode } from "./errors.ts";
import type { Clarification } from "./task.ts";

/** One call that a model asks for, as it stands in a message. */
export interface ModelToolCall {
  readonly id: string;
  readonly name: string;
  /** As the model wrote them: mostly JSON text of an object, and not always. */
  readonly arguments: string;
}

/** A part of a message with several: text, or anything else that the model's server knows, passed through. */
export type ContentPart = { readonly type: string } & Readonly<Record<string, unknown>>;

/** One message of a conversation. */
export interface ChatMessage {
  readonly role: "system" | "developer" | "user" | "assistant" | "tool";
  readonly content: string | readonly ContentPart[] | null;
  readonly name?: string;
  /** Of an assistant's message. */
  readonly toolCalls?: readonly ModelToolCall[];
  /** Of a tool's message: which call it answers. */
  readonly toolCallId?: string;
  /** What the model thought, where it says so. Kept in transcripts, not sent again. */
  readonly reasoning?: string;
}

/** A tool as a model is told of it. */
export interface ToolDefinition {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of an object. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** What is passed on to the model's server as it is, under these names; members that are not there are left out. */
export interface Sampling {
  readonly max_tokens?: number;
  readonly temperature?: number;
  readonly top_p?: number;
  readonly frequency_penalty?: number;
  readonly presence_penalty?: number;
  readonly stop?: string | readonly string[];
  readonly n?: number;
  readonly seed?: number;
  readonly tool_choice?: unknown;
  readonly parallel_tool_calls?: boolean;
  readonly response_format?: unknown;
  readonly enable_thinking?: boolean;
  readonly reasoning_effort?: string;
}

export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly totalTokens: number;
  /** Set when the model's server said nothing, and the numbers were counted from the text. */
  readonly isEstimated?: true;
}

/** Why a model stopped. */
export type ModelFinish = "stop" | "length" | "tool_calls" | "content_filter";

/** What one call of a model gives, in order. Exactly one `finish` is the last, or the iteration throws. */
export type ModelEvent =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "reasoning"; readonly text: string }
  /** A whole call: its arguments are complete. */
  | { readonly type: "tool_call"; readonly call: ModelToolCall }
  | { readonly type: "usage"; readonly usage: Usage }
  | { readonly type: "finish"; readonly reason: ModelFinish };

/** One model that can be asked. */
export interface ModelInfo {
  /** As requests name it. */
  readonly id: string;
  readonly name: string;
  /** The model provider's name. */
  readonly provider: string;
  readonly type: "chat" | "embedding";
  readonly capabilities: readonly string[];
  readonly contextWindow?: number;
  readonly dimensions?: number;
}

export interface Embeddings {
  readonly model: string;
  readonly vectors: readonly (readonly number[])[];
  readonly promptTokens: number;
}

/** A file that a run shared. */
export interface SharedArtifact {
  readonly filename: string;
  readonly mime_type: string;
  readonly size: number;
  readonly host_path: string;
  readonly is_directory: boolean;
  readonly description?: string;
}

/** What a run of an agent tells while it goes on. */
export type RunEvent =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "reasoning"; readonly text: string }
  | { readonly type: "tool_call"; readonly call: ModelToolCall }
  /** `content` is the tool's envelope as JSON text, whole; `isError` says whether it tells a failure. */
  | {
      readonly type: "tool_result";
      readonly callId: string;
      readonly name: string;
      readonly content: string;
      readonly isError: boolean;
      /** The arguments with which the call was made, where a person changed the model's. */
      readonly edited?: string;
    }
  /** These calls stand in the transcript, and the host makes them now. */
  | { readonly type: "calls_begin"; readonly calls: readonly ModelToolCall[] }
  /** A file was shared. */
  | { readonly type: "artifact"; readonly artifact: SharedArtifact }
  /** Once for each call of the model. */
  | {
      readonly type: "usage";
      readonly usage: Usage;
      readonly tokensPerSecond: number;
      /** The model ended while it was thinking. */
      readonly unclosedReasoning: boolean;
    };

/** How a run ended. `failed`: see `error`. */
export type RunFinish =
  | ModelFinish
  | "max_iterations"
  /** The model asked something, see `question`; it goes on with the answer. */
  | "clarification"
  | "cancelled"
  | "failed";

export interface RunOutcome {
  /** `cmpl-` and 12 hex digits. */
  readonly id: string;
  /** The model that answered, as its server names it; the one that was asked for when it did not come to that. */
  readonly model: string;
  readonly finish: RunFinish;
  /** The text after the last round of tools: the answer, or what there is of it. */
  readonly content: string;
  readonly reasoning: string;
  /** Calls that were made, in order. */
  readonly toolCallsExecuted: readonly { readonly name: string; readonly tool_call_id: string }[];
  /** Calls that the model asked for last and nobody made: those for the caller, and those after the last iteration. */
  readonly pendingToolCalls: readonly ModelToolCall[];
  readonly sharedArtifacts: readonly SharedArtifact[];
  /** All calls of the model together. */
  readonly usage: Usage;
  /** All turns that the run added to the conversation, tool results as the model got them. */
  readonly turns: readonly ChatMessage[];
  /** The session that they were added to. */
  readonly sessionId: string | undefined;
  readonly error: RunError | undefined;
  /** With the finish `clarification`. */
  readonly question?: Clarification;
  /** Earlier turns were too much for the model, which was not given all of them. */
  readonly isShortened?: true;
}

export interface RunError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string | undefined;
  /** How long to wait before the next try, where the model's server said so. */
  readonly retryAfterMs?: number | undefined;
  /** What the model's server answered with, where it refused the request. */
  readonly status?: number | undefined;
}
