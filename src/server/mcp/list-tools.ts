// `tools/list`: the shelf in pages. A page ends with the name of its last tool, so that tools which come and go between two
// pages shift nothing.

import { MCP_LIST_PAGE_TOOLS_MAX } from "../../protocol/limits.ts";
import type { Shelf, ShelfTool } from "../../tools/shelf.ts";
import type { Exchange } from "./exchange.ts";
import { isObject, type McpRequest } from "./messages.ts";
import { MCP_ERRORS, McpError } from "./revisions.ts";
import { FRESH_MEMBERS, RESULT_HEAD } from "./server-facts.ts";

export async function listTools(shelf: Shelf, { params }: McpRequest, exchange: Exchange): Promise<string> {
  const tools = await shelf.list(exchange.agent);
  const start = startOf(tools, params["cursor"]);
  const page = tools.slice(start, start + MCP_LIST_PAGE_TOOLS_MAX);
  const isLast = start + page.length >= tools.length;
  const cursor = isLast ? "" : `,"nextCursor":"${cursorOf(page.at(-1)!)}"`;
  const fresh = exchange.era === "request" ? `,${FRESH_MEMBERS}` : "";
  return `${RESULT_HEAD[exchange.era]}"tools":[${page.map(toolText).join(",")}]${cursor}${fresh}}`;
}

function startOf(tools: readonly ShelfTool[], cursor: unknown): number {
  if (cursor === undefined) return 0;
  const at = typeof cursor === "string" ? tools.findIndex((tool) => cursorOf(tool) === cursor) : -1;
  if (at === -1) throw new McpError(MCP_ERRORS.params, "the cursor is not one of this list; ask without one");
  return at + 1;
}

function cursorOf({ name }: ShelfTool): string {
  return Buffer.from(name).toString("base64url");
}

const texts = new WeakMap<ShelfTool, string>();

function toolText(tool: ShelfTool): string {
  let text = texts.get(tool);
  if (text === undefined) {
    const { name, description, annotations } = tool;
    const title = annotations.title === undefined ? {} : { title: annotations.title };
    const inputSchema = withoutHeaderWishes(tool.inputSchema);
    text = JSON.stringify({ name, ...title, description, inputSchema, annotations });
    texts.set(tool, text);
  }
  return text;
}

/**
 * A schema may ask clients to repeat an argument in an HTTP header. Where arguments are logged is not for a plugin's author
 * to decide, so nobody is asked to.
 */
function withoutHeaderWishes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutHeaderWishes);
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([key]) => key !== "x-mcp-header");
  return Object.fromEntries(kept.map(([key, member]) => [key, withoutHeaderWishes(member)]));
}
