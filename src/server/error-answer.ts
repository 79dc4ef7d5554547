// What a failed request is answered. Failures that nobody foresaw are told as such, with an id under which the log has them.

import { randomUUID } from "node:crypto";
import type { FastifyReply } from "fastify";
import { isLocked } from "../base/is-locked.ts";
import { HostError } from "../protocol/errors.ts";
import { SERVER_BODY_BYTES_MAX } from "../protocol/limits.ts";
import { HttpError, statusOf } from "./http-error.ts";

/** Gets what the log should have of a failure that is a bug. */
export type NoteBug = (id: string, cause: unknown) => void;

/**
 * Makes one of ours of whatever was thrown while a request was served.
 *
 * @param bodyBytesMax what the body of that request may have.
 */
export function requestError(thrown: unknown, note: NoteBug, bodyBytesMax = SERVER_BODY_BYTES_MAX): HostError {
  if (thrown instanceof HostError && thrown.code === "internal") return bug(thrown.cause ?? thrown, note);
  if (thrown instanceof HostError) return isStoreLocked(thrown) ? tryAgain(thrown) : thrown;
  const { statusCode, code, message } = thrown as { statusCode?: unknown; code?: unknown; message?: unknown };
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE") {
    return new HttpError("input_too_large", `the body of a request has ${bodyBytesMax} bytes at most`);
  }
  // The client hung up while it sent the body: nobody reads this. Failures that we have made ourselves have no status.
  if (code === "ECONNRESET" && statusCode === 400) {
    return new HttpError("request_invalid", "the request broke off", { status: 400 });
  }
  // The framework's own refusals, about the form of a request.
  const isRefusal = typeof code === "string" && code.startsWith("FST_") && typeof statusCode === "number";
  if (isRefusal && statusCode >= 400 && statusCode < 500) {
    return new HttpError("request_invalid", String(message).slice(0, 200), { status: statusCode });
  }
  return bug(thrown, note);
}

/** Another process has been writing for too long: nothing is broken. */
function isStoreLocked({ code, cause }: HostError): boolean {
  return code === "store_broken" && cause !== undefined && isLocked(cause);
}

/** In words for whoever asks, who may be anybody: where the file lies is not in them. */
function tryAgain({ code, cause }: HostError): HttpError {
  const message = "another process keeps the host's database locked";
  return new HttpError(code, message, { status: 503, headers: { "retry-after": "1" }, hint: "try again", cause });
}

function bug(cause: unknown, note: NoteBug): HostError {
  const id = randomUUID();
  note(id, cause);
  return new HostError("internal", "something went wrong inside Osprey", {
    hint: `the log of "osaurus serve" has it as ${id}`,
    details: { id },
  });
}

/** Answers in the shape of the control API and of everything that has none of its own. */
export async function sendError(reply: FastifyReply, error: HostError): Promise<FastifyReply> {
  if (error instanceof HttpError) reply.headers(error.headers);
  return await reply.code(statusOf(error)).send(error.toBody());
}
