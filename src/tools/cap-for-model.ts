// What a model gets of a tool's answer: all of it, or its beginning and its end. People and programs get everything.

import { MODEL_OUTPUT_BYTES_MAX } from "../protocol/limits.ts";
import type { ToolEnvelope, ToolFailure } from "./envelope.ts";

/** Of the room for the content, what its beginning gets: what comes first mostly says what the rest is. */
const HEAD_PART = 2 / 3;
/** Of all the room, what a text beside the result may take: a summary, a message, a warning. */
const SIDE_CHARS_MAX = 2_000;
const WARNINGS_MAX = 10;
/** The name of a tool that there is none of is whatever the model wrote. */
const TOOL_CHARS_MAX = 200;

/**
 * The envelope, no larger than a model should be given: its JSON text has at most MODEL_OUTPUT_BYTES_MAX bytes. What is
 * cut out is said; a failure stays a failure.
 *
 * @param wholeChars how long the result is said to be, where its text was changed before it came here.
 */
export function capForModel(envelope: ToolEnvelope, wholeChars?: number): ToolEnvelope {
  if (bytesOf(envelope) <= MODEL_OUTPUT_BYTES_MAX) return envelope;
  const tool = cut(envelope.tool, TOOL_CHARS_MAX);
  if (!envelope.ok) return cappedFailure(envelope);
  const text = typeof envelope.result === "string" ? envelope.result : JSON.stringify(envelope.result);
  const chars = wholeChars ?? text.length;
  const { summary, warnings = [] } = envelope;
  const around = (content: string): ToolEnvelope => ({
    ok: true,
    tool,
    result: { kind: "truncated_output", truncated: true, original_chars: chars, content },
    ...(summary === undefined ? {} : { summary: cut(summary, SIDE_CHARS_MAX) }),
    warnings: [
      `The result has ${chars} characters, which is too much: only its beginning and its end are here.`,
      ...warnings.slice(0, WARNINGS_MAX).map((one) => cut(textOf(one), SIDE_CHARS_MAX / WARNINGS_MAX)),
    ],
  });
  return around(cutTo(text, MODEL_OUTPUT_BYTES_MAX - bytesOf(around(""))));
}

function cappedFailure(failure: ToolFailure): ToolFailure {
  const { expected: _left, message, ...rest } = failure;
  const short: ToolFailure = {
    ...rest,
    tool: cut(failure.tool, TOOL_CHARS_MAX),
    ...(failure.code === undefined ? {} : { code: cut(failure.code, SIDE_CHARS_MAX) }),
    ...(failure.field === undefined ? {} : { field: cut(failure.field, SIDE_CHARS_MAX) }),
    message: "",
  };
  return { ...short, message: cutTo(message, MODEL_OUTPUT_BYTES_MAX - bytesOf(short)) };
}

/** The text, cut in its middle until it takes at most so many bytes as JSON, without its quotes. */
function cutTo(text: string, bytesMax: number): string {
  for (let chars = bytesMax; chars > 0; ) {
    const content = cut(text, chars);
    const bytes = bytesOf(content) - 2;
    if (bytes <= bytesMax) return content;
    // Escapes and other scripts take several bytes a character.
    chars = Math.floor((chars * bytesMax) / bytes) - 1;
  }
  return "";
}

/** At most so many characters, and a note of how many are left out. */
function cut(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text;
  const note = `\n[... ${text.length - charsMax} characters or more are left out ...]\n`;
  const room = Math.max(0, charsMax - note.length);
  const head = Math.ceil(room * HEAD_PART);
  const tail = room - head;
  return `${text.slice(0, head).toWellFormed()}${note}${tail === 0 ? "" : text.slice(-tail).toWellFormed()}`;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
