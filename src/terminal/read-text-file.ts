// Reads a file that was named on the command line, as text.

import { isAbsolute, join, resolve } from "node:path";
import { readSmallBytes } from "../base/read-small-file.ts";
import { HostError } from "../protocol/errors.ts";
import { ARGUMENT_FILE_BYTES_MAX } from "../protocol/limits.ts";
import type { CommandIo } from "./io.ts";
import { showHidden } from "./show-hidden.ts";

/**
 * The text of the file, whose path may begin with `~/`. Fails with `usage_invalid`, which says in one line why it cannot be
 * had: there is none, it is a folder, no text, or over `bytesMax`.
 */
export function readTextFile(
  { cwd, env }: Pick<CommandIo, "cwd" | "env">,
  path: string,
  bytesMax: number = ARGUMENT_FILE_BYTES_MAX,
): string {
  const { bytes, problem } = readSmallBytes(placeOf(path, cwd, env["HOME"]), bytesMax) ?? {};
  if (bytes === undefined) throw unusable(path, problem ?? "there is no such file");
  const text = textOf(bytes);
  // Texts have no NUL, and programs stumble over it.
  if (text === undefined || text.includes("\0")) throw unusable(path, "it is no text (UTF-8)");
  return text;
}

function placeOf(path: string, cwd: string, home: string | undefined): string {
  const isHome = path.startsWith("~/") && home !== undefined && isAbsolute(home);
  return isHome ? join(home, path.slice(2)) : resolve(cwd, path);
}

function textOf(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function unusable(path: string, why: string): HostError {
  return new HostError("usage_invalid", `cannot use the file "${showHidden(path)}": ${why}`);
}
