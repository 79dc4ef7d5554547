// A request to /v1/responses, from what a client sent to what a run is started with.

import * as z from "zod/mini";
import type { RunTools } from "../../agents/run-request.ts";
import type { ChatMessage, Sampling } from "../../protocol/inference.ts";
import { INFERENCE_MESSAGES_MAX, REQUEST_TOOLS_MAX, SYSTEM_PROMPT_CHARS_MAX } from "../../protocol/limits.ts";
import { anyObject, list, members, shortText } from "../../protocol/manifest-shape.ts";
import {
  atLeastOne,
  invalid,
  modelName,
  type NamedModel,
  namedModel,
  parseRequest,
  refuseUnsupported,
  requireDifferentNames,
  textOrList,
  toolChoice,
  toolDefinition,
  toolName,
} from "./request-parts.ts";
import { readItems } from "./response-items.ts";

export interface ResponsesRequest extends NamedModel {
  readonly input: readonly ChatMessage[];
  readonly instructions: string | undefined;
  readonly tools: RunTools;
  readonly sampling: Sampling;
  readonly streams: boolean;
  readonly stores: boolean;
  readonly previousId: string | undefined;
  /** What the answer repeats of the request. */
  readonly echo: Readonly<Record<string, unknown>>;
}

const Tool = members({
  type: z.literal("function"),
  name: toolName,
  description: z.optional(z.string()),
  parameters: z.optional(anyObject),
  strict: z.optional(z.boolean()),
});

const Format = members({
  type: z.enum(["text", "json_object", "json_schema"]),
  name: z.optional(shortText(200)),
  description: z.optional(z.string()),
  schema: z.optional(anyObject),
  strict: z.optional(z.boolean()),
});

function problemOfItem(item: unknown): string | undefined {
  return typeof item === "object" && item !== null && !Array.isArray(item) ? undefined : "must be an object";
}

const Body = members({
  model: z.optional(modelName),
  input: textOrList<Readonly<Record<string, unknown>>>(
    { of: "items", countMax: INFERENCE_MESSAGES_MAX },
    problemOfItem,
  ),
  instructions: z.optional(shortText(SYSTEM_PROMPT_CHARS_MAX)),
  tools: z.optional(list(Tool, REQUEST_TOOLS_MAX)),
  tool_choice: z.optional(toolChoice),
  parallel_tool_calls: z.optional(z.boolean()),
  stream: z.optional(z.boolean()),
  store: z.optional(z.boolean()),
  previous_response_id: z.optional(shortText(200)),
  max_output_tokens: z.optional(atLeastOne),
  temperature: z.optional(z.number()),
  top_p: z.optional(z.number()),
  text: z.optional(members({ format: z.optional(Format) })),
  reasoning: z.optional(members({ effort: z.optional(shortText(100)) })),
  metadata: z.optional(anyObject),
});

type Body = z.infer<typeof Body>;

/** Reads a request; what is wrong with it is thrown as `request_invalid`. */
export function readResponsesRequest(input: unknown): ResponsesRequest {
  refuseUnsupported(input, {
    background: (value) => value === false,
    conversation: () => false,
    prompt: () => false,
    top_logprobs: (value) => value === 0,
  });
  const body = parseRequest(Body, input);
  const messages = typeof body.input === "string" ? [userMessage(body.input)] : readItems(body.input);
  if (messages.length === 0) throw invalid("input", "input: there has to be one item at least");
  const tools = toolsOf(body);
  return {
    ...namedModel(body.model),
    input: messages,
    instructions: body.instructions,
    tools,
    sampling: samplingOf(body, tools),
    streams: body.stream === true,
    stores: body.store !== false,
    previousId: body.previous_response_id,
    echo: echoOf(body),
  };
}

function userMessage(content: string): ChatMessage {
  return { role: "user", content };
}

/** As for chat completions. */
function toolsOf({ tools, tool_choice: choice }: Body): RunTools {
  if (tools === undefined) return choice === "none" ? { kind: "none" } : { kind: "agent" };
  if (tools.length === 0) return { kind: "none" };
  const definitions = tools.map(toolDefinition);
  requireDifferentNames(definitions);
  return { kind: "given", definitions, runsOnShelf: false };
}

function samplingOf(body: Body, tools: RunTools): Sampling {
  const { max_output_tokens: most, temperature, top_p, reasoning, tool_choice, parallel_tool_calls } = body;
  const format = responseFormat(body.text?.format);
  return {
    ...(most === undefined ? {} : { max_tokens: most }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(top_p === undefined ? {} : { top_p }),
    ...(reasoning?.effort === undefined ? {} : { reasoning_effort: reasoning.effort }),
    ...(format === undefined ? {} : { response_format: format }),
    ...(tools.kind === "none" || tool_choice === undefined ? {} : { tool_choice: chatToolChoice(tool_choice) }),
    ...(tools.kind === "none" || parallel_tool_calls === undefined ? {} : { parallel_tool_calls }),
  };
}

/** Here a function is named beside the type, and in chat completions inside a member of its own. */
function chatToolChoice(choice: NonNullable<Body["tool_choice"]>): unknown {
  if (typeof choice === "string") return choice;
  const { type, name } = choice;
  if (type !== "function" || typeof name !== "string") {
    throw invalid("tool_choice", "tool_choice: only functions can be chosen");
  }
  return { type: "function", function: { name } };
}

function responseFormat(format: z.infer<typeof Format> | undefined): object | undefined {
  if (format === undefined || format.type === "text") return undefined;
  const { type, ...schema } = format;
  if (type === "json_object") return { type };
  if (schema.name === undefined || schema.schema === undefined) {
    throw invalid("text.format", "text.format: a schema needs a name and the schema itself");
  }
  return { type, json_schema: schema };
}

function echoOf(body: Body): ResponsesRequest["echo"] {
  return {
    instructions: body.instructions ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    metadata: body.metadata ?? {},
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    previous_response_id: body.previous_response_id ?? null,
    reasoning: { effort: body.reasoning?.effort ?? null, summary: null },
    store: body.store !== false,
    temperature: body.temperature ?? null,
    text: { format: body.text?.format ?? { type: "text" } },
    tool_choice: body.tool_choice ?? "auto",
    tools: (body.tools ?? []).map((tool) => ({ parameters: null, strict: null, ...tool })),
    top_p: body.top_p ?? null,
    truncation: "disabled",
  };
}
