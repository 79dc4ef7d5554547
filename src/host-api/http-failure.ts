// What can go wrong with a request of a plugin, by the codes that plugins look for ("Osaurus: Host API", errors), and which
// of them an error of the runtime is.

export type HttpFailureCode =
  | "invalid_request"
  | "ssrf_blocked"
  | "request_too_large"
  | "response_too_large"
  | "too_many_redirects"
  | "invalid_response"
  | "connection_timeout"
  | "connection_refused"
  | "dns_failure"
  | "tls_error"
  | "network_error"
  | "cancelled";

export class HttpFailure extends Error {
  readonly code: HttpFailureCode;

  constructor(code: HttpFailureCode, message: string) {
    super(message);
    this.code = code;
  }
}

export function blocked(what: string): HttpFailure {
  return new HttpFailure("ssrf_blocked", `Requests to ${what} are blocked (SSRF protection)`);
}

/** Which failure an error of a socket, a parser or a decompressor is. */
export function networkFailure(error: unknown): HttpFailure {
  if (error instanceof HttpFailure) return error;
  const code = codeOf(error);
  if (code === "HPE_HEADER_OVERFLOW")
    return new HttpFailure("response_too_large", "The response's headers are too large.");
  if (/^HPE_|^Z_|^ERR__ERROR_FORMAT|^ERR_HTTP_/.test(code)) {
    return new HttpFailure("invalid_response", `What the server sent is no valid response (${code}).`);
  }
  if (code === "ECONNREFUSED") return new HttpFailure("connection_refused", "The server refused the connection.");
  if (code === "ETIMEDOUT") return new HttpFailure("connection_timeout", "The server cannot be reached in time.");
  if (/^ERR_(SSL|TLS)_|^EPROTO$/.test(code)) return tlsFailure(error);
  return new HttpFailure("network_error", `The connection failed${code === "" ? "" : ` (${code})`}.`);
}

/** Anything that goes wrong between a connection and its encryption. */
export function tlsFailure(error: unknown): HttpFailure {
  if (error instanceof HttpFailure) return error;
  const code = codeOf(error);
  return new HttpFailure("tls_error", `No trusted encrypted connection can be made${code === "" ? "" : ` (${code})`}.`);
}

function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === "string" ? code : "";
}
