// A conversation as text, for people: who said what, one after the other.

import type { ChatMessage, ContentPart } from "../protocol/inference.ts";

/** Not neutralised yet. */
export function transcriptText(turns: readonly ChatMessage[]): string {
  return turns.map(turnText).join("\n");
}

function turnText({ role, content, name, toolCalls = [], toolCallId, reasoning }: ChatMessage): string {
  const whose = [role, name, toolCallId]
    .filter((part) => part !== undefined)
    .join(" ")
    .replaceAll(/\s+/g, " ");
  const parts = [
    ...(reasoning === undefined || reasoning === "" ? [] : [indented(`(thinks) ${reasoning}`)]),
    ...(content === null || content.length === 0 ? [] : [indented(contentText(content))]),
    ...toolCalls.map((call) => indented(`(calls ${call.name}, ${call.id}) ${call.arguments}`)),
  ];
  return `${whose}:\n${parts.join("")}`;
}

function contentText(content: string | readonly ContentPart[]): string {
  if (typeof content === "string") return content;
  return content.map((part) => (typeof part["text"] === "string" ? part["text"] : `(${part.type})`)).join("\n");
}

/** So that no text can pass for the beginning of somebody else's turn. */
function indented(text: string): string {
  return text
    .trimEnd()
    .split(/\r\n|\r|\n|\u2028|\u2029/)
    .map((line) => `  ${line}\n`)
    .join("");
}
