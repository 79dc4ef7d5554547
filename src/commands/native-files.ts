// Values of a native tool's flags that stand in a file or come on standard input: `@notes.txt`, `@-`. `@@x` is the text `@x`.
// The file is the caller's, wherever the tool runs: only whoever typed the line knows what a path means.

import { HostError } from "../protocol/errors.ts";
import type { CommandIo } from "../terminal/io.ts";
import { readTextFile } from "../terminal/read-text-file.ts";
import type { NativeLine, TypedValue } from "./native-arguments.ts";
import { isBoolean } from "./native-flags.ts";
import { usageError } from "./usage-error.ts";

/** A value whose text was looked up. */
export interface FoundValue extends TypedValue {
  /** It stood on the line itself. */
  readonly isTyped: boolean;
}

const STDIN = "@-";
const ARGS_HINT = "it takes a JSON object, @FILE with one, or -";

type FilesIo = Pick<CommandIo, "env" | "cwd" | "readStdin" | "readFile">;

/** Throws `usage_invalid` when there are two that want standard input: it is there once. */
export function refuseTwoReaders({ options, typed, words }: NativeLine): void {
  const isReader = ({ flag, text }: TypedValue) => text === STDIN && !isBoolean(flag);
  const readers = [
    ...(options["args"] === "-" || options["args"] === STDIN ? ["--args"] : []),
    ...typed.filter(isReader).map(({ name }) => name),
    ...words.filter((word) => word === STDIN),
  ];
  if (readers.length < 2) return;
  throw usageError(`${readers[0]} and ${readers[1]} both read standard input`, "use one of them");
}

/** Throws `usage_invalid`, which names the flag, for what cannot be read. */
export async function withFiles(typed: readonly TypedValue[], io: FilesIo): Promise<FoundValue[]> {
  const found: FoundValue[] = [];
  for (const value of typed) {
    const { name, text } = value;
    if (!text.startsWith("@") || isBoolean(value.flag)) found.push({ ...value, isTyped: true });
    else if (text.startsWith("@@")) found.push({ ...value, text: text.slice(1), isTyped: true });
    else found.push({ ...value, text: fitting(value, await readNamed(io, name, text.slice(1))), isTyped: false });
  }
  return found;
}

/** A text is as the file has it. What becomes anything else may have a line break at its end, and so may a secret. */
function fitting({ flag }: TypedValue, text: string): string {
  if (flag.kind !== "text" || flag.choices !== undefined) return text.trim();
  return flag.isSecret ? text.replace(/\r?\n$/, "") : text;
}

/**
 * The text of a file, or of standard input for `-`.
 *
 * @param name the flag that names it.
 */
export async function readNamed(io: FilesIo, name: string, path: string): Promise<string> {
  if (path === "") {
    throw usageError(`${name}: "@" names no file`, name === "--args" ? ARGS_HINT : '"@@" is the text "@"');
  }
  if (path === "-") return await io.readStdin();
  try {
    return await (io.readFile?.(path) ?? readTextFile(io, path));
  } catch (error) {
    if (!(error instanceof HostError) || error.code !== "usage_invalid") throw error;
    const hint = name === "--args" ? ARGS_HINT : `a text that begins with "@" is typed "@@…"`;
    throw usageError(`${name}: ${error.message}`, hint);
  }
}
