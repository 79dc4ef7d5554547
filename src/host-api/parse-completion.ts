// What a plugin asks complete and complete_stream for: the members of its JSON, checked ("Osaurus: Host API", inference).

import type { ChatMessage, Sampling, ToolDefinition } from "../protocol/inference.ts";
import {
  MODEL_NAME_CHARS_MAX,
  RUN_ITERATIONS_MAX,
  SESSION_KEY_CHARS_MAX,
  STREAM_ID_CHARS_MAX,
} from "../protocol/limits.ts";
import { agentMembersOf } from "./bound-agent.ts";
import { parseMessages } from "./parse-messages.ts";
import { parseToolDefinitions } from "./parse-tool-definitions.ts";
import {
  flagOf,
  isObject,
  type Members,
  memberOf,
  numberOf,
  RequestProblem,
  readMembers,
  textOf,
  wholeNumberOf,
} from "./request-members.ts";

export interface Completion {
  /** Undefined: the agent's model, else the host's. */
  readonly model: string | undefined;
  readonly messages: readonly ChatMessage[];
  /** `true`: those of the agent. */
  readonly tools: true | readonly ToolDefinition[] | undefined;
  readonly sampling: Sampling;
  readonly maxIterations: number | undefined;
  readonly sessionKey: string | undefined;
  /** Of a streamed one that can be cancelled. */
  readonly streamId: string | undefined;
  /** Names of an agent that the request has; they are ignored. */
  readonly agentMembers: readonly string[];
}

/** Reads the JSON. Throws `RequestProblem`. */
export function parseCompletion(json: string, name: "complete" | "complete_stream"): Completion {
  const members = readMembers(json);
  return {
    model: modelOf(members),
    messages: parseMessages(memberOf(members, "messages")),
    tools: toolsOf(memberOf(members, "tools")),
    sampling: samplingOf(members),
    maxIterations: iterationsOf(memberOf(members, "max_iterations")),
    sessionKey: keyOf(memberOf(members, "session_id"), "session_id", SESSION_KEY_CHARS_MAX),
    streamId:
      name === "complete" ? undefined : keyOf(memberOf(members, "stream_id"), "stream_id", STREAM_ID_CHARS_MAX)?.trim(),
    agentMembers: agentMembersOf(members),
  };
}

/** Undefined for whatever stands for the default. */
export function modelOf(members: Members): string | undefined {
  const model = textOf(memberOf(members, "model"), "model", MODEL_NAME_CHARS_MAX)?.trim();
  return model === undefined || model === "" || model.toLowerCase() === "default" ? undefined : model;
}

function toolsOf(value: unknown): Completion["tools"] {
  if (value === true) return true;
  if (!Array.isArray(value) || value.length === 0) return undefined;
  return parseToolDefinitions(value);
}

function samplingOf(members: Members): Sampling {
  const of = (name: string) => memberOf(members, name);
  const given: { [name in keyof Sampling]: Sampling[name] | undefined } = {
    max_tokens: wholeNumberOf(of("max_tokens"), "max_tokens", 1),
    temperature: numberOf(of("temperature"), "temperature"),
    top_p: numberOf(of("top_p"), "top_p"),
    frequency_penalty: numberOf(of("frequency_penalty"), "frequency_penalty"),
    presence_penalty: numberOf(of("presence_penalty"), "presence_penalty"),
    stop: stopOf(of("stop")),
    n: wholeNumberOf(of("n"), "n", 1),
    seed: wholeNumberOf(of("seed"), "seed", Number.MIN_SAFE_INTEGER),
    tool_choice: toolChoiceOf(of("tool_choice")),
    parallel_tool_calls: flagOf(of("parallel_tool_calls"), "parallel_tool_calls"),
    response_format: objectOf(of("response_format"), "response_format"),
    enable_thinking: flagOf(of("enable_thinking"), "enable_thinking"),
    reasoning_effort: textOf(of("reasoning_effort"), "reasoning_effort", MODEL_NAME_CHARS_MAX),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function stopOf(value: unknown): Sampling["stop"] | undefined {
  if (value === undefined || typeof value === "string") return value;
  if (Array.isArray(value) && value.every((one) => typeof one === "string")) return value;
  throw new RequestProblem("stop is neither a text nor a list of texts");
}

function toolChoiceOf(value: unknown): unknown {
  if (value === undefined || typeof value === "string" || isObject(value)) return value;
  throw new RequestProblem("tool_choice is neither a text nor an object");
}

function objectOf(value: unknown, name: string): Members | undefined {
  if (value === undefined || isObject(value)) return value;
  throw new RequestProblem(`${name} is no object`);
}

/** More than there may be is as many as there may be. */
function iterationsOf(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "number") throw new RequestProblem("max_iterations is no number");
  return Math.min(RUN_ITERATIONS_MAX, Math.max(1, Math.trunc(value)));
}

/** A name that the plugin gave; a blank one is none. */
function keyOf(value: unknown, name: string, charsMax: number): string | undefined {
  const key = textOf(value, name, charsMax);
  return key === undefined || key.trim() === "" ? undefined : key;
}
