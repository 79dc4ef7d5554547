// What a tool gives back, in one shape. Plugins answer in several ("Osaurus: Tool Contract" and the forms that
// published plugins use); callers see one.

import { JSON_DEPTH_MAX } from "../protocol/limits.ts";

export type FailureKind =
  | "invalid_args"
  | "timeout"
  | "execution_error"
  | "unavailable"
  | "rejected"
  | "user_denied"
  | "tool_not_found";

/** Whether trying again makes sense, where the plugin does not say. */
const RETRYABLE: Readonly<Record<FailureKind, boolean>> = {
  invalid_args: true,
  timeout: true,
  execution_error: true,
  unavailable: true,
  rejected: false,
  user_denied: false,
  tool_not_found: false,
};

interface ToolSuccess {
  readonly ok: true;
  readonly tool: string;
  readonly result: unknown;
  /** One sentence for people and models. */
  readonly summary?: string;
  readonly warnings?: readonly unknown[];
}

export interface ToolFailure {
  readonly ok: false;
  readonly tool: string;
  readonly kind: FailureKind;
  /** The plugin's own code, or ours (`plugin_crashed`). */
  readonly code?: string;
  readonly message: string;
  /** Which argument is wrong. */
  readonly field?: string;
  readonly expected?: unknown;
  readonly retryable: boolean;
}

export type ToolEnvelope = ToolSuccess | ToolFailure;

export interface FailureFacts {
  readonly kind: FailureKind;
  readonly message: string;
  readonly code?: string;
  readonly field?: string;
  readonly expected?: unknown;
  readonly retryable?: boolean;
}

export function toolFailure(tool: string, facts: FailureFacts): ToolFailure {
  const { kind, message, code, field, expected } = facts;
  return {
    ok: false,
    tool,
    kind,
    ...(code === undefined ? {} : { code }),
    message,
    ...(field === undefined ? {} : { field }),
    ...(expected === undefined ? {} : { expected }),
    retryable: facts.retryable ?? RETRYABLE[kind],
  };
}

/** Brings a plugin's answer into the one shape. Text that is no envelope is a result as it stands. */
export function normaliseEnvelope(tool: string, answer: string | null): ToolEnvelope {
  if (answer === null) return toolFailure(tool, { kind: "execution_error", message: "the tool returned nothing" });
  if (isTooDeep(answer)) {
    const message = `the tool's answer is nested deeper than ${JSON_DEPTH_MAX} levels`;
    return toolFailure(tool, { kind: "execution_error", code: "answer_too_deep", message, retryable: false });
  }
  const json = parseObject(answer);
  if (!json) return plainText(tool, answer);
  if (json.ok === true) return success(tool, json);
  if (json.ok === false) return failure(tool, json);
  const isOldFailure = typeof json.error === "string" && typeof json.retryable === "boolean";
  return isOldFailure ? failure(tool, json) : plainText(tool, answer);
}

type Json = Readonly<Record<string, unknown>>;

/** Whether brackets outside of texts are nested deeper than is read anywhere; stops at the first that is. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  let inText = false;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (inText) {
      if (char === BACKSLASH) at++;
      else if (char === QUOTE) inText = false;
    } else if (char === QUOTE) inText = true;
    else if (char === BRACE_OPEN || char === BRACKET_OPEN) {
      if (++depth > JSON_DEPTH_MAX) return true;
    } else if (char === BRACE_CLOSE || char === BRACKET_CLOSE) depth--;
  }
  return false;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;
const BRACKET_OPEN = 0x5b;
const BRACKET_CLOSE = 0x5d;

function parseObject(text: string): Json | undefined {
  if (!/^\s*\{/.test(text)) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function plainText(tool: string, text: string): ToolEnvelope {
  if (text.startsWith("[REJECTED]")) return toolFailure(tool, { kind: "rejected", message: text });
  if (text.startsWith("[TIMEOUT]")) return toolFailure(tool, { kind: "timeout", message: text });
  return { ok: true, tool, result: text };
}

function success(tool: string, json: Json): ToolSuccess {
  const result = "result" in json ? json.result : "data" in json ? json.data : null;
  return {
    ok: true,
    tool,
    result,
    ...(typeof json.summary === "string" ? { summary: json.summary } : {}),
    ...(Array.isArray(json.warnings) ? { warnings: json.warnings } : {}),
  };
}

function failure(tool: string, json: Json): ToolFailure {
  const texts = [json.message, json.reason, json.error].filter((text) => typeof text === "string" && text !== "");
  const kind = typeof json.kind === "string" && Object.hasOwn(RETRYABLE, json.kind) ? json.kind : "execution_error";
  return toolFailure(tool, {
    kind: kind as FailureKind,
    message: (texts[0] as string | undefined) ?? "the tool failed without saying why",
    ...(typeof json.error === "string" ? { code: json.error } : {}),
    ...(typeof json.field === "string" ? { field: json.field } : {}),
    ...("expected" in json ? { expected: json.expected } : {}),
    ...(typeof json.retryable === "boolean" ? { retryable: json.retryable } : {}),
  });
}
