// Counts tokens where a model's server did not: about four characters each, which is near enough for people to compare by.

import type { ChatMessage, Usage } from "../protocol/inference.ts";

const CHARS_PER_TOKEN = 4;
/** What a picture or a file counts as, however long it is when it is written down: near what servers count for one. */
const FILE_CHARS = 4_000;

export function estimateTokens(chars: number): number {
  return Math.ceil(chars / CHARS_PER_TOKEN);
}

/** @param answerChars of all that the model wrote. */
export function estimateUsage(messages: readonly ChatMessage[], answerChars: number): Usage {
  const promptTokens = estimateTokens(messages.reduce((sum, message) => sum + charsOf(message), 0));
  const completionTokens = estimateTokens(answerChars);
  return { promptTokens, completionTokens, totalTokens: promptTokens + completionTokens, isEstimated: true };
}

/** How many characters a message has, roughly. */
export function charsOf({ content, toolCalls = [] }: ChatMessage): number {
  const calls = toolCalls.reduce((sum, call) => sum + call.name.length + call.arguments.length, 0);
  if (typeof content === "string" || content === null) return calls + (content?.length ?? 0);
  return content.reduce((sum, { text }) => sum + (typeof text === "string" ? text.length : FILE_CHARS), calls);
}

/** The text of a message, without parts that are none. */
export function textOf(content: ChatMessage["content"]): string {
  if (typeof content === "string") return content;
  return (content ?? []).map((part) => (typeof part["text"] === "string" ? part["text"] : "")).join("");
}
