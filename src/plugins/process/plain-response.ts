// Reads the usual kind of ResponseV1 without the schema library, which takes longer to load than many plugins to answer.
// Whatever is not certainly valid is left to the schema: it decides, and it says what is wrong.

import { FORMATS } from "../../protocol/formats.ts";
import { RESPONSE_COLUMNS_MAX, RESPONSE_MESSAGES_MAX } from "../../protocol/limits.ts";
import { MESSAGE_LEVELS } from "../../protocol/message-levels.ts";
import type { PluginMessage, ResponseMeta, ResponseV1 } from "../../protocol/process-plugin.ts";

type Members = Readonly<Record<string, unknown>>;

const ALIGNMENTS: readonly unknown[] = ["default", "left", "center", "right"];

/** What the schema makes of the input; undefined when the schema has to be asked. */
export function plainResponse(input: unknown): Omit<ResponseV1, "data"> | undefined {
  if (!isObject(input) || input["protocol_version"] !== 1 || !("data" in input)) return undefined;
  const { ok } = input;
  if (typeof ok !== "boolean") return undefined;
  const error = plainError(input["error"] ?? null);
  const messages = plainMessages(input["messages"] ?? []);
  const meta = plainMeta(input["meta"]);
  if (error === undefined || messages === undefined || meta === undefined || ok !== (error === null)) return undefined;
  return { protocol_version: 1, ok, error, messages, meta };
}

function plainError(error: unknown): ResponseV1["error"] | undefined {
  if (error === null) return null;
  if (!isObject(error)) return undefined;
  const { code, message } = error;
  if (typeof code !== "string" || typeof message !== "string") return undefined;
  return "details" in error ? { code, message, details: error["details"] } : { code, message };
}

function plainMessages(messages: unknown): PluginMessage[] | undefined {
  if (!Array.isArray(messages) || messages.length > RESPONSE_MESSAGES_MAX) return undefined;
  const read: PluginMessage[] = [];
  for (const message of messages) {
    const level = isObject(message) ? MESSAGE_LEVELS.find((one) => one === message["level"]) : undefined;
    if (level === undefined || !isText(message.text)) return undefined;
    read.push({ level, text: message.text });
  }
  return read;
}

function plainMeta(meta: unknown): ResponseMeta | undefined {
  if (!isObject(meta)) return undefined;
  const columns = meta["columns"] ?? null;
  const align = meta["column_align"] ?? [];
  const hint = meta["format_hint"] ?? null;
  if (columns !== null && !isTexts(columns)) return undefined;
  if (!isList(align) || !align.every((one) => ALIGNMENTS.includes(one))) return undefined;
  if (hint !== null && !FORMATS.some((format) => format === hint)) return undefined;
  // Rare, with rules of their own.
  if ((meta["column_labels"] ?? null) !== null || (meta["row_path"] ?? null) !== null) return undefined;
  const keepsDocument = meta["preserve_json_document"] ?? false;
  if (typeof keepsDocument !== "boolean") return undefined;
  return {
    format_hint: hint as ResponseMeta["format_hint"],
    columns,
    column_align: align as ResponseMeta["column_align"],
    column_labels: null,
    row_path: null,
    preserve_json_document: keepsDocument,
  };
}

function isTexts(value: unknown): value is string[] {
  return isList(value) && value.every((one) => typeof one === "string");
}

function isList(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.length <= RESPONSE_COLUMNS_MAX;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.trim() !== "";
}

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
