// From what was typed behind a native tool to the arguments of its call: the whole ones of `--args`, what flags and words put
// on top of them, files that they name, and secrets that nobody typed.

import { formatOrderedJson, type JsonObject, JsonSyntaxError, parseOrderedJson } from "../base/ordered-json.ts";
import { wrongArgument } from "../host/native-commands.ts";
import { NATIVE_FLAG_DEPTH_MAX } from "../protocol/limits.ts";
import type { Manifest, ManifestTool } from "../protocol/manifest.ts";
import type { CommandIo } from "../terminal/io.ts";
import type { CommandInput } from "./command.ts";
import { readNativeLine, wordValues } from "./native-arguments.ts";
import { readNamed, refuseTwoReaders, withFiles } from "./native-files.ts";
import { findFlag, type ToolFlags } from "./native-flags.ts";
import { GivenArguments } from "./native-given.ts";
import { askSecret, holdsSecret, missingSecrets } from "./native-secrets.ts";
import { readValue } from "./native-values.ts";
import { argumentsText } from "./tools-call.ts";
import { usageError } from "./usage-error.ts";

export interface TypedTool {
  readonly manifest: Manifest;
  readonly tool: ManifestTool;
  readonly own: ToolFlags;
  /** What is the tool's of the line. */
  readonly tokens: readonly string[];
}

/**
 * The arguments as JSON text, and the options beside them. Asks for secrets that are missing. Throws `usage_invalid`, which
 * names the flag.
 */
export async function readNativeCall(
  io: CommandIo,
  { manifest, tool, own, tokens }: TypedTool,
): Promise<Pick<CommandInput, "options"> & { text: string }> {
  const line = readNativeLine(tokens, own);
  const { options } = line;
  refuseTwoReaders(line);
  const outer = objectOf(await wholeText(io, options));
  const words = wordValues(line, own, (property) => outer.has(property));
  const given = new GivenArguments();
  for (const { flag, name, text, isTyped } of await withFiles([...line.typed, ...words], io)) {
    given.give(flag, name, readValue(flag, name, text, isTyped && !holdsSecret(flag, own)));
  }
  const whole = await withSecrets(io, own, given.onto(outer));
  const text = formatOrderedJson(whole);
  const wrong = await wrongArgument(manifest, tool, text);
  if (wrong === undefined) return { options, text };
  const { field, message } = wrong;
  const name = field === undefined ? undefined : (given.nameFor(field) ?? nameOf(own, field));
  throw usageError(name === undefined ? message : `${name}: ${message}`);
}

type Options = CommandInput["options"];

/** What `--args` says; `@FILE` is a file's text. */
async function wholeText(io: CommandIo, options: Options): Promise<string> {
  const { args } = options;
  if (typeof args !== "string" || !args.startsWith("@")) return await argumentsText({ io, options });
  // With a line break, no file's text is the "-" that stands for standard input.
  return await argumentsText({ io, options: { args: `${await readNamed(io, "--args", args.slice(1))}\n` } });
}

async function withSecrets(io: CommandIo, own: ToolFlags, whole: JsonObject): Promise<JsonObject> {
  const asked = new GivenArguments();
  for (const flag of missingSecrets(own, whole)) {
    asked.give(flag, flag.name, readValue(flag, flag.name, await askSecret(io, flag), false));
  }
  return asked.onto(whole);
}

/** The flag, as the help shows it, of what no flag gave, or of the nearest that it lies in. */
function nameOf(own: ToolFlags, field: string): string | undefined {
  const parts = field.split(".").slice(0, NATIVE_FLAG_DEPTH_MAX);
  for (let count = parts.length; count > 0; count--) {
    const found = findFlag(own, `--arg.${parts.slice(0, count).join(".")}`);
    if (found !== undefined) return found.flag.name;
  }
  return undefined;
}

function objectOf(text: string): JsonObject {
  try {
    const value = parseOrderedJson(text);
    if (value instanceof Map) return value;
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw usageError(`--args cannot be read: ${error.message}`);
  }
  throw usageError("--args takes a JSON object");
}
