// What the host's own tools within a run have in common.

import type { ToolDefinition } from "../protocol/inference.ts";
import type { ToolOutcome } from "../tools/call-tool.ts";
import { type FailureFacts, toolFailure } from "../tools/envelope.ts";

/** A tool of the host's that exists within a run only. */
export interface OwnTool {
  readonly definition: ToolDefinition;
  run(input: string): Promise<ToolOutcome>;
}

export function done(tool: string, result: unknown): ToolOutcome {
  return { envelope: { ok: true, tool, result }, breakdown: undefined, exactResult: () => undefined };
}

export function failed(tool: string, facts: FailureFacts): ToolOutcome {
  return { envelope: toolFailure(tool, facts), breakdown: undefined, exactResult: () => undefined };
}

/** A tool's arguments; nothing when they are no JSON object. */
export function readArguments(input: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(input.trim() === "" ? "{}" : input);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
