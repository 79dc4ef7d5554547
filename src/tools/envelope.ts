// What a tool gives back, in one shape. Plugins answer in several ("Osaurus: Tool Contract" and the forms that
// published plugins use); callers see one.

import { isTooDeep } from "../protocol/json-bounds.ts";
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

/** A plugin's answer in the one shape, and what is odd about it. */
export interface ReadAnswer {
  readonly envelope: ToolEnvelope;
  /** It stands as a result because it has no `ok`, but looks like a failure. */
  readonly suspected?: true;
  /** It has both `result` and `data`; the first one counts. */
  readonly hasBoth?: true;
}

/** Brings a plugin's answer into the one shape. Text that is no envelope is a result as it stands. */
export function readAnswer(tool: string, answer: string | null): ReadAnswer {
  if (answer === null) {
    return { envelope: toolFailure(tool, { kind: "execution_error", message: "the tool returned nothing" }) };
  }
  if (isTooDeep(answer)) {
    const message = `the tool's answer is nested deeper than ${JSON_DEPTH_MAX} levels`;
    const code = "answer_too_deep";
    return { envelope: toolFailure(tool, { kind: "execution_error", code, message, retryable: false }) };
  }
  const json = parseObject(answer);
  if (!json) return { envelope: plainText(tool, answer) };
  if (json.ok === true) {
    const envelope = success(tool, json);
    return Object.hasOwn(json, "result") && Object.hasOwn(json, "data") ? { envelope, hasBoth: true } : { envelope };
  }
  if (json.ok === false) return { envelope: failure(tool, json) };
  const saysError = typeof json.error === "string";
  if (saysError && typeof json.retryable === "boolean") return { envelope: failure(tool, json) };
  const envelope = plainText(tool, answer);
  return saysError && envelope.ok ? { envelope, suspected: true } : { envelope };
}

type Json = Readonly<Record<string, unknown>>;

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
  const result = Object.hasOwn(json, "result") ? json.result : Object.hasOwn(json, "data") ? json.data : null;
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
    ...(Object.hasOwn(json, "expected") ? { expected: json.expected } : {}),
    ...(typeof json.retryable === "boolean" ? { retryable: json.retryable } : {}),
  });
}
