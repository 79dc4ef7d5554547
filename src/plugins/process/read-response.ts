// Reads what a plugin printed as ResponseV1. What is rendered (`data`, the error's details) stays lossless.

import {
  type JsonObject,
  JsonSyntaxError,
  type OrderedJson,
  parseOrderedJson,
  toPlain,
} from "../../base/ordered-json.ts";
import { shellWord } from "../../base/shell-word.ts";
import { HostError } from "../../protocol/errors.ts";
import { JSON_VALUES_MAX, PROCESS_VALUES_CHOICE_MAX } from "../../protocol/limits.ts";
import type { PluginMessage, ResponseMeta, ResponseV1 } from "../../protocol/process-plugin.ts";
import { plainResponse } from "./plain-response.ts";

export interface PluginResponse {
  readonly data: OrderedJson;
  /** Null when the plugin reported success. */
  readonly error: { readonly code: string; readonly message: string; readonly details: OrderedJson } | null;
  readonly messages: readonly PluginMessage[];
  readonly meta: ResponseMeta;
}

interface Limits {
  readonly valuesMax?: number | undefined;
}

/**
 * The response in the output of plugin `pluginId`. Throws `response_not_json`, `response_invalid`, or for a document of
 * more than `valuesMax` values `process_output_too_large`.
 */
export async function readResponse(pluginId: string, stdout: Buffer, limits: Limits = {}): Promise<PluginResponse> {
  const document = readDocument(pluginId, stdout, limits);
  const input = envelope(document);
  const { error, messages, meta } = plainResponse(input) ?? (await parseWithSchema(pluginId, input));
  const data = (document as JsonObject).get("data")!;
  checkRowPath(pluginId, data, meta.row_path);
  return { data, error: error && { ...error, details: errorDetails(document) }, messages, meta };
}

async function parseWithSchema(pluginId: string, input: unknown): Promise<ResponseV1> {
  const [{ ResponseV1 }, { parseWith }] = await Promise.all([
    import("../../protocol/process-plugin.ts"),
    import("../../protocol/parse-with.ts"),
  ]);
  const parsed = parseWith(ResponseV1, input);
  if ("data" in parsed) return parsed.data;
  throw invalid(pluginId, parsed.problem);
}

function readDocument(pluginId: string, stdout: Buffer, { valuesMax = JSON_VALUES_MAX }: Limits): OrderedJson {
  try {
    return parseOrderedJson(stdout.toString("utf8"), { valuesMax });
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    if (error.problem === "size") {
      throw new HostError("process_output_too_large", `plugin "${pluginId}" printed ${error.message}`, {
        hint: `ask it for less, or allow it up to ${PROCESS_VALUES_CHOICE_MAX} with: osp config set ${shellWord(`extensions.plugins.${pluginId}.values_max`)} NUMBER`,
        details: { plugin: pluginId },
      });
    }
    const what = error.problem === "empty" ? "nothing" : `invalid JSON: ${error.message}`;
    throw new HostError("response_not_json", `plugin "${pluginId}" printed ${what}`, {
      hint: "stdout is for one JSON document only; anything else a plugin says belongs on stderr",
      details: { plugin: pluginId, problem: error.problem, line: error.line, column: error.column },
    });
  }
}

/** The document without what may be large: that is replaced by null. */
function envelope(document: OrderedJson): unknown {
  if (!(document instanceof Map)) return toPlain(document);
  const small: JsonObject = new Map(document);
  if (small.has("data")) small.set("data", null);
  const error = small.get("error");
  if (error instanceof Map && error.has("details")) small.set("error", new Map(error).set("details", null));
  return toPlain(small);
}

function errorDetails(document: OrderedJson): OrderedJson {
  const error = document instanceof Map ? document.get("error") : null;
  return (error instanceof Map ? error.get("details") : null) ?? null;
}

function checkRowPath(pluginId: string, data: OrderedJson, rowPath: string | null): void {
  if (rowPath === null || (data instanceof Map && Array.isArray(data.get(rowPath)))) return;
  const where = data instanceof Map ? `"data" has no list called "${rowPath}"` : '"data" is not an object';
  throw invalid(pluginId, `meta.row_path: ${where}`);
}

function invalid(pluginId: string, what: string): HostError {
  return new HostError("response_invalid", `plugin "${pluginId}" gave a response that breaks the protocol: ${what}`, {
    details: { plugin: pluginId },
  });
}
