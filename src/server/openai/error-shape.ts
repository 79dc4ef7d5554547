// Failures in the shape that clients of OpenAI's API read. Where that API has a code of its own for what happened, it is
// that one: programs decide by it what to do.

import type { FastifyReply } from "fastify";
import type { ErrorCode, HostError } from "../../protocol/errors.ts";
import type { RunError, RunOutcome } from "../../protocol/inference.ts";
import { HttpError, statusOf } from "../http-error.ts";

export interface OpenAiError {
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string;
  /** What there was of the answer when it broke off. */
  readonly partial_content?: string;
}

const CODES: Partial<Record<ErrorCode, string>> = {
  unauthorized: "invalid_api_key",
  model_unknown: "model_not_found",
  context_too_long: "context_length_exceeded",
  inference_rate_limited: "rate_limit_exceeded",
};

export function openAiError(error: HostError): OpenAiError {
  const { param, partialContent } = error instanceof HttpError ? error : {};
  return {
    message: error.hint === undefined ? error.message : `${error.message} (${error.hint})`,
    type: typeOf(error),
    param: param ?? null,
    code: CODES[error.code] ?? error.code,
    ...(partialContent === undefined ? {} : { partial_content: partialContent }),
  };
}

/** Answers with a failure. */
export async function sendOpenAiError(reply: FastifyReply, error: HostError): Promise<FastifyReply> {
  if (error instanceof HttpError) reply.headers(error.headers);
  // The host has tried again already, as far as that is of use. Clients do so twice for what looks like a passing failure.
  if (isInference(error) && error.code !== "inference_rate_limited") reply.header("x-should-retry", "false");
  const waitMs = error.details?.["retry_after_ms"];
  if (typeof waitMs === "number") reply.header("retry-after", String(Math.max(1, Math.ceil(waitMs / 1_000))));
  return await reply.code(wireStatus(error)).send({ error: openAiError(error) });
}

/** Throws how a run failed, or that it was stopped. */
export function requireRan({ finish, error, content }: RunOutcome): void {
  if (finish === "failed") throw runFailure(error ?? { code: "internal", message: "the run failed" }, content);
  // Where its client is gone, nobody reads this.
  if (finish === "cancelled") {
    throw new HttpError("interrupted", "the run was cancelled", { status: 503, partialContent: content });
  }
}

/** With what the model's server answered, where the run tells it. */
function runFailure({ code, message, hint, retryAfterMs, status }: RunError, partialContent: string): HttpError {
  return new HttpError(code, message, {
    ...(hint === undefined ? {} : { hint }),
    details: { retry_after_ms: retryAfterMs, status },
    partialContent,
  });
}

/** Statuses of a model's server that speak of the request: it would be refused as often as it is sent. */
const OF_THE_REQUEST: ReadonlySet<unknown> = new Set([400, 404, 413, 422]);

function wireStatus(error: HostError): number {
  return isOfTheRequest(error) ? 400 : statusOf(error);
}

function isOfTheRequest({ code, details }: HostError): boolean {
  return code === "inference_refused" && OF_THE_REQUEST.has(details?.["status"]);
}

function isInference({ code }: HostError): boolean {
  return code.startsWith("inference_");
}

function typeOf(error: HostError): string {
  if (isOfTheRequest(error)) return "invalid_request_error";
  const status = statusOf(error);
  if (status === 401) return "authentication_error";
  if (status === 403) return "permission_error";
  if (status === 429) return "rate_limit_error";
  if (isInference(error)) return "inference_error";
  return status < 500 ? "invalid_request_error" : "server_error";
}
