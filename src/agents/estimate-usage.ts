// Counts tokens where a model's server did not: about four characters each, which is near enough for people to compare by.

import type { ChatMessage, Usage } from "../protocol/inference.ts";

const CHARS_PER_TOKEN = 4;

export function estimateTokens(chars: number): number {
  return Math.ceil(chars / CHARS_PER_TOKEN);
}

/** @param answerChars of all that the model wrote. */
export function estimateUsage(messages: readonly ChatMessage[], answerChars: number): Usage {
  const promptTokens = estimateTokens(messages.reduce((sum, message) => sum + charsOf(message), 0));
  const completionTokens = estimateTokens(answerChars);
  return { promptTokens, completionTokens, totalTokens: promptTokens + completionTokens, isEstimated: true };
}

function charsOf({ content, toolCalls = [] }: ChatMessage): number {
  const calls = toolCalls.reduce((sum, call) => sum + call.name.length + call.arguments.length, 0);
  return calls + textOf(content).length;
}

/** The text of a message, without parts that are none. */
export function textOf(content: ChatMessage["content"]): string {
  if (typeof content === "string") return content;
  return (content ?? []).map((part) => (typeof part["text"] === "string" ? part["text"] : "")).join("");
}
