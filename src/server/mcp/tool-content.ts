// The outcome of a call as MCP has it: content for the model, and the same as structure for programs.
//
// A text is content as it stands, structure becomes JSON text. A plugin that wants to give more than text returns an object
// with nothing but MCP's own `content`, a list of texts, images, audio and resources: that is passed on.

import { formatOrderedJson, type JsonObject, type OrderedJson } from "../../base/ordered-json.ts";
import { shellWord } from "../../base/shell-word.ts";
import { isBase64 } from "../../protocol/base64.ts";
import type { HostError } from "../../protocol/errors.ts";
import { APPROVAL_INPUT_CHARS_MAX } from "../../protocol/limits.ts";
import type { ToolOutcome } from "../../tools/call-tool.ts";
import type { ToolFailure } from "../../tools/envelope.ts";

/** Digits that a double may not keep, and numbers that are written otherwise than JavaScript would. */
const RISKY_NUMBER = /[:,[\s](?:-0|-?\d{16}|-?\d+[.eE])/;

/** Whether parsing and writing this JSON may change its numbers; rather too often than not often enough. */
export function mayLoseNumbers(json: string): boolean {
  return RISKY_NUMBER.test(json);
}

/** The members of the result, as JSON text without the braces around it. */
export function outcomeMembers(outcome: ToolOutcome): string {
  const { envelope } = outcome;
  const changed = outcome.edited === undefined ? [] : [editedText(outcome.edited)];
  if (!envelope.ok) return failureMembers(envelope, hintOf(outcome.breakdown), changed);
  const { result, summary, warnings = [] } = envelope;
  const notes = [...(summary === undefined ? [] : [summary]), ...warnings.map(warningText), ...changed].map(textBlock);
  const around = (blocks: string) => `"content":[${[blocks, ...notes].join(",")}]`;
  if (typeof result === "string") return around(textBlock(result));
  const { answer } = outcome;
  const isExact = typeof answer === "string" && !mayLoseNumbers(answer) && !hasContent(result);
  if (isExact) return structureMembers(JSON.stringify(result), isPlainObject(result), around);
  const exact = outcome.exactResult() ?? null;
  const given = exact instanceof Map ? givenContent(exact) : undefined;
  if (given !== undefined) return around(given);
  return structureMembers(formatOrderedJson(exact), exact instanceof Map, around);
}

function structureMembers(json: string, isObject: boolean, around: (blocks: string) => string): string {
  const content = around(textBlock(json));
  return isObject ? `${content},"structuredContent":${json}` : content;
}

function failureMembers(failure: ToolFailure, hint: string | undefined, notes: readonly string[]): string {
  const { kind, code, message, retryable, field } = failure;
  const facts = [
    `kind: ${kind}`,
    ...(code === undefined ? [] : [`code: ${code}`]),
    ...(field === undefined ? [] : [`field: ${field}`]),
    retryable ? "trying again may help" : "trying again does not help",
  ];
  const lines = [message, facts.join(", "), ...(hint === undefined ? [] : [`help: ${hint}`]), ...notes];
  return `"content":[${textBlock(lines.join("\n"))}],"structuredContent":${JSON.stringify(failure)},"isError":true`;
}

/** What helps somebody at a terminal may be of no use to a client: options of a command are not its to give. */
function hintOf(breakdown: HostError | undefined): string | undefined {
  if (breakdown?.code !== "approval_missing") return breakdown?.hint;
  const { plugin, tool } = breakdown.details ?? {};
  const named = shellWord(`${String(plugin)}/${String(tool)}`);
  return `in a terminal, "osaurus approvals allow ID" lets a call run while it waits, "osaurus permissions set ${named} auto" all of them`;
}

function editedText(edited: string): string {
  const shown = edited.slice(0, APPROVAL_INPUT_CHARS_MAX).toWellFormed();
  return `note: the user changed the arguments of this call before allowing it; it was made with: ${shown}`;
}

function textBlock(text: string): string {
  return `{"type":"text","text":${JSON.stringify(text)}}`;
}

function warningText(warning: unknown): string {
  return `warning: ${typeof warning === "string" ? warning : JSON.stringify(warning)}`;
}

function isPlainObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function hasContent(result: unknown): boolean {
  return isPlainObject(result) && Array.isArray((result as { content?: unknown }).content);
}

/** JSON text of the blocks, without the brackets; nothing when the object is anything else than a list of them. */
function givenContent(result: JsonObject): string | undefined {
  const content = result.get("content");
  if (result.size !== 1 || !Array.isArray(content) || content.length === 0) return undefined;
  return content.every(isBlock) ? content.map((block) => formatOrderedJson(block)).join(",") : undefined;
}

const BLOCKS: Readonly<Record<string, readonly string[]>> = {
  text: ["text"],
  image: ["data", "mimeType"],
  audio: ["data", "mimeType"],
};

function isBlock(block: OrderedJson): boolean {
  if (!(block instanceof Map)) return false;
  const type = block.get("type");
  if (type === "resource") return block.size === 2 && isResource(block.get("resource"));
  const wanted = typeof type === "string" && Object.hasOwn(BLOCKS, type) ? BLOCKS[type]! : undefined;
  if (wanted === undefined || block.size !== wanted.length + 1) return false;
  if (!wanted.every((member) => typeof block.get(member) === "string")) return false;
  const data = block.get("data");
  return typeof data !== "string" || isBase64(data);
}

function isResource(resource: OrderedJson | undefined): boolean {
  if (!(resource instanceof Map)) return false;
  const members = [...resource.keys()];
  const isKnown = members.every((member) => ["uri", "mimeType", "text", "blob"].includes(member));
  const isText = members.every((member) => typeof resource.get(member) === "string");
  return isKnown && isText && resource.has("uri") && resource.has("text") !== resource.has("blob");
}
