// In the newer era, HTTP headers repeat parts of a request for whoever sits between. They have to say the same as the
// request itself: otherwise somebody would be let through by the one and served by the other.

import type { IncomingHttpHeaders } from "node:http";
import type { McpRequest } from "./messages.ts";
import { MCP_ERRORS, McpError } from "./revisions.ts";

const NAMED_METHODS: ReadonlySet<string> = new Set(["tools/call", "prompts/get"]);

/** Throws `McpError`. */
export function checkRevisionHeader(headers: IncomingHttpHeaders, revision: string): void {
  compare("MCP-Protocol-Version", headers["mcp-protocol-version"], revision);
}

/** Throws `McpError`. */
export function checkRequestHeaders(headers: IncomingHttpHeaders, { method, params }: McpRequest): void {
  compare("Mcp-Method", headers["mcp-method"], method);
  const { name } = params;
  if (!NAMED_METHODS.has(method) || typeof name !== "string") return;
  const given = headers["mcp-name"];
  compare("Mcp-Name", typeof given === "string" ? decoded(given) : given, name);
}

function compare(header: string, given: string | readonly string[] | undefined, wanted: string): void {
  if (given === wanted) return;
  const what = given === undefined ? "is missing" : "does not say what the request says";
  throw new McpError(MCP_ERRORS.headers, `the header ${header} ${what}`, { http: 400 });
}

const ENCODED = /^=\?base64\?(.*)\?=$/;

/** What no header can hold is written as base64; a text that is none is nothing. */
function decoded(value: string): string | undefined {
  const base64 = ENCODED.exec(value)?.[1];
  if (base64 === undefined) return value;
  const bytes = Buffer.from(base64, "base64");
  return bytes.toString("base64") === base64 ? bytes.toString("utf8") : undefined;
}
