// JSON-RPC as MCP uses it: one message from its text, and the texts of answers. Answers are put together as text, because
// what tools return keeps numbers that JavaScript's own cannot hold.

import { JsonNumber, type OrderedJson, parseOrderedJson } from "../../base/ordered-json.ts";
import { isTooDeep } from "../../protocol/json-bounds.ts";
import { MCP_ERRORS, McpError } from "./revisions.ts";

export type Json = Readonly<Record<string, unknown>>;

export interface McpRequest {
  readonly kind: "request";
  /** The id as JSON text: `1` and `"1"` are two ids. */
  readonly id: string;
  readonly method: string;
  readonly params: Json;
  /** The whole message as it came. */
  readonly text: string;
}

export interface McpNotification {
  readonly kind: "notification";
  readonly method: string;
  readonly params: Json;
  /** The whole message as it came. */
  readonly text: string;
}

/** An answer to something that was asked of the client. */
interface McpResponse {
  readonly kind: "response";
  readonly id: string;
  readonly result: Json | undefined;
}

/** What is no message; the id when it could be read. */
interface BrokenMessage {
  readonly kind: "broken";
  readonly id: string | undefined;
  readonly error: McpError;
}

export type McpMessage = McpRequest | McpNotification | McpResponse | BrokenMessage;

const EMPTY: Json = {};

/** Never fails: what cannot be read is a message of its own kind. */
export function readMessage(text: string): McpMessage {
  if (isTooDeep(text)) return broken(MCP_ERRORS.parse, "the message is nested too deeply");
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return broken(MCP_ERRORS.parse, "the message is not JSON");
  }
  if (!isObject(json)) {
    return broken(MCP_ERRORS.request, Array.isArray(json) ? "batches are not served" : "the message is not an object");
  }
  const id = idText(json["id"], text, ["id"]);
  if (json["jsonrpc"] !== "2.0") return broken(MCP_ERRORS.request, 'the message has no "jsonrpc": "2.0"', id);
  const { method, params = EMPTY } = json;
  if (method === undefined) return responseOf(json, id);
  if (typeof method !== "string") return broken(MCP_ERRORS.request, '"method" is not a text', id);
  if (!isObject(params)) return broken(MCP_ERRORS.params, '"params" is not an object', id);
  if (!Object.hasOwn(json, "id")) return { kind: "notification", method, params, text };
  if (id === undefined) return broken(MCP_ERRORS.request, '"id" is neither a text nor a number that can be read');
  return { kind: "request", id, method, params, text };
}

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The id of the request that `notifications/cancelled` is about, as that request has it; undefined when it is none. */
export function cancelledId({ params, text }: McpNotification): string | undefined {
  return idText(params["requestId"], text, ["params", "requestId"]);
}

/** The id as it was written. Undefined when it is none, or its digits cannot be had: the exact reader takes fewer values. */
function idText(id: unknown, text: string, path: readonly string[]): string | undefined {
  if (typeof id === "string" || Number.isSafeInteger(id)) return JSON.stringify(id);
  if (typeof id !== "number") return undefined;
  try {
    let exact: OrderedJson | undefined = parseOrderedJson(text);
    for (const name of path) exact = exact instanceof Map ? exact.get(name) : undefined;
    return exact instanceof JsonNumber ? exact.text : undefined;
  } catch {
    return undefined;
  }
}

function responseOf(json: Json, id: string | undefined): McpMessage {
  if (!Object.hasOwn(json, "result") && !Object.hasOwn(json, "error")) {
    return broken(MCP_ERRORS.request, 'the message has no "method"', id);
  }
  return { kind: "response", id: id ?? "null", result: isObject(json["result"]) ? json["result"] : undefined };
}

function broken(code: number, message: string, id?: string): BrokenMessage {
  return { kind: "broken", id, error: new McpError(code, message, { http: 400 }) };
}

/** @param result JSON text of an object. */
export function answerText(id: string, result: string): string {
  return `{"jsonrpc":"2.0","id":${id},"result":${result}}`;
}

export function errorText(id: string | undefined, { code, message, data }: McpError): string {
  const error = JSON.stringify({ code, message, ...(data === undefined ? {} : { data }) });
  return id === undefined ? `{"jsonrpc":"2.0","error":${error}}` : `{"jsonrpc":"2.0","id":${id},"error":${error}}`;
}

/** @param params JSON text of an object. */
export function notificationText(method: string, params?: string): string {
  return params === undefined
    ? `{"jsonrpc":"2.0","method":"${method}"}`
    : `{"jsonrpc":"2.0","method":"${method}","params":${params}}`;
}
