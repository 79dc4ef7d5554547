// One line of the history, and how it stands in the file: a JSON object on a line of its own. The file may have been
// written by anybody: what is no such object is left out.

import { HISTORY_ID_MAX, HISTORY_LINE_CHARS_MAX } from "../../protocol/limits.ts";

export interface HistoryEntry {
  /** Counted up; what `!17` and `history list` call the line by. */
  readonly id: number;
  readonly command_line: string;
  readonly timestamp_ms: number;
  readonly duration_ms: number;
  readonly exit_status: number;
  readonly cwd: string;
  readonly hostname: string;
  readonly session_id: string;
  readonly profile: string;
  readonly terminal: string;
}

/** Of every text but the line itself. */
const TEXT_CHARS_MAX = 4096;

/** The entry on one line of the file; undefined for anything else. */
export function readEntry(line: string): HistoryEntry | undefined {
  if (line.length > ENTRY_CHARS_MAX) return undefined;
  let found: unknown;
  try {
    found = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof found !== "object" || found === null) return undefined;
  const members = found as Readonly<Record<string, unknown>>;
  const { id, command_line: text } = members;
  if (!isCount(id) || id === 0 || id > HISTORY_ID_MAX || typeof text !== "string" || text.trim() === "")
    return undefined;
  if (text.length > HISTORY_LINE_CHARS_MAX) return undefined;
  const count = (name: string) => (isCount(members[name]) ? members[name] : 0);
  const word = (name: string) => (typeof members[name] === "string" ? members[name].slice(0, TEXT_CHARS_MAX) : "");
  return {
    id,
    command_line: text.toWellFormed(),
    timestamp_ms: count("timestamp_ms"),
    duration_ms: count("duration_ms"),
    exit_status: count("exit_status"),
    cwd: word("cwd"),
    hostname: word("hostname"),
    session_id: word("session_id"),
    profile: word("profile"),
    terminal: word("terminal"),
  };
}

/** Every character may take six in JSON. */
const ENTRY_CHARS_MAX = 6 * (HISTORY_LINE_CHARS_MAX + 5 * TEXT_CHARS_MAX);

export function entryLine(entry: HistoryEntry): string {
  return `${JSON.stringify(entry)}\n`;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
