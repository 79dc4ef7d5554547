// What goes wrong with a model's server, as errors that people can act on. Nothing of the API key is in them, whatever the
// server sends back.

import { hideCredentials } from "../base/hide-credentials.ts";
import { secretForms } from "../base/redact.ts";
import { HostError } from "../protocol/errors.ts";
import { INFERENCE_REASON_CHARS_MAX } from "../protocol/limits.ts";
import { isMembers } from "./wire-values.ts";

/** Whose server it was, for the texts. */
export interface AskedServer {
  readonly provider: string;
  readonly baseUrl: string;
  readonly apiKey: string | undefined;
  /** Where that key comes from: a variable of the environment. */
  readonly apiKeyEnv: string | null;
}

/** A response that is no answer. */
export interface Refusal {
  readonly status: number;
  readonly headers: Headers;
  /** Its body, or the beginning of it. */
  readonly text: string;
}

const TOO_LONG_CODES = new Set(["context_length_exceeded", "exceed_context_size_error", "context_window_exceeded"]);
const TOO_LONG =
  /context (?:length|window|size)|maximum context|max(?:imum)? (?:prompt|input|sequence) length|(?:prompt|input|request) is too long|too many (?:input )?tokens|exceeds? the (?:model's )?(?:maximum|available) (?:context|number of tokens)/i;

export function refused(refusal: Refusal, server: AskedServer): HostError {
  const { status } = refusal;
  const told = reasonIn(refusal.text);
  const reason = shownReason(told.message, server);
  const details = { provider: server.provider, status };
  if (status === 401 || status === 403) return unauthorized(server, `it answers with ${status}`);
  if (status === 429) return rateLimited(refusal, server, told.code, reason);
  if (status < 500 && isTooLong(told)) {
    return new HostError("context_too_long", `the conversation is longer than the model takes: ${reason}`, {
      hint: "begin a new session, or use a model with a larger context",
      details,
    });
  }
  if (status >= 300 && status < 400) return redirected(refusal, server);
  const message = `${nameOf(server)} refused the request with ${status}${reason === "" ? "" : `: ${reason}`}`;
  if (status !== 404) return new HostError("inference_refused", message, { details });
  return new HostError("inference_refused", message, {
    hint: `"osaurus models" lists the models there are; "osaurus providers test ${server.provider}" tries the server`,
    details,
  });
}

/** An error that came in the place of an answer, or in the middle of it. */
export function refusedWithin(error: unknown, server: AskedServer): HostError {
  const told = reasonOf(error);
  const reason = shownReason(told.message, server);
  const details = { provider: server.provider };
  if (isTooLong(told)) {
    return new HostError("context_too_long", `the conversation is longer than the model takes: ${reason}`, { details });
  }
  const text = reason === "" ? "" : `: ${reason}`;
  return new HostError("inference_refused", `${nameOf(server)} gave an error in the place of an answer${text}`, {
    details,
  });
}

export function unauthorized(server: AskedServer, why: string): HostError {
  const hint =
    server.apiKeyEnv !== null
      ? `set the variable ${server.apiKeyEnv} to a key that is valid`
      : `remove the provider and add it again with --api-key-env or --api-key-stdin`;
  const what = server.apiKey === undefined ? "wants an API key" : "does not accept the API key";
  return new HostError("inference_unauthorized", `${nameOf(server)} ${what}: ${why}`, {
    hint,
    details: { provider: server.provider },
  });
}

export function unreachable(error: unknown, server: AskedServer): HostError {
  const code = codeOf(error);
  const why = code === undefined ? "" : ` (${code})`;
  return new HostError("inference_unreachable", `${nameOf(server)} does not answer${why}`, {
    hint: `look whether it runs; "osaurus providers test ${server.provider}" tries it`,
    details: { provider: server.provider, ...(code === undefined ? {} : { reason: code }) },
    cause: error,
  });
}

const SLOW = {
  first: (ms: number) => `gave no answer for ${ms} ms`,
  next: (ms: number) => `fell silent in the middle of its answer for ${ms} ms`,
  whole: (ms: number) => `was not done with its answer after ${ms} ms`,
};

export function tooSlow(server: AskedServer, ms: number, when: "first" | "next" | "whole"): HostError {
  return new HostError("inference_timeout", `${nameOf(server)} ${SLOW[when](ms)}`, {
    details: { provider: server.provider, waited_ms: ms },
  });
}

export function cut(server: AskedServer, cause?: unknown): HostError {
  return new HostError("inference_cut", `the answer of ${nameOf(server)} broke off`, {
    details: { provider: server.provider },
    ...(cause === undefined ? {} : { cause }),
  });
}

export function interrupted(): HostError {
  return new HostError("interrupted", "the model was interrupted");
}

/** How long the server asks to wait; nothing when it does not say. */
export function retryAfterMs(headers: Headers, nowMs = Date.now()): number | undefined {
  const ms = numberIn(headers.get("retry-after-ms"));
  if (ms !== undefined) return Math.round(ms);
  const text = headers.get("retry-after");
  const seconds = numberIn(text);
  if (seconds !== undefined) return Math.round(seconds * 1000);
  // The parser of dates takes odd things for dates: theirs begin with the name of a day.
  const date = /^\s*[a-z]{3}/i.test(text ?? "") ? Date.parse(text ?? "") : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

/** Up to a few months, whatever the unit. */
function numberIn(text: string | null): number | undefined {
  return /^\d{1,10}(?:\.\d{1,10})?$/.test(text?.trim() ?? "") ? Number(text) : undefined;
}

function rateLimited({ headers }: Refusal, server: AskedServer, code: string, reason: string): HostError {
  const waitMs = retryAfterMs(headers);
  const details = { provider: server.provider, ...(waitMs === undefined ? {} : { retry_after_ms: waitMs }) };
  const isQuota = code === "insufficient_quota";
  const when = waitMs === undefined ? "try again later" : `try again in ${Math.ceil(waitMs / 1000)} s`;
  const message = `${nameOf(server)} takes no more requests for now${reason === "" ? "" : `: ${reason}`}`;
  return new HostError("inference_rate_limited", message, {
    hint: isQuota ? "its quota is used up: look at your account there" : when,
    details,
  });
}

/** With the key, nobody is followed: where it leads to may be anybody's. */
function redirected({ status, headers }: Refusal, server: AskedServer): HostError {
  const location = headers.get("location") ?? "";
  const origin = URL.canParse(location, server.baseUrl) ? new URL(location, server.baseUrl).origin : "";
  // Whoever leads away may put what it was sent into the name of the host.
  const target = shownReason(origin, server) === origin && origin !== "" ? origin : undefined;
  return new HostError("inference_refused", `${nameOf(server)} answers with ${status}: it is elsewhere`, {
    hint: `add it with the address that it really has${target === undefined ? "" : `, which may begin with ${target}`}`,
    details: { provider: server.provider, status },
  });
}

interface Reason {
  readonly code: string;
  readonly message: string;
}

function reasonIn(text: string): Reason {
  try {
    const parsed: unknown = JSON.parse(text);
    return reasonOf(isMembers(parsed) && parsed["error"] !== undefined ? parsed["error"] : parsed);
  } catch {
    return { code: "", message: text };
  }
}

function reasonOf(error: unknown): Reason {
  if (typeof error === "string") return { code: "", message: error };
  if (!isMembers(error)) return { code: "", message: "" };
  const text = (name: string) => (typeof error[name] === "string" ? error[name] : "");
  return { code: text("code") || text("type"), message: text("message") || text("detail") };
}

function isTooLong({ code, message }: Reason): boolean {
  return TOO_LONG_CODES.has(code) || TOO_LONG.test(message);
}

/** What a server says, on one line, without what it may know of secrets. */
function shownReason(text: string, { apiKey }: AskedServer): string {
  const line = hideCredentials(withoutKey(text, apiKey)).replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, " ");
  const shown = line.trim();
  return shown.length > INFERENCE_REASON_CHARS_MAX ? `${shown.slice(0, INFERENCE_REASON_CHARS_MAX - 1)}…` : shown;
}

/** Whatever the case of its letters: in a name of a host, for instance, they are all small. */
function withoutKey(text: string, apiKey: string | undefined): string {
  if (apiKey === undefined || apiKey === "") return text;
  const forms = [apiKey, ...secretForms([apiKey])].sort((a, b) => b.length - a.length);
  const any = forms.map((form) => form.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")).join("|");
  return text.replaceAll(new RegExp(any, "gi"), "[redacted]");
}

function nameOf({ provider, baseUrl }: AskedServer): string {
  return `the server of model provider "${provider}" (${baseUrl})`;
}

function codeOf(error: unknown): string | undefined {
  const { code } = error as { code?: unknown };
  return typeof code === "string" ? code : undefined;
}
