// The input of a request to /v1/responses, item by item, as the messages that models know.

import * as z from "zod/mini";
import type { ChatMessage, ContentPart } from "../../protocol/inference.ts";
import { members } from "../../protocol/manifest-shape.ts";
import { callId, invalid, parseRequest, textOrParts, toolName } from "./request-parts.ts";

type Item = Readonly<Record<string, unknown>>;

const content = textOrParts<Item>((part) =>
  typeof part === "object" && part !== null && !Array.isArray(part) ? undefined : "must be an object",
);
const Message = members({ role: z.enum(["user", "assistant", "system", "developer"]), content });
const FunctionCall = members({ call_id: callId, name: toolName, arguments: z.string() });
const FunctionOutput = members({ call_id: callId, output: content });

/** What is wrong with an item is thrown as `request_invalid`, with its place. */
export function readItems(items: readonly Item[]): ChatMessage[] {
  const messages: ChatMessage[] = [];
  for (const [index, item] of items.entries()) readItem(item, `input[${index}]`, messages);
  return messages;
}

function readItem(item: Item, at: string, messages: ChatMessage[]): void {
  const type = item["type"] ?? "message";
  if (type === "message") {
    const { role, content } = parsed(Message, item, at);
    messages.push({ role, content: messageContent(content, at) });
  } else if (type === "function_call") {
    addCall(messages, parsed(FunctionCall, item, at));
  } else if (type === "function_call_output") {
    const { call_id: toolCallId, output } = parsed(FunctionOutput, item, at);
    messages.push({ role: "tool", toolCallId, content: messageContent(output, at) });
  } else if (type !== "reasoning") {
    // What a model thought is not told to it again; all else would be missing from the conversation.
    throw invalid(`${at}.type`, `${at}.type: items of this type are not supported here`);
  }
}

/** Calls belong to one message of the assistant with what it said before them. */
function addCall(messages: ChatMessage[], { call_id: id, name, arguments: text }: z.infer<typeof FunctionCall>): void {
  const call = { id, name, arguments: text };
  const last = messages.at(-1);
  if (last?.role === "assistant") {
    messages[messages.length - 1] = { ...last, toolCalls: [...(last.toolCalls ?? []), call] };
  } else {
    messages.push({ role: "assistant", content: null, toolCalls: [call] });
  }
}

/** A lone text is a text: not every model's server knows parts. */
function messageContent(content: string | readonly Item[], at: string): ChatMessage["content"] {
  if (typeof content === "string") return content;
  const parts = content.map((part, index) => chatPart(part, `${at}.content[${index}]`));
  const [first] = parts;
  return parts.length === 1 && first!.type === "text" ? String(first!["text"]) : parts;
}

function chatPart(part: Item, at: string): ContentPart {
  const { type } = part;
  switch (type) {
    case "input_text":
    case "output_text":
    case "text":
      return { type: "text", text: textMember(part, "text", at) };
    case "refusal":
      return { type: "text", text: textMember(part, "refusal", at) };
    case "input_image": {
      const detail = part["detail"];
      const url = textMember(part, "image_url", at);
      return { type: "image_url", image_url: { url, ...(typeof detail === "string" ? { detail } : {}) } };
    }
    case "input_file": {
      const { filename, file_data } = part;
      if (typeof file_data !== "string") throw invalid(`${at}.file_data`, `${at}.file_data: is missing`);
      return { type: "file", file: { file_data, ...(typeof filename === "string" ? { filename } : {}) } };
    }
    case "input_audio":
      return { ...part, type };
    default:
      throw invalid(`${at}.type`, `${at}.type: parts of this type are not supported here`);
  }
}

function textMember(part: Item, name: string, at: string): string {
  const value = Object.hasOwn(part, name) ? part[name] : undefined;
  if (typeof value !== "string") throw invalid(`${at}.${name}`, `${at}.${name}: must be text`);
  return value;
}

/** With the item's place in front of what is wrong. */
function parsed<T>(schema: z.ZodMiniType<T>, item: Item, at: string): T {
  try {
    return parseRequest(schema, item);
  } catch (error) {
    throw invalid(at, `${at}: ${(error as Error).message}`);
  }
}
