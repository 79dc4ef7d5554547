// The two eras of MCP, and the numbers and names that they share. Up to 2025-11-25 a client opens a session with
// `initialize`; since 2026-07-28 every request says for itself which revision it speaks.

export type Era = "session" | "request";

/** Newest first; what is not among them is answered with the first. */
export const SESSION_REVISIONS: readonly string[] = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];
export const REQUEST_REVISIONS: readonly string[] = ["2026-07-28"];

/** Members of a request's `_meta` by which it says what it speaks. */
export const META_REVISION = "io.modelcontextprotocol/protocolVersion";
export const META_CLIENT_INFO = "io.modelcontextprotocol/clientInfo";
export const META_CAPABILITIES = "io.modelcontextprotocol/clientCapabilities";
export const META_SERVER_INFO = "io.modelcontextprotocol/serverInfo";
export const META_SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId";

export const MCP_ERRORS = {
  parse: -32700,
  request: -32600,
  method: -32601,
  params: -32602,
  internal: -32603,
  headers: -32020,
  capability: -32021,
  revision: -32022,
} as const;

/** A request that is answered with an error instead of a result. */
export class McpError extends Error {
  override readonly name = "McpError";
  readonly code: number;
  readonly data: unknown;
  /** Status of the HTTP answer. */
  readonly http: number;

  constructor(code: number, message: string, { data, http = 200 }: { data?: unknown; http?: number } = {}) {
    super(message);
    this.code = code;
    this.data = data;
    this.http = http;
  }
}
