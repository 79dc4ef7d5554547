// `tools/call`: the arguments go to the shelf as they came, and the outcome comes back as content. A tool that fails is a
// result; what is thrown is a request that makes no sense.

import {
  formatOrderedJson,
  type JsonObject,
  JsonSyntaxError,
  type OrderedJson,
  parseOrderedJson,
} from "../../base/ordered-json.ts";
import type { Shelf } from "../../tools/shelf.ts";
import type { Exchange } from "./exchange.ts";
import { isObject, type Json, type McpRequest } from "./messages.ts";
import { reportProgress } from "./progress.ts";
import { MCP_ERRORS, McpError } from "./revisions.ts";
import { RESULT_HEAD } from "./server-facts.ts";
import { mayLoseNumbers, outcomeMembers } from "./tool-content.ts";

export async function callTool(shelf: Shelf, request: McpRequest, exchange: Exchange): Promise<string> {
  const { name, _meta } = request.params;
  if (typeof name !== "string") throw new McpError(MCP_ERRORS.params, '"name" is not a text');
  const input = argumentsText(request);
  const { agent, signal } = exchange;
  const stop = isObject(_meta) ? reportProgress(_meta["progressToken"], exchange) : undefined;
  try {
    const outcome = await shelf.call({ tool: name, input, agent, agentId: agent.id, signal });
    return `${RESULT_HEAD[exchange.era]}${outcomeMembers(outcome)}}`;
  } finally {
    stop?.();
  }
}

/** Numbers leave as they came where JavaScript's own could not hold them. */
function argumentsText({ params, text }: McpRequest): string {
  const given = params["arguments"];
  if (given === undefined) return "{}";
  if (!isObject(given)) throw new McpError(MCP_ERRORS.params, '"arguments" is not an object');
  return mayLoseNumbers(text) ? exactArguments(text) : JSON.stringify(given satisfies Json);
}

function exactArguments(text: string): string {
  const message = parsed(text) as JsonObject;
  return formatOrderedJson((message.get("params") as JsonObject).get("arguments")!);
}

/** It is JSON, as was seen before; the exact reader takes fewer values. */
function parsed(text: string): OrderedJson {
  try {
    return parseOrderedJson(text);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw new McpError(MCP_ERRORS.params, `"arguments" cannot be read exactly: ${error.message}`);
  }
}
