// Answers what is no HTTP request, or took too long to become one. There is no request to answer to, only a socket.

import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type ErrorBody, HostError } from "../protocol/errors.ts";
import { SERVER_HEADERS_BYTES_MAX, SERVER_HEADERS_MAX } from "../protocol/limits.ts";

const KINDS: Readonly<Record<string, readonly [line: string, message: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ["408 Request Timeout", "the request took too long to arrive"],
  HPE_HEADER_OVERFLOW: [
    "431 Request Header Fields Too Large",
    `a request has ${SERVER_HEADERS_MAX} headers and ${SERVER_HEADERS_BYTES_MAX} bytes of them at most`,
  ],
};

/** A listener for `clientError`. */
export function answerBadRequest(error: Error & { code?: string }, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  // In the middle of an answer, another one would be read as a part of it.
  if (((socket as Socket).bytesWritten ?? 0) > 0 && hasOpenAnswer(socket)) return void socket.destroy();
  const [line, message] = KINDS[error.code ?? ""] ?? ["400 Bad Request", "this is no HTTP request"];
  const body: ErrorBody = new HostError("request_invalid", message).toBody();
  const text = JSON.stringify(body);
  const head = [
    `HTTP/1.1 ${line}`,
    "content-type: application/json; charset=utf-8",
    `content-length: ${Buffer.byteLength(text)}`,
    "connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${text}`, () => socket.destroy());
}

/** Node keeps the answer that a socket is taken up by on the socket. */
function hasOpenAnswer(socket: Duplex): boolean {
  const { _httpMessage: open } = socket as Duplex & { _httpMessage?: { headersSent: boolean } | null };
  return open?.headersSent === true;
}
