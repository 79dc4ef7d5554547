// What a relay answers by itself, and what an upgrade that it refuses gets.

import { type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { SERVER_HEADERS_MAX } from "../../protocol/limits.ts";

/** The status of each answer. Codes are never renamed: callers rely on them. */
export const RELAY_STATUS = {
  invalid_subdomain: 400,
  invalid_request: 400,
  origin_refused: 403,
  body_too_large: 413,
  binary_body: 415,
  upgrade_required: 426,
  rate_limited: 429,
  too_many_headers: 431,
  agent_offline: 502,
  tunnel_send_failed: 502,
  invalid_response: 502,
  tunnel_busy: 503,
  relay_busy: 503,
  relay_stopping: 503,
  gateway_timeout: 504,
} as const;
export type RelayCode = keyof typeof RELAY_STATUS;

export interface RelayProblem {
  readonly code: RelayCode;
  readonly message: string;
  readonly retryAfterMs?: number;
}

/** How long a body that nobody wants may still come, so that its sender gets to read the answer. */
const UNWANTED_BODY_MS_MAX = 2_000;

/** Answers when nothing was answered yet; else what was begun breaks off, which its caller can see. */
export function answerProblem(response: ServerResponse, problem: RelayProblem): void {
  if (response.headersSent) return void response.destroy();
  const { req: request } = response;
  response.writeHead(RELAY_STATUS[problem.code], problemHeaders(problem)).write(problemBody(problem));
  if (request.complete) return void response.end();
  // The end may close the connection, and with bytes on it that nobody read it would be reset, and the answer lost.
  const end = () => {
    clearTimeout(late);
    response.end();
  };
  const late = setTimeout(end, UNWANTED_BODY_MS_MAX);
  request.once("close", end).resume();
}

/** The same for a connection that was to become another protocol's. */
export function refuseUpgrade(socket: Duplex, problem: RelayProblem): void {
  const headers = Object.entries({ ...problemHeaders(problem), connection: "close" }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  const status = RELAY_STATUS[problem.code];
  const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...headers];
  socket.on("error", () => {});
  socket.end(`${head.join("\r\n")}\r\n\r\n${problemBody(problem)}`, () => socket.destroy());
}

export function tooManyHeaders(): RelayProblem {
  const message = `a request has ${SERVER_HEADERS_MAX} headers at most`;
  return { code: "too_many_headers", message };
}

export function rateLimited(message: string, retryAfterMs: number): RelayProblem {
  return { code: "rate_limited", message, retryAfterMs };
}

export function bodiesBusy(): RelayProblem {
  return { code: "relay_busy", message: "the relay holds as many bodies as it can", retryAfterMs: 1_000 };
}

function problemBody({ code, message }: RelayProblem): string {
  return JSON.stringify({ error: { code, message } });
}

function problemHeaders(problem: RelayProblem): Record<string, string> {
  const { retryAfterMs } = problem;
  return {
    "content-type": "application/json; charset=utf-8",
    "content-length": String(Buffer.byteLength(problemBody(problem))),
    "cache-control": "no-store",
    "access-control-allow-origin": "*",
    ...(retryAfterMs === undefined ? {} : { "retry-after": String(Math.ceil(retryAfterMs / 1_000)) }),
  };
}
