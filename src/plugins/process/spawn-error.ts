// Why an executable could not be started, in words that lead to the cause.

import { closeSync, openSync, readSync, statSync } from "node:fs";
import { folderMissing } from "../../base/folder-missing.ts";
import { HostError } from "../../protocol/errors.ts";

const SHEBANG_BYTES_MAX = 256;

/** The failure to start `path` in the folder `cwd`, as an error for people. */
export function spawnError(path: string, cwd: string, thrown: unknown): HostError {
  const code = (thrown as NodeJS.ErrnoException)?.code ?? "unknown";
  // The system says the same of a program and of a folder that are not there.
  if (code === "ENOENT" && statSync(cwd, { throwIfNoEntry: false }) === undefined) return folderMissing(thrown);
  const { reason, hint } = explain(path, code);
  return new HostError("process_spawn_failed", `cannot start ${path}: ${reason}`, {
    ...(hint === undefined ? {} : { hint }),
    details: { path, reason: code },
    cause: thrown,
  });
}

function explain(path: string, code: string): { reason: string; hint?: string } {
  switch (code) {
    case "ENOENT":
      return explainMissing(path);
    case "EACCES":
      return {
        reason: "permission denied",
        hint: "the file and its interpreter must be executable, on a file system that allows it",
      };
    case "ENOEXEC":
      return { reason: "it is not a program for this system", hint: 'a script needs a first line such as "#!/bin/sh"' };
    case "E2BIG":
      return { reason: "the arguments and the environment together are too large" };
    case "ETXTBSY":
      return { reason: "it is being written to", hint: "try again when that is done" };
    case "EMFILE":
      return { reason: "too many files are open", hint: 'raise the limit with "ulimit -n"' };
    case "ENFILE":
      return { reason: "too many files are open on this machine" };
    case "EAGAIN":
      return { reason: "too many processes run", hint: "try again when some have ended" };
    default:
      return { reason: code };
  }
}

function explainMissing(path: string): { reason: string; hint?: string } {
  const firstLine = readFirstLine(path);
  if (firstLine === undefined) return { reason: "the file is gone" };
  const interpreter = /^#!\s*(\S+)/.exec(firstLine)?.[1];
  if (interpreter === undefined) return { reason: "the loader that it asks for is missing" };
  const hint = firstLine.endsWith("\r")
    ? "its lines end in CR LF: convert them to plain LF"
    : "install it, or correct the first line of the file";
  return { reason: `its interpreter ${interpreter} is missing`, hint };
}

function readFirstLine(path: string): string | undefined {
  try {
    const file = openSync(path, "r");
    try {
      const bytes = Buffer.alloc(SHEBANG_BYTES_MAX);
      const count = readSync(file, bytes, 0, SHEBANG_BYTES_MAX, 0);
      return bytes.toString("utf8", 0, count).split("\n", 1)[0];
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}
