// The log of one native plugin: `<data>/Logs/<plugin_id>/log.jsonl`, what it logged and printed and how it crashed, one
// JSON object a line. Whoever writes is never kept waiting: lines are collected and written a little later, many at a
// time. The file is made with the first line. How it is appended to and put aside when it is full, is in append-lines.ts.

import { join } from "node:path";
import { hideCredentials } from "../../base/hide-credentials.ts";
import { redactor } from "../../base/redact.ts";
import {
  CRASH_LOG_LINE_CHARS_MAX,
  CRASH_LOG_LINES_MAX,
  PLUGIN_LOG_BYTES_MAX,
  PLUGIN_LOG_LINE_CHARS_MAX,
} from "../../protocol/limits.ts";
import { levelOf } from "../../protocol/log-levels.ts";
import type { LogRecord } from "../../protocol/plugin-log.ts";
import { appendLines } from "./append-lines.ts";
import { isPlainName } from "./tools-folder.ts";
import { copied, type LogLine, taken, WaitingLines } from "./waiting-lines.ts";

export interface PluginLogOptions {
  /** The folder of all plugins' logs, `<data>/Logs`. */
  readonly folder: string;
  readonly pluginId: string;
  /**
   * The values that must not get into the log, asked for with every line. Must not throw; the same object stands for the
   * same values.
   */
  redactions?(): Iterable<string>;
  /** Told once when the log cannot be written; the plugin goes on without. */
  warn?(text: string): void;
  /** For tests. */
  readonly bytesMax?: number;
}

export interface PluginLog {
  /** Takes a line. Never waits, never throws. */
  write(line: LogLine): void;
  /**
   * Takes a line that is still being made; `flush` and `close` wait for it. When `hurry` is aborted the time is up. A
   * line that fails to be made is left out.
   */
  writeLater(make: (hurry: AbortSignal) => Promise<LogLine>): void;
  /** What the plugin logged and printed last, oldest first, for the report of a crash. */
  lastLines(): string[];
  /** Resolves when every line is written that was taken before, or has failed to be. */
  flush(): Promise<void>;
  /** Writes what was taken so far at once, for the last moment of a process. Lines that are still being made are not. */
  flushSync(): void;
  /** Writes what there is and ends the log: later lines are ignored. `atOnce`: without time for lines still being made. */
  close(options?: { atOnce?: boolean }): Promise<void>;
}

/** From the first line that waits until it is written. */
const WRITE_DELAY_MS = 100;
/** When this much waits, it is written at the end of the event loop's turn. */
const WAITING_CHARS_MANY = 64 * 1024;
const NONE: readonly string[] = [];
const LOG_FILE = "log.jsonl";

/** Where the log of a plugin lies. */
export function pluginLogFile(folder: string, pluginId: string): string {
  return join(folder, pluginId, LOG_FILE);
}

/** Opens the log. Nothing is read or made before there is something to write. */
export function openPluginLog(options: PluginLogOptions): PluginLog {
  const { folder, pluginId, bytesMax = PLUGIN_LOG_BYTES_MAX } = options;
  const path = pluginLogFile(folder, pluginId);
  const waiting = new WaitingLines();
  const pending = new Set<Promise<void>>();
  const hurry = new AbortController();
  const withoutKnown = redactor(() => options.redactions?.() ?? NONE);
  const redact: Redact = (text, charsMax) => hideCredentials(withoutKnown(text, charsMax));
  const last: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  let soon: NodeJS.Immediate | undefined;
  let isClosed = false;
  let hasWarned = false;

  const flushSync = (): void => {
    clearTimeout(timer);
    clearImmediate(soon);
    timer = soon = undefined;
    const lines = waiting.take();
    if (lines.length === 0) return;
    try {
      if (!isPlainName(pluginId))
        throw Object.assign(new Error("the id is no name of a folder"), { code: "NOT_A_NAME" });
      appendLines(
        path,
        lines.map((line) => Buffer.from(`${JSON.stringify(cleaned(line, redact))}\n`)),
        bytesMax,
      );
    } catch (error) {
      waiting.lost += lines.length;
      if (hasWarned) return;
      hasWarned = true;
      const { code, message } = error as NodeJS.ErrnoException;
      options.warn?.(`the log of plugin "${pluginId}" cannot be written: ${code ?? message}`);
    }
  };
  const write = (line: LogLine): void => {
    if (isClosed) return;
    const record = taken(line);
    if (line.kind === "log" || line.kind === "output") {
      last.push(lastLine(record, redact));
      if (last.length > CRASH_LOG_LINES_MAX) last.shift();
    }
    waiting.add(record);
    // The program may end without: whoever ends it closes the log.
    timer ??= setTimeout(flushSync, WRITE_DELAY_MS).unref();
    if (waiting.chars > WAITING_CHARS_MANY) soon ??= setImmediate(flushSync);
  };
  const flush = async (): Promise<void> => {
    flushSync();
    await Promise.all(pending);
    flushSync();
  };
  return {
    write,
    writeLater(make) {
      if (isClosed) return;
      const made = new Promise<LogLine>((resolve) => resolve(make(hurry.signal)));
      const writeNow = (line: LogLine) => {
        write(line);
        flushSync();
      };
      const done = made.then(writeNow, () => undefined);
      pending.add(done);
      void done.then(() => pending.delete(done));
    },
    lastLines: () => [...last],
    flush,
    flushSync,
    async close({ atOnce = false } = {}) {
      if (atOnce) hurry.abort();
      await flush();
      isClosed = true;
      flushSync();
    },
  };
}

/** Takes out what is known to be a secret, and what is called one; gives no more than so many characters. */
type Redact = (text: string, charsMax: number) => string;

/** The record without secrets, each of its texts within its bound. */
function cleaned(record: LogRecord, redact: Redact): LogRecord {
  const short = (text: string) => cut(redact(text, CRASH_LOG_LINE_CHARS_MAX + 1), CRASH_LOG_LINE_CHARS_MAX);
  const long = (text: string) => cut(redact(text, PLUGIN_LOG_LINE_CHARS_MAX + 1), PLUGIN_LOG_LINE_CHARS_MAX);
  const entries = Object.entries(record).map(([name, value]) => {
    if (name === "time" || name === "kind" || name === "level" || name === "stream") return [name, value];
    if (typeof value === "string") return [name, name === "text" || name === "payload" ? long(value) : short(value)];
    return [name, Array.isArray(value) ? value.map(short) : value];
  });
  return Object.fromEntries(entries) as LogRecord;
}

function cut(text: string, charsMax: number): string {
  return text.length <= charsMax ? text : `${text.slice(0, charsMax - 1)}…`;
}

/** As short as it is going to be shown, and without secrets: it is kept for as long as the log is open. */
function lastLine(line: LogRecord, redact: Redact): string {
  const short = (text: string) => redact(text, CRASH_LOG_LINE_CHARS_MAX + 1);
  const label = line.kind === "output" ? (line.stream ?? "output") : levelOf(line);
  const payload = line.payload === undefined ? "" : ` ${short(line.payload)}`;
  return copied(cut(`${label} ${short(line.text)}${payload}`, CRASH_LOG_LINE_CHARS_MAX));
}
