// The shelf as an MCP server, whatever carries the messages. A request goes in, the text of its result comes out; what
// the client got wrong is thrown as `McpError`. Transports see to ids, cancelling and who asks.

import { ERRORS, toHostError } from "../../protocol/errors.ts";
import type { Shelf } from "../../tools/shelf.ts";
import { callTool } from "./call-tool.ts";
import type { Exchange } from "./exchange.ts";
import { ListChanges } from "./list-changes.ts";
import { listTools } from "./list-tools.ts";
import { isObject, type McpRequest } from "./messages.ts";
import {
  type Era,
  MCP_ERRORS,
  McpError,
  META_CAPABILITIES,
  META_CLIENT_INFO,
  META_REVISION,
  REQUEST_REVISIONS,
} from "./revisions.ts";
import { DISCOVER_RESULT, initializeResult } from "./server-facts.ts";

const LOG_LEVELS: ReadonlySet<unknown> = new Set([
  "debug",
  "info",
  "notice",
  "warning",
  "error",
  "critical",
  "alert",
  "emergency",
]);

/** What is told of a request that was open when the server ended. */
export const STOPPED = new McpError(MCP_ERRORS.internal, "the host is being stopped", { http: 503 });

export class McpServer {
  readonly changes: ListChanges;
  readonly #shelf: Shelf;

  constructor(shelf: Shelf) {
    this.#shelf = shelf;
    this.changes = new ListChanges(shelf);
  }

  /** The result as JSON text. Whatever it throws, `asMcpError` makes an answer of. */
  async answer(request: McpRequest, exchange: Exchange): Promise<string> {
    if (request.method === "tools/call") return await callTool(this.#shelf, request, exchange);
    if (request.method === "tools/list") return await listTools(this.#shelf, request, exchange);
    const result = exchange.era === "session" ? sessionResult(request) : requestResult(request);
    if (result !== undefined) return result;
    throw new McpError(MCP_ERRORS.method, `there is no method "${request.method}"`, { http: 404 });
  }

  close(): void {
    this.changes.close();
  }
}

function sessionResult({ method, params }: McpRequest): string | undefined {
  if (method === "ping") return "{}";
  if (method === "initialize") return initializeResult(params["protocolVersion"]);
  if (method !== "logging/setLevel") return undefined;
  if (LOG_LEVELS.has(params["level"])) return "{}";
  throw new McpError(MCP_ERRORS.params, '"level" is not a level');
}

function requestResult({ method }: McpRequest): string | undefined {
  return method === "server/discover" ? DISCOVER_RESULT : undefined;
}

/** What a client is told of anything that was thrown. */
export function asMcpError(thrown: unknown): McpError {
  if (thrown instanceof McpError) return thrown;
  const error = toHostError(thrown);
  const code = ERRORS[error.code].fault === "caller" ? MCP_ERRORS.params : MCP_ERRORS.internal;
  const message = error.hint === undefined ? error.message : `${error.message}; ${error.hint}`;
  return new McpError(code, message, { data: { code: error.code } });
}

/**
 * Of which era a request is; one of the newer says so for itself. Throws `McpError` for one that says it in part, or
 * speaks a revision that is not served.
 *
 * @param check is made between the two: a request may only be told of revisions when its parts agree with each other.
 */
export function eraOf({ params }: McpRequest, saysOtherwise = false, check?: (revision: string) => void): Era {
  const meta = params["_meta"];
  const claims = isObject(meta) && CLAIMS.some((key) => Object.hasOwn(meta, key));
  if (!claims && !saysOtherwise) return "session";
  const revision = isObject(meta) ? meta[META_REVISION] : undefined;
  if (typeof revision !== "string") throw incomplete(META_REVISION);
  if (!isObject(meta) || !isObject(meta[META_CAPABILITIES])) throw incomplete(META_CAPABILITIES);
  check?.(revision);
  if (REQUEST_REVISIONS.includes(revision)) return "request";
  const data = { supported: REQUEST_REVISIONS, requested: revision };
  throw new McpError(MCP_ERRORS.revision, "that protocol version is not served", { data, http: 400 });
}

const CLAIMS = [META_REVISION, META_CAPABILITIES, META_CLIENT_INFO];

function incomplete(key: string): McpError {
  return new McpError(MCP_ERRORS.params, `"_meta" lacks "${key}"`, { http: 400 });
}
