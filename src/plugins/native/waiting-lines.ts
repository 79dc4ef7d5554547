// Lines of a plugin's log between their arrival and their being written: bounded, whatever the plugin does.

import { CONFIG_VALUE_BYTES_MAX, PLUGIN_LOG_LINE_CHARS_MAX } from "../../protocol/limits.ts";
import type { LogRecord } from "../../protocol/plugin-log.ts";

/** What is to be kept; the time is now, unless the line brings its own. */
export type LogLine = Omit<LogRecord, "time"> & { readonly time?: string };

/** When more than this comes within one turn, the oldest lines are dropped. */
const WAITING_CHARS_MAX = 4 * 1024 * 1024;
const WAITING_LINES_MAX = 10_000;
/** A secret that begins in the part of a text that is kept is seen whole. */
const TEXT_CHARS_TAKEN_MAX = PLUGIN_LOG_LINE_CHARS_MAX + CONFIG_VALUE_BYTES_MAX;

/** The lines between their arrival and their being written: bounded, the oldest ones go first. */
export class WaitingLines {
  #lines: (LogRecord | undefined)[] = [];
  #first = 0;
  /** Lines that could not be written. */
  lost = 0;
  #dropped = 0;
  chars = 0;

  add(line: LogRecord): void {
    this.#lines.push(line);
    this.chars += charsOf(line);
    while (this.#count > 1 && (this.chars > WAITING_CHARS_MAX || this.#count > WAITING_LINES_MAX)) {
      this.chars -= charsOf(this.#lines[this.#first]!);
      this.#lines[this.#first++] = undefined;
      this.#dropped++;
    }
  }

  get #count(): number {
    return this.#lines.length - this.#first;
  }

  /** All of them, in order; in front, how many are missing. */
  take(): LogRecord[] {
    const lines = this.#lines.slice(this.#first) as LogRecord[];
    const time = lines[0]?.time;
    this.#lines = [];
    this.#first = this.chars = 0;
    if (time === undefined) return [];
    if (this.#dropped > 0) lines.unshift(countLine(time, `lines dropped because they came too fast: ${this.#dropped}`));
    if (this.lost > 0) lines.unshift(countLine(time, `lines before this one that could not be written: ${this.lost}`));
    this.lost = this.#dropped = 0;
    return lines;
  }
}

/** The line with its time, its texts no longer than what can matter. */
export function taken(line: LogLine): LogRecord {
  const { time = new Date().toISOString(), text, payload, ...others } = line;
  return { time, ...others, text: bounded(text), ...(payload === undefined ? {} : { payload: bounded(payload) }) };
}

function bounded(text: string): string {
  return text.length <= TEXT_CHARS_TAKEN_MAX ? text : copied(text.slice(0, TEXT_CHARS_TAKEN_MAX));
}

/** A text of its own: a part of another would keep the whole of that in memory. */
export function copied(part: string): string {
  return Buffer.from(part, "utf16le").toString("utf16le");
}

function countLine(time: string, text: string): LogRecord {
  return { time, kind: "note", level: "warn", text };
}

function charsOf({ text, payload = "" }: LogRecord): number {
  return text.length + payload.length;
}
