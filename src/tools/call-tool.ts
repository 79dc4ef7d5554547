// One call of a tool: finds it, makes the call, brings the answer into one shape. Nothing that a plugin does is thrown
// from here; what the caller got wrong is.

import { type JsonObject, JsonSyntaxError, type OrderedJson, parseOrderedJson } from "../base/ordered-json.ts";
import { ERRORS, HostError } from "../protocol/errors.ts";
import { CALL_MS_MAX } from "../protocol/limits.ts";
import { type Manifest, type ManifestTool, permissionPolicy } from "../protocol/manifest.ts";
import { type FailureKind, normaliseEnvelope, type ToolEnvelope, toolFailure } from "./envelope.ts";

/** A plugin that is loaded and can be called. */
export interface CallablePlugin {
  readonly manifest: Manifest;
  invokeTool(toolId: string, input: string, options: InvokeOptions): Promise<string | null>;
}

interface InvokeOptions {
  readonly agentId: string;
  readonly deadlineMs: number;
  readonly countsHostCalls: boolean;
}

export interface ToolCall {
  /** The tool's id in its manifest. */
  readonly tool: string;
  /** JSON text of the arguments. */
  readonly input: string;
  readonly agentId: string;
  /** Bounds the whole call; without it, the time in which the plugin waits for its host is not counted. */
  readonly timeoutMs?: number;
}

export interface ToolOutcome {
  readonly envelope: ToolEnvelope;
  /** Set when the plugin gave no answer: it crashed, hung, was overloaded. */
  readonly breakdown: HostError | undefined;
  /** The result with the plugin's own numbers and member order; undefined for a failure. Read when it is asked for. */
  exactResult(): OrderedJson | undefined;
}

export async function callTool(plugin: CallablePlugin, call: ToolCall): Promise<ToolOutcome> {
  const tool = findTool(plugin.manifest, call.tool);
  if (permissionPolicy(tool) === "deny") {
    throw new HostError("tool_denied", `the plugin's manifest denies the tool "${tool.id}"`, {
      hint: "its permission_policy is deny",
    });
  }
  try {
    const answer = await plugin.invokeTool(tool.id, call.input, {
      agentId: call.agentId,
      deadlineMs: call.timeoutMs ?? CALL_MS_MAX,
      countsHostCalls: call.timeoutMs !== undefined,
    });
    const envelope = normaliseEnvelope(tool.id, answer);
    return { envelope, breakdown: undefined, exactResult: () => exactResult(envelope, answer) };
  } catch (error) {
    if (!(error instanceof HostError) || ERRORS[error.code].fault === "caller") throw error;
    // The same answer would be too large the next time, too.
    const again = error.code === "output_too_large" ? { retryable: false } : {};
    const envelope = toolFailure(tool.id, { kind: kindOf(error), code: error.code, message: error.message, ...again });
    return { envelope, breakdown: error, exactResult: () => undefined };
  }
}

function findTool(manifest: Manifest, id: string): ManifestTool {
  const tools = manifest.capabilities.tools ?? [];
  const tool = tools.find((candidate) => candidate.id === id);
  if (tool) return tool;
  const known = tools.map((candidate) => candidate.id).join(", ");
  throw new HostError("tool_unknown", `plugin "${manifest.plugin_id}" has no tool "${id}"`, {
    hint: known ? `it has: ${known}` : "its manifest declares no tools",
  });
}

function exactResult(envelope: ToolEnvelope, answer: string | null): OrderedJson | undefined {
  if (!envelope.ok || answer === null) return undefined;
  // A text is the same either way; only structure can lose something on its way through JavaScript's objects.
  if (typeof envelope.result === "string") return envelope.result;
  const given = readAnswer(envelope.tool, answer);
  return (given.has("result") ? given.get("result") : given.get("data")) ?? null;
}

/** The answer is known to be JSON of a depth that can be read; it may still hold more values than anybody should. */
function readAnswer(tool: string, answer: string): JsonObject {
  try {
    return parseOrderedJson(answer) as JsonObject;
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw new HostError("output_too_large", `the result of "${tool}" cannot be shown: ${error.message}`, {
      hint: "ask the tool for a part of it",
    });
  }
}

function kindOf(error: HostError): FailureKind {
  switch (error.code) {
    case "plugin_timeout":
      return "timeout";
    case "plugin_overloaded":
    case "plugin_restarting":
    case "plugin_stopped":
      return "unavailable";
    default:
      return "execution_error";
  }
}
