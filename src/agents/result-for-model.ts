// What a model gets of a tool's answer: its envelope in a frame, no larger than it should be, and where the rest is.

import { formatOrderedJson } from "../base/ordered-json.ts";
import { HostError } from "../protocol/errors.ts";
import { APPROVAL_INPUT_CHARS_MAX, MODEL_OUTPUT_BYTES_MAX } from "../protocol/limits.ts";
import { shortJson } from "../store/short-json.ts";
import type { ToolOutcome } from "../tools/call-tool.ts";
import { capForModel } from "../tools/cap-for-model.ts";
import { type ToolEnvelope, toolFailure } from "../tools/envelope.ts";
import { escapeHidden, framed } from "./untrusted-text.ts";

/** Keeps a text that is too long for a model; gives how the model asks for it, nothing when it cannot be kept. */
export type KeepOutput = (tool: string, text: string) => Promise<string | undefined>;

/** An answer as everybody but the model sees it, and as the model does. */
export interface ToolResult {
  /**
   * The envelope as JSON text, whole, with the plugin's own numbers and order of members; what the model gets of it where
   * the whole is more than may be held.
   */
  readonly content: string;
  /** How long the whole is. */
  readonly wholeChars: number;
  readonly isError: boolean;
  readonly forModel: string;
  /** The arguments with which the call was made, where they are not the model's. */
  readonly edited?: string;
}

/**
 * The result of a call that came to an outcome.
 *
 * @param charsMax what is longer, and too long for a model, is cut for everybody and kept nowhere.
 */
export async function resultOf(
  outcome: ToolOutcome,
  keep: KeepOutput,
  charsMax = Number.POSITIVE_INFINITY,
): Promise<ToolResult> {
  const result = await resultOfOutcome(outcome, keep, charsMax);
  const { edited } = outcome;
  return edited === undefined ? result : { ...result, edited, forModel: result.forModel + editedNote(edited) };
}

async function resultOfOutcome(
  { envelope, exactResult }: ToolOutcome,
  keep: KeepOutput,
  charsMax: number,
): Promise<ToolResult> {
  if (!envelope.ok) return await resultOfFailure(envelope, keep, charsMax);
  let result: string;
  try {
    result = exactText(envelope.result, exactResult);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    const { code, message } = error;
    const failure = toolFailure(envelope.tool, { kind: "execution_error", code, message, retryable: false });
    return await resultOfFailure(failure, keep, charsMax);
  }
  const { result: _result, ...others } = envelope;
  // A text is kept as it is read, and not as JSON writes it.
  const whole = typeof envelope.result === "string" ? envelope.result : result;
  return await fitting({
    content: withMember(others, "result", result),
    isError: false,
    capped: () => capForModel(visible({ ...envelope, result: whole }), whole.length),
    kept: { tool: envelope.tool, text: whole, keep },
    charsMax,
  });
}

async function resultOfFailure(failure: ToolEnvelope, keep: KeepOutput, charsMax: number): Promise<ToolResult> {
  const content = JSON.stringify(failure);
  return await fitting({
    content,
    isError: true,
    capped: () => capForModel(visible(failure)),
    kept: { tool: failure.tool, text: content, keep },
    charsMax,
  });
}

interface Unfitted {
  readonly content: string;
  readonly isError: boolean;
  readonly capped: () => ToolEnvelope;
  readonly kept: { readonly tool: string; readonly text: string; readonly keep: KeepOutput };
  readonly charsMax: number;
}

async function fitting({ content, isError, capped, kept, charsMax }: Unfitted): Promise<ToolResult> {
  const facts = { isError, wholeChars: content.length };
  if (content.length <= MODEL_OUTPUT_BYTES_MAX) {
    const shown = escapeHidden(content);
    if (Buffer.byteLength(shown) <= MODEL_OUTPUT_BYTES_MAX) return { ...facts, content, forModel: framed(shown) };
  }
  const short = JSON.stringify(capped());
  if (content.length > charsMax) return { ...facts, content: short, forModel: framed(short) + NOT_KEPT };
  const how = await kept.keep(kept.tool, kept.text);
  const rest = how === undefined ? NOT_KEPT : keptNote(kept.text.length, how);
  return { ...facts, content, forModel: framed(short) + rest };
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

const NOT_KEPT = "\nOnly a part of the result is here, and the rest is not kept: ask the tool for less at a time.";

/** Behind the frame, where only the host writes: a tool cannot say this. */
function editedNote(edited: string): string {
  const shown = escapeHidden(shortJson(edited, APPROVAL_INPUT_CHARS_MAX));
  return `\nThe user changed the arguments of this call before allowing it. It was made with: ${shown}`;
}

function keptNote(chars: number, how: string): string {
  return `\nOnly a part of the result is here. All ${chars} characters are kept: ${how}`;
}
