// What a model gets of a tool's answer: its envelope in a frame, no larger than it should be, and where the rest is.

import { formatOrderedJson } from "../base/ordered-json.ts";
import { HostError } from "../protocol/errors.ts";
import { MODEL_OUTPUT_BYTES_MAX } from "../protocol/limits.ts";
import type { ToolOutcome } from "../tools/call-tool.ts";
import { capForModel } from "../tools/cap-for-model.ts";
import { type ToolEnvelope, toolFailure } from "../tools/envelope.ts";
import { escapeHidden, framed } from "./untrusted-text.ts";

/** Keeps a text that is too long for a model; gives how the model asks for it, nothing when it cannot be kept. */
export type KeepOutput = (tool: string, text: string) => Promise<string | undefined>;

/** An answer as everybody but the model sees it, and as the model does. */
export interface ToolResult {
  /** The envelope as JSON text, whole, with the plugin's own numbers and order of members. */
  readonly content: string;
  readonly isError: boolean;
  readonly forModel: string;
}

/** The result of a call that came to an outcome. */
export async function resultOf({ envelope, exactResult }: ToolOutcome, keep: KeepOutput): Promise<ToolResult> {
  if (!envelope.ok) return await resultOfFailure(envelope, keep);
  let result: string;
  try {
    result = exactText(envelope.result, exactResult);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    const { code, message } = error;
    const failure = toolFailure(envelope.tool, { kind: "execution_error", code, message, retryable: false });
    return await resultOfFailure(failure, keep);
  }
  const { result: _result, ...others } = envelope;
  const content = withMember(others, "result", result);
  const shown = escapeHidden(content);
  if (Buffer.byteLength(shown) <= MODEL_OUTPUT_BYTES_MAX) return { content, isError: false, forModel: framed(shown) };
  // A text is kept as it is read, and not as JSON writes it.
  const whole = typeof envelope.result === "string" ? envelope.result : result;
  const capped = JSON.stringify(capForModel(visible({ ...envelope, result: whole })));
  return { content, isError: false, forModel: framed(capped) + (await restNote(envelope.tool, whole, keep)) };
}

async function resultOfFailure(failure: ToolEnvelope, keep: KeepOutput): Promise<ToolResult> {
  const content = JSON.stringify(failure);
  const shown = escapeHidden(content);
  if (Buffer.byteLength(shown) <= MODEL_OUTPUT_BYTES_MAX) return { content, isError: true, forModel: framed(shown) };
  const capped = JSON.stringify(capForModel(visible(failure)));
  return { content, isError: true, forModel: framed(capped) + (await restNote(failure.tool, content, keep)) };
}

function exactText(result: unknown, exactResult: ToolOutcome["exactResult"]): string {
  if (typeof result === "string") return JSON.stringify(result);
  const exact = exactResult();
  return exact === undefined ? (JSON.stringify(result) ?? "null") : formatOrderedJson(exact);
}

/** JSON text of an object with one member more, which is JSON text already. */
function withMember(object: Readonly<Record<string, unknown>>, name: string, json: string): string {
  return `${JSON.stringify(object).slice(0, -1)},${JSON.stringify(name)}:${json}}`;
}

/** With hidden characters spelled out in every text that is left after the envelope is cut. */
function visible(envelope: ToolEnvelope): ToolEnvelope {
  if (!envelope.ok) {
    const { code, field, message } = envelope;
    return {
      ...envelope,
      message: escapeHidden(message),
      ...(code === undefined ? {} : { code: escapeHidden(code) }),
      ...(field === undefined ? {} : { field: escapeHidden(field) }),
    };
  }
  const { result, summary, warnings } = envelope;
  return {
    ...envelope,
    result: escapeHidden(result as string),
    ...(summary === undefined ? {} : { summary: escapeHidden(summary) }),
    ...(warnings === undefined
      ? {}
      : { warnings: warnings.map((one) => escapeHidden(typeof one === "string" ? one : JSON.stringify(one))) }),
  };
}

async function restNote(tool: string, whole: string, keep: KeepOutput): Promise<string> {
  const how = await keep(tool, whole);
  return how === undefined
    ? "\nOnly a part of the result is here, and the rest is not kept: ask the tool for less at a time."
    : `\nOnly a part of the result is here. All ${whole.length} characters are kept: ${how}`;
}
