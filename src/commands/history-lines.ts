// The kept lines of the interactive shell, for the commands that list and forget them, there and outside.

import { HostError } from "../protocol/errors.ts";
import type { CommandInput } from "./command.ts";
import { historyPath, visibleEntries } from "./repl/history.ts";
import type { HistoryEntry } from "./repl/history-entry.ts";
import { HistoryFile } from "./repl/history-file.ts";
import { readConfig } from "./settings.ts";

interface KeptLines {
  readonly file: HistoryFile;
  /** Those that the active profile may see, oldest first. */
  readonly lines: readonly HistoryEntry[];
}

/** Throws `file_unreadable` when the file cannot be read. */
export async function keptLines({ io, flags }: CommandInput): Promise<KeptLines> {
  // As the shell is configured, also where this command runs outside of one.
  const config = await readConfig({ io, flags, quiet: true, terminal: "repl" });
  const file = new HistoryFile(historyPath(config, io));
  try {
    return { file, lines: visibleEntries(config, file.read()) };
  } catch (error) {
    throw historyError(file, "read", error);
  }
}

/** Forgets these; gives how many there were. Throws `config_unwritable` when the file cannot be written. */
export async function forgetLines({ file }: KeptLines, lines: readonly HistoryEntry[]): Promise<number> {
  const forgotten = new Set(lines.map(({ id }) => id));
  try {
    return await file.keep(({ id }) => !forgotten.has(id));
  } catch (error) {
    throw historyError(file, "written", error);
  }
}

function historyError({ path }: HistoryFile, what: "read" | "written", cause: unknown): HostError {
  const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
  const code = what === "read" ? "file_unreadable" : "config_unwritable";
  return new HostError(code, `the history in ${path} cannot be ${what}: ${reason}`, {
    hint: "look at the file and its mode, or name another one in repl.history.path",
    details: { file: path, reason },
    cause,
  });
}
