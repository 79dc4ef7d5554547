// The messages that a model is asked with: one system message in front, then the turns before, then the new ones.

import type { ChatMessage, ContentPart } from "../protocol/inference.ts";

export interface SystemParts {
  /** The agent's own prompt: it comes first, whoever asks. */
  readonly prompt: string | undefined;
  readonly instructions: string | undefined;
  readonly skills: string | undefined;
  /** What the host has to say. */
  readonly notice: string | undefined;
}

/** Messages, those at their beginning that instruct apart from the conversation. */
export function splitSystem(messages: readonly ChatMessage[]): {
  readonly system: readonly ChatMessage[];
  readonly conversation: readonly ChatMessage[];
} {
  const first = messages.findIndex(({ role }) => role !== "system" && role !== "developer");
  const count = first === -1 ? messages.length : first;
  return { system: messages.slice(0, count), conversation: messages.slice(count) };
}

/** One system message of all that there is to say; none when there is nothing. */
export function systemMessage(given: readonly ChatMessage[], parts: SystemParts): ChatMessage | undefined {
  const before = textParts([parts.prompt]);
  const after = textParts([parts.instructions, parts.skills, parts.notice]);
  const role = given[0]?.role ?? "system";
  if (given.every(({ content }) => typeof content === "string" || content === null)) {
    const texts = [...before, ...textParts(given.map(({ content }) => content as string | null)), ...after];
    return texts.length === 0 ? undefined : { role, content: texts.join("\n\n") };
  }
  const parted = given.flatMap(({ content }) =>
    typeof content === "string" ? textParts([content]).map(asPart) : (content ?? []),
  );
  return { role, content: [...before.map(asPart), ...parted, ...after.map(asPart)] };
}

function textParts(texts: readonly (string | null | undefined)[]): string[] {
  return texts.filter((text): text is string => typeof text === "string" && text.trim() !== "");
}

function asPart(text: string): ContentPart {
  return { type: "text", text };
}
