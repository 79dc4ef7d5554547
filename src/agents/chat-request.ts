// A completion as OpenAI-compatible servers take it.

import type { ChatMessage, ToolDefinition } from "../protocol/inference.ts";
import type { BackendRequest } from "./model-backend.ts";

/** The body of the request. */
export function chatRequest({ model, messages, tools, sampling }: BackendRequest, withUsage: boolean) {
  const { enable_thinking: thinks, ...passed } = sampling;
  return {
    model,
    messages: messages.map(wireMessage),
    stream: true as const,
    ...(withUsage ? { stream_options: { include_usage: true } } : {}),
    ...(tools.length === 0 ? {} : { tools: tools.map(wireTool) }),
    ...withoutUndefined(passed),
    // Servers of local models hand it to the template that the prompt is made with; some take it as it is.
    ...(thinks === undefined ? {} : { enable_thinking: thinks, chat_template_kwargs: { enable_thinking: thinks } }),
  };
}

/** What the model thought is not sent again. */
function wireMessage({ role, content, name, toolCalls, toolCallId }: ChatMessage) {
  return {
    role,
    content,
    ...(name === undefined ? {} : { name }),
    ...(toolCalls === undefined || toolCalls.length === 0
      ? {}
      : {
          tool_calls: toolCalls.map((call) => ({
            id: call.id,
            type: "function" as const,
            function: { name: call.name, arguments: call.arguments },
          })),
        }),
    ...(toolCallId === undefined ? {} : { tool_call_id: toolCallId }),
  };
}

function wireTool({ name, description, parameters }: ToolDefinition) {
  return { type: "function" as const, function: { name, description, parameters } };
}

function withoutUndefined(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
