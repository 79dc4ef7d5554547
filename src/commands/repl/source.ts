// `source`: runs the commands in files, one on each line.

import { isAbsolute, resolve } from "node:path";
import { readSmallFile } from "../../base/read-small-file.ts";
import { EXIT, HostError } from "../../protocol/errors.ts";
import { SOURCE_FILE_BYTES_MAX } from "../../protocol/limits.ts";
import type { CommandIo } from "../../terminal/io.ts";
import { printLabelled } from "../../terminal/labelled.ts";
import { REPL_WORDS } from "./built-in-words.ts";
import type { BuiltInCall } from "./built-ins.ts";

const IGNORE = "--ignore-errors";

/**
 * Runs one file after the other; stops at the first command that fails, unless told otherwise, and gives its exit code.
 * Throws `usage_invalid`, `file_unknown` and `file_unreadable` before anything was run.
 */
export async function source(call: BuiltInCall): Promise<number> {
  const { io, words, pipeline, origin } = call;
  if (origin === "file") throw usage('a file that "source" runs cannot run another one');
  if (pipeline !== undefined) throw usage('"source" gives no data that a pipeline could work on');
  const names = words.filter((word) => word !== IGNORE);
  const option = names.find((name) => name.startsWith("--"));
  if (option !== undefined) throw usage(`unknown option ${option}`);
  if (names.length === 0) throw usage(`something is missing: source ${REPL_WORDS.source.usage}`);
  const files = names.map((name) => ({ name, lines: readLines(io, name) }));
  for (const { name, lines } of files) {
    const exitCode = await runFile(call, name, lines, words.includes(IGNORE));
    if (exitCode !== EXIT.done) return exitCode;
  }
  return EXIT.done;
}

async function runFile(
  { io, state, runLine }: BuiltInCall,
  name: string,
  lines: readonly string[],
  ignoresErrors: boolean,
): Promise<number> {
  for (const [index, line] of lines.entries()) {
    const text = line.trim();
    if (text === "" || text.startsWith("#")) continue;
    const exitCode = await runLine(text);
    if (state.isOver) return EXIT.done;
    const isEnded = exitCode === EXIT.interrupted || io.signal.aborted;
    if (exitCode === EXIT.done || (ignoresErrors && !isEnded)) continue;
    printLabelled(io.stderr, "info", `${name}:${index + 1}: stopped here, with exit code ${exitCode}`);
    return exitCode;
  }
  return EXIT.done;
}

function readLines(io: CommandIo, name: string): string[] {
  const path = pathOf(io, name);
  const file = readSmallFile(path, SOURCE_FILE_BYTES_MAX);
  if (file === undefined) throw new HostError("file_unknown", `there is no file ${name}`);
  const problem = file.problem ?? (file.text.includes("\0") ? "it is no text" : undefined);
  if (problem !== undefined) throw new HostError("file_unreadable", `${name}: ${problem}`);
  return file.text!.replace(/^\ufeff/, "").split(/\r\n|[\r\n]/);
}

function pathOf({ env, cwd }: CommandIo, name: string): string {
  const home = env["HOME"];
  if (home !== undefined && (name === "~" || name.startsWith("~/"))) return `${home}${name.slice(1)}`;
  return isAbsolute(name) ? name : resolve(cwd, name);
}

function usage(message: string): HostError {
  return new HostError("usage_invalid", message, { hint: REPL_WORDS.source.about });
}
