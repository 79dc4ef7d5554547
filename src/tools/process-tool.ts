// A command of a process plugin as a tool: what models are told of it, and the command line that a call becomes.

import { type JsonObject, parseOrderedJson } from "../base/ordered-json.ts";
import { TOOL_SCHEMA_BYTES_MAX } from "../protocol/limits.ts";
import type { DescribedCommand } from "../protocol/process-plugin.ts";
import { type ArgumentCheck, prepareCheck } from "./argument-check.ts";
import type { ToolFailure } from "./envelope.ts";
import { optionsOf } from "./process-options.ts";
import { boundedText, processSchemas } from "./process-schema.ts";
import { wordsOf } from "./process-words.ts";
import { violationFailure } from "./violation.ts";

export interface ProcessTool {
  /** The words of the command, with spaces between them. */
  readonly toolId: string;
  readonly description: string;
  readonly inputSchema: Readonly<Record<string, unknown>>;
  /** By which calls are checked; it takes more than models are told. */
  readonly checkedSchema: Readonly<Record<string, unknown>>;
  /** Why models cannot be given it, if they cannot. */
  readonly problem: string | undefined;
  /**
   * The words behind the command's name, and the arguments as they were taken.
   *
   * @param input JSON text. Throws `input_too_large`.
   */
  prepare(input: string): Promise<PreparedCommand | ToolFailure>;
}

interface PreparedCommand {
  readonly words: readonly string[];
  readonly input: string;
}

/** @param path the command and the subcommands to the one that is meant. */
export function processTool(path: readonly DescribedCommand[]): ProcessTool {
  const toolId = path.map(({ name }) => name).join(" ");
  const options = optionsOf(path);
  const { shown, checked } = processSchemas(options);
  const about = path.at(-1)!.about.trim();
  let check: ArgumentCheck | Promise<ArgumentCheck> | undefined;
  return {
    toolId,
    description: boundedText(about === "" ? `Runs the command "${toolId}".` : about),
    inputSchema: shown,
    checkedSchema: checked,
    problem: sizeProblem(shown),
    async prepare(input) {
      check ??= prepareCheck({ id: toolId, description: "", parameters: checked });
      if (check instanceof Promise) check = await check;
      const found = check.check(input);
      if ("failure" in found) return found.failure;
      const line = wordsOf(path, options, parseOrderedJson(found.input) as JsonObject);
      if ("violation" in line) return violationFailure(toolId, line.violation);
      return { words: line.words, input: found.input };
    },
  };
}

function sizeProblem(schema: object): string | undefined {
  const bytes = Buffer.byteLength(JSON.stringify(schema));
  return bytes <= TOOL_SCHEMA_BYTES_MAX
    ? undefined
    : `its arguments and flags take more than ${TOOL_SCHEMA_BYTES_MAX} bytes of JSON Schema`;
}
