// The arguments of a call as the words of a command line. Each value is one word of the process's own argument array,
// so no shell sees it; and no value becomes a flag: the protocol of process plugins promises nothing about "--", so an
// argument that begins with a dash is refused, and a flag's value that does so is tied to its flag ("--name=-5").

import { JsonNumber, type JsonObject, type OrderedJson } from "../base/ordered-json.ts";
import { PROCESS_ARGUMENT_BYTES_MAX, PROCESS_ARGUMENTS_BYTES_MAX, PROCESS_ARGUMENTS_MAX } from "../protocol/limits.ts";
import type { DescribedCommand } from "../protocol/process-plugin.ts";
import { isLong, type ProcessOption } from "./process-options.ts";
import type { Violation } from "./violation.ts";

export type Words = { readonly words: readonly string[] } | { readonly violation: Violation };

/** What a value may not be, with the property that has it. */
class Unfit extends Error {
  readonly violation: Violation;

  constructor(property: string, text: string) {
    super(text);
    this.violation = { path: [property], rule: "other", text };
  }
}

/**
 * What stands behind the command's name.
 *
 * @param path the command and the subcommands to the one that is meant.
 * @param values has been checked against the schema.
 */
export function wordsOf(
  path: readonly DescribedCommand[],
  options: readonly ProcessOption[],
  values: JsonObject,
): Words {
  try {
    const words = path.flatMap((command, level) => {
      const name = level === 0 ? [] : [command.name];
      const own = options.filter((option) => option.level === level);
      // Arguments first, as people type them: a flag that takes several words cannot swallow them.
      return [...name, ...argumentWords(command, own, values), ...own.flatMap((option) => flagWords(option, values))];
    });
    refuseTooMuch(words);
    return { words };
  } catch (error) {
    if (error instanceof Unfit) return { violation: error.violation };
    if (error instanceof TooMuch) return { violation: { path: [], rule: "other", text: error.message } };
    throw error;
  }
}

function argumentWords(command: DescribedCommand, options: readonly ProcessOption[], values: JsonObject): string[] {
  const words: string[] = [];
  let missing: string | undefined;
  for (const { property, flag, required } of options) {
    if (flag !== undefined) continue;
    const texts = textsOf(property, values);
    if (texts.length === 0) {
      missing ??= property;
      continue;
    }
    // Arguments are told apart by their places alone.
    if (missing !== undefined && !required) throw new Unfit(property, `cannot be given without "${missing}"`);
    for (const text of texts) words.push(argumentWord(command, property, text));
  }
  return words;
}

function argumentWord({ subcommands }: DescribedCommand, property: string, text: string): string {
  if (text.startsWith("-")) throw new Unfit(property, 'must not begin with "-": it would be taken for a flag');
  if (subcommands.some(({ name }) => name === text.toLowerCase())) {
    throw new Unfit(property, "must not be the name of a subcommand: it would be taken for it");
  }
  return text;
}

function flagWords({ property, flag, takes }: ProcessOption, values: JsonObject): string[] {
  if (flag === undefined) return [];
  if (takes === "nothing") return values.get(property) === true ? [flag] : [];
  return textsOf(property, values).flatMap((text) => {
    if (!text.startsWith("-")) return [flag, text];
    if (isLong(flag)) return [`${flag}=${text}`];
    throw new Unfit(property, 'must not begin with "-": it would be taken for a flag');
  });
}

function textsOf(property: string, values: JsonObject): string[] {
  const value = values.get(property) ?? null;
  const texts = (Array.isArray(value) ? value : [value]).flatMap((one) => textOf(one) ?? []);
  for (const text of texts) {
    if (text.includes("\0")) throw new Unfit(property, "must not hold a NUL character");
    if (Buffer.byteLength(text) > PROCESS_ARGUMENT_BYTES_MAX) {
      throw new Unfit(property, `must not be longer than ${PROCESS_ARGUMENT_BYTES_MAX} bytes`);
    }
  }
  return texts;
}

/** Numbers as they were written: many digits stay what they are. */
function textOf(value: OrderedJson): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return String(value);
  return value instanceof JsonNumber ? value.text : undefined;
}

class TooMuch extends Error {}

/** What operating systems pass to a process is bounded, its environment included. */
function refuseTooMuch(words: readonly string[]): void {
  const bytes = words.reduce((sum, word) => sum + Buffer.byteLength(word) + 1, 0);
  if (words.length > PROCESS_ARGUMENTS_MAX)
    throw new TooMuch(`must be at most ${PROCESS_ARGUMENTS_MAX} words together`);
  if (bytes > PROCESS_ARGUMENTS_BYTES_MAX) {
    throw new TooMuch(`must be at most ${PROCESS_ARGUMENTS_BYTES_MAX} bytes together`);
  }
}
