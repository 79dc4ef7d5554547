// The conversation that a plugin asks a model to go on with, as OpenAI-compatible requests spell it.

import type { ChatMessage, ContentPart, ModelToolCall } from "../protocol/inference.ts";
import { INFERENCE_MESSAGES_MAX, INFERENCE_REQUEST_BYTES_MAX } from "../protocol/limits.ts";
import { isObject, type Members, memberOf, RequestProblem, textOf } from "./request-members.ts";

const ROLES: ReadonlySet<unknown> = new Set(["system", "developer", "user", "assistant", "tool"]);

/** Bounded by the request that they stand in. */
const CHARS_MAX = INFERENCE_REQUEST_BYTES_MAX;

/** Throws `RequestProblem`, which says which message it is, counted from 0. */
export function parseMessages(value: unknown): ChatMessage[] {
  if (value === undefined) throw new RequestProblem("messages is missing");
  if (!Array.isArray(value)) throw new RequestProblem("messages is no list");
  if (value.length === 0) throw new RequestProblem("messages is empty");
  if (value.length > INFERENCE_MESSAGES_MAX) {
    throw new RequestProblem(`messages has more than ${INFERENCE_MESSAGES_MAX} messages`);
  }
  return value.map((message, index) => messageOf(message, `messages[${index}]`));
}

function messageOf(value: unknown, at: string): ChatMessage {
  if (!isObject(value)) throw new RequestProblem(`${at} is no object`);
  const role = memberOf(value, "role");
  if (!ROLES.has(role)) throw new RequestProblem(`${at}.role is none of ${[...ROLES].join(", ")}`);
  const name = textOf(memberOf(value, "name"), `${at}.name`, CHARS_MAX);
  const message = {
    role: role as ChatMessage["role"],
    content: contentOf(memberOf(value, "content"), `${at}.content`),
    ...(name === undefined ? {} : { name }),
  };
  if (message.role === "assistant")
    return { ...message, ...callsOf(memberOf(value, "tool_calls"), `${at}.tool_calls`) };
  if (message.content === null) throw new RequestProblem(`${at}.content is missing`);
  return message.role === "tool" ? { ...message, toolCallId: answeredCall(value, at) } : message;
}

function contentOf(value: unknown, at: string): ChatMessage["content"] {
  if (value === undefined) return null;
  if (typeof value === "string") return value;
  if (!Array.isArray(value)) throw new RequestProblem(`${at} is neither a text nor a list of parts`);
  return value.map((part: unknown, index) => {
    if (isObject(part) && typeof memberOf(part, "type") === "string") return part as ContentPart;
    throw new RequestProblem(`${at}[${index}] is no object with a type`);
  });
}

function answeredCall(message: Members, at: string): string {
  const id = textOf(memberOf(message, "tool_call_id"), `${at}.tool_call_id`, CHARS_MAX);
  if (id === undefined) throw new RequestProblem(`${at}.tool_call_id is missing`);
  return id;
}

function callsOf(value: unknown, at: string): Pick<ChatMessage, "toolCalls"> {
  if (value === undefined) return {};
  if (!Array.isArray(value)) throw new RequestProblem(`${at} is no list`);
  return value.length === 0 ? {} : { toolCalls: value.map((call, index) => callOf(call, `${at}[${index}]`)) };
}

function callOf(value: unknown, at: string): ModelToolCall {
  const called = isObject(value) ? memberOf(value, "function") : undefined;
  if (!isObject(value) || !isObject(called)) throw new RequestProblem(`${at} is no object with a function`);
  const id = textOf(memberOf(value, "id"), `${at}.id`, CHARS_MAX);
  if (id === undefined) throw new RequestProblem(`${at}.id is missing`);
  const name = textOf(memberOf(called, "name"), `${at}.function.name`, CHARS_MAX);
  if (name === undefined) throw new RequestProblem(`${at}.function.name is missing`);
  // Some keep the arguments as the object that they stand for.
  const given = memberOf(called, "arguments") ?? "{}";
  return { id, name, arguments: typeof given === "string" ? given : JSON.stringify(given) };
}
