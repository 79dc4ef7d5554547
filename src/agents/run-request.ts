// What starts a run of an agent, whoever asks for it: a person in a chat, a client of the API, a plugin, a task.

import type { Agent } from "../protocol/agent.ts";
import type { ChatMessage, RunEvent, RunOutcome, Sampling, ToolDefinition } from "../protocol/inference.ts";
import type { TurnWriter } from "../store/sessions.ts";
import type { ToolRef } from "../tools/shelf.ts";

/**
 * Which tools the model may call. `agent`: those that the agent has, run by the host. `given`: these; with `runsOnShelf`
 * those among them that the agent has are run by the host, all others are for the caller, and the run ends with
 * `tool_calls` when one of those is asked for.
 */
export type RunTools =
  | { readonly kind: "none" }
  | { readonly kind: "agent" }
  | { readonly kind: "given"; readonly definitions: readonly ToolDefinition[]; readonly runsOnShelf: boolean };

/** Where the transcript is kept; nothing is when it is left out. */
export type RunSession =
  /**
   * Must be the agent's; fails with `session_unknown`. Its turns go in front of the messages. `writer`: names whoever adds
   * to it; then what others added behind its last user's turn stays out of sight, see `TurnChoice`.
   */
  | { readonly kind: "id"; readonly id: string; readonly writer?: TurnWriter }
  /** The plugin's session of that key for this agent, made when there is none. */
  | { readonly kind: "key"; readonly pluginId: string; readonly key: string; readonly replays: boolean }
  /** A new one. Without a title, it is called by what is said first. */
  | { readonly kind: "new"; readonly pluginId: string | null; readonly title: string };

export interface RunRequest {
  /** Undefined: nobody's; then there are no tools of an agent and no prompt. */
  readonly agent: Agent | undefined;
  /** As it was named; see `ModelService.choose`. */
  readonly model?: string | null | undefined;
  readonly messages: readonly ChatMessage[];
  readonly tools: RunTools;
  readonly sampling: Sampling;
  /**
   * Goes on where the transcript of its session ends, which is one with an id; `messages` is empty then, and an answer that
   * broke off is not kept, unless it was interrupted: it is made again when the run is gone on with. Nothing is done that is
   * not in the session first: the run fails when it cannot be written.
   */
  readonly continues?: boolean | undefined;
  /** Awaited when it is the run's turn in its session, before the transcript is read. */
  beforeTurns?(): Promise<void>;
  /** Tools that are there whatever the agent's selection says, with `tools` of the kind `agent`. */
  readonly alsoTools?: readonly ToolRef[] | undefined;
  /**
   * The model has a tool, `clarify`, by which it asks a question; the run ends with that. See `questionAtEnd` for one that
   * was ended before anybody learnt of the question.
   */
  readonly mayAsk?: boolean | undefined;
  /** The model has a tool, `share_artifact`. Files go into this folder of the artifacts folder. */
  readonly artifactFolder?: string | undefined;
  /** Is given, once the run may speak, what ends it otherwise than by `signal`. */
  onOpen?(run: OpenRun): void;
  /** Calls of the model at most; RUN_ITERATIONS_DEFAULT when left out, RUN_ITERATIONS_MAX at most. */
  readonly maxIterations?: number | undefined;
  /** What a plugin adds to the system prompt. */
  readonly instructions?: string | undefined;
  readonly session?: RunSession | undefined;
  /** Ties the rows of all calls together. */
  readonly traceId: string;
  /** The plugin that asks: its host call has a row in Insights already. */
  readonly pluginId?: string | undefined;
  /** As for a tool call. */
  readonly consent?: "given" | "refused" | undefined;
  /** Cancels the run: what is asked of the model, and tool calls that are open. */
  readonly signal: AbortSignal;
  /** Awaited, so that a slow taker slows the model down and nothing piles up. A failure of it cancels the run. */
  onEvent?(event: RunEvent): void | Promise<void>;
}

export interface OpenRun {
  /**
   * Ends the run, softly: what was said and done so far, calls that are open with a result that says so, and behind it
   * the message as a user's turn, are in the transcript when this resolves; only then are the model and the tools cut off.
   * From the moment of the call the run says and does nothing more. Ends with `cancelled`. Called again, it only adds the
   * message. A run that is about to end by itself takes the message too, and ends as it would have; one that is over does
   * nothing.
   */
  interrupt(message: string | undefined): Promise<void>;
}

/**
 * Runs agents. What goes wrong with the model or the tools is in the outcome; throws for what the caller got wrong:
 * `model_unknown`, `model_provider_missing`, `session_unknown`, `request_invalid`.
 */
export interface AgentRunner {
  run(request: RunRequest): Promise<RunOutcome>;
}
