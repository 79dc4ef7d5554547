// The script of a scripted model: a JSON file with what it says, turn by turn. It is there to try and to test what runs
// agents without a model; nothing is thought up.

import * as z from "zod/mini";
import { readSmallFile } from "../base/read-small-file.ts";
import { HostError } from "../protocol/errors.ts";
import { lengthCheck } from "../protocol/length-check.ts";
import {
  MODEL_NAME_CHARS_MAX,
  RUN_TOOL_CALLS_MAX,
  SCRIPT_BYTES_MAX,
  SCRIPT_DELAY_MS_MAX,
  SCRIPT_DIMENSIONS_MAX,
  SCRIPT_TURNS_MAX,
} from "../protocol/limits.ts";
import { parseWith } from "../protocol/parse-with.ts";

/** What a turn may fail with, after it has said its text. */
const FAILURES = [
  "inference_unreachable",
  "inference_refused",
  "inference_unauthorized",
  "inference_rate_limited",
  "inference_timeout",
  "inference_cut",
  "inference_invalid",
  "context_too_long",
] as const;
const FINISHES = ["stop", "length", "tool_calls", "content_filter"] as const;

const Count = z.int().check(z.gte(0));
const Pieces = z.union([z.string(), z.array(z.string())]);
const Turn = z.strictObject({
  /** Said piece by piece, each an event. `{{last_user}}` and `{{last_tool}}` stand for those messages. */
  text: z.optional(Pieces),
  reasoning: z.optional(Pieces),
  tool_calls: z.optional(
    z
      .array(
        z.strictObject({
          name: z.string().check(lengthCheck({ min: 1 })),
          /** A text is sent as it is, so that a script can send what is no JSON. */
          arguments: z.union([z.string(), z.record(z.string(), z.unknown())]),
        }),
      )
      .check(lengthCheck({ max: RUN_TOOL_CALLS_MAX })),
  ),
  finish: z.optional(z.enum(FINISHES)),
  usage: z.optional(z.strictObject({ prompt_tokens: Count, completion_tokens: Count })),
  /** Before each piece. */
  delay_ms: z.optional(Count.check(z.lte(SCRIPT_DELAY_MS_MAX))),
  fail: z.optional(z.enum(FAILURES)),
});
const Script = z.strictObject({
  model: z.optional(z.string().check(lengthCheck({ min: 1, max: MODEL_NAME_CHARS_MAX }))),
  turns: z.array(Turn).check(lengthCheck({ max: SCRIPT_TURNS_MAX })),
  /** What comes after the last turn. */
  after: z.optional(z.enum(["repeat_last", "fail", "echo"])),
  embedding_dimensions: z.optional(z.int().check(z.gte(1), z.lte(SCRIPT_DIMENSIONS_MAX))),
});

export type ScriptTurn = z.infer<typeof Turn>;
export type ModelScript = z.infer<typeof Script>;

/** Reads the file. Throws `script_invalid`. */
export function readScript(path: string): ModelScript {
  const file = readSmallFile(path, SCRIPT_BYTES_MAX);
  if (file === undefined) throw scriptInvalid(path, "there is no such file");
  if (file.problem !== undefined) throw scriptInvalid(path, file.problem);
  const parsed = parseWith(Script, jsonOf(path, file.text));
  if ("problem" in parsed) throw scriptInvalid(path, parsed.problem);
  return parsed.data;
}

export function scriptInvalid(path: string, problem: string): HostError {
  return new HostError("script_invalid", `the script ${path} of a scripted model: ${problem}`, { details: { path } });
}

function jsonOf(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw scriptInvalid(path, `it is no JSON (${(error as Error).message})`);
  }
}
