// A request for a chat completion, from what a client sent to what a run is started with.

import * as z from "zod/mini";
import type { RunTools } from "../../agents/run-request.ts";
import type { ChatMessage, Sampling } from "../../protocol/inference.ts";
import { INFERENCE_MESSAGES_MAX, REQUEST_TOOLS_MAX, RUN_TOOL_CALLS_MAX } from "../../protocol/limits.ts";
import { anyObject, list, members, shortText } from "../../protocol/manifest-shape.ts";
import {
  atLeastOne,
  callId,
  content,
  functionTool,
  invalid,
  modelName,
  type NamedModel,
  namedModel,
  parseRequest,
  refuseUnsupported,
  requireDifferentNames,
  stop,
  toolChoice,
  toolDefinition,
  toolName,
} from "./request-parts.ts";

export interface ChatRequest extends NamedModel {
  readonly messages: readonly ChatMessage[];
  readonly tools: RunTools;
  readonly sampling: Sampling;
  readonly streams: boolean;
  readonly includesUsage: boolean;
}

const ToolCall = members({
  id: callId,
  type: z.optional(z.literal("function")),
  function: members({ name: toolName, arguments: z.string() }),
});

const Message = members({
  role: z.enum(["system", "developer", "user", "assistant", "tool"]),
  content: z.optional(content),
  name: z.optional(shortText(200)),
  tool_calls: z.optional(list(ToolCall, RUN_TOOL_CALLS_MAX)),
  tool_call_id: z.optional(callId),
  reasoning_content: z.optional(z.string()),
});

const Body = members({
  model: z.optional(modelName),
  messages: list(Message, INFERENCE_MESSAGES_MAX),
  tools: z.optional(list(members({ type: z.literal("function"), function: functionTool }), REQUEST_TOOLS_MAX)),
  tool_choice: z.optional(toolChoice),
  parallel_tool_calls: z.optional(z.boolean()),
  stream: z.optional(z.boolean()),
  stream_options: z.optional(members({ include_usage: z.optional(z.boolean()) })),
  max_tokens: z.optional(atLeastOne),
  max_completion_tokens: z.optional(atLeastOne),
  temperature: z.optional(z.number()),
  top_p: z.optional(z.number()),
  frequency_penalty: z.optional(z.number()),
  presence_penalty: z.optional(z.number()),
  stop: z.optional(stop),
  seed: z.optional(z.int()),
  response_format: z.optional(anyObject),
  reasoning_effort: z.optional(shortText(100)),
  enable_thinking: z.optional(z.boolean()),
});

type Body = z.infer<typeof Body>;

/** Reads a request; what is wrong with it is thrown as `request_invalid`. */
export function readChatRequest(input: unknown): ChatRequest {
  refuseUnsupported(input, {
    n: (value) => value === 1,
    functions: () => false,
    function_call: () => false,
    logprobs: (value) => value === false,
    top_logprobs: (value) => value === 0,
    logit_bias: (value) => typeof value === "object" && Object.keys(value!).length === 0,
    audio: () => false,
    modalities: (value) => JSON.stringify(value) === '["text"]',
    web_search_options: () => false,
  });
  const body = parseRequest(Body, input);
  if (body.messages.length === 0) throw invalid("messages", "messages: there has to be one at least");
  const tools = toolsOf(body);
  return {
    ...namedModel(body.model),
    messages: body.messages.map(chatMessage),
    tools,
    sampling: samplingOf(body, tools),
    streams: body.stream === true,
    includesUsage: body.stream_options?.include_usage === true,
  };
}

function chatMessage(message: z.infer<typeof Message>, index: number): ChatMessage {
  const { role, content, name, tool_calls: calls = [], tool_call_id: answered, reasoning_content: reasoning } = message;
  const at = `messages[${index}]`;
  if (role === "tool" && answered === undefined) throw invalid(`${at}.tool_call_id`, `${at}.tool_call_id: is missing`);
  if (content === undefined && (role !== "assistant" || calls.length === 0)) {
    throw invalid(`${at}.content`, `${at}.content: is missing`);
  }
  const isAssistant = role === "assistant";
  return {
    role,
    content: content ?? null,
    ...(name === undefined ? {} : { name }),
    ...(isAssistant && calls.length > 0
      ? { toolCalls: calls.map(({ id, function: { name, arguments: args } }) => ({ id, name, arguments: args })) }
      : {}),
    ...(role === "tool" ? { toolCallId: answered! } : {}),
    ...(isAssistant && reasoning !== undefined ? { reasoning } : {}),
  };
}

/** Without tools of the client's, those of the agent run in the host; an empty list, or "none", is a wish for none at all. */
function toolsOf({ tools, tool_choice: choice }: Body): RunTools {
  if (tools === undefined) return choice === "none" ? { kind: "none" } : { kind: "agent" };
  if (tools.length === 0) return { kind: "none" };
  const definitions = tools.map((tool) => toolDefinition(tool.function));
  requireDifferentNames(definitions);
  return { kind: "given", definitions, runsOnShelf: false };
}

function samplingOf(body: Body, tools: RunTools): Sampling {
  const { model: _, messages: __, tools: ___, stream: ____, stream_options: _____, ...rest } = body;
  const {
    max_completion_tokens: newer,
    max_tokens: older,
    tool_choice: choice,
    parallel_tool_calls: parallel,
    ...sampling
  } = rest;
  const most = newer ?? older;
  // Servers refuse what is said of tools where there are none.
  const ofTools = {
    ...(choice === undefined ? {} : { tool_choice: choice }),
    ...(parallel === undefined ? {} : { parallel_tool_calls: parallel }),
  };
  return {
    ...(withoutUndefined(sampling) as Sampling),
    ...(most === undefined ? {} : { max_tokens: most }),
    ...(tools.kind === "none" ? {} : ofTools),
  };
}

function withoutUndefined(members: object): object {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
