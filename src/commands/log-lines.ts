// How one line of a plugin's log looks on a terminal. All of it is text from a plugin: nothing reaches the screen as it is.

import { levelOf } from "../protocol/log-levels.ts";
import type { LogRecord } from "../protocol/plugin-log.ts";
import { type Colours, styled } from "../terminal/look.ts";
import { neutralise } from "../terminal/neutralise.ts";
import type { Token } from "../terminal/themes/theme.ts";

const STYLES: Readonly<Record<string, Token>> = {
  error: "error",
  crash: "error",
  warn: "warning",
  info: "success",
  trace: "muted",
  debug: "muted",
};
/** As wide as the widest word that stands between time and text. */
const LABEL_COLUMNS = 6;
const INDENT = "  ";

/** The record as text that ends in a line break: `time level text`; a crash is a block of several lines. */
export function logLines(record: LogRecord, look: Colours): string {
  const { time, payload } = record;
  const label = labelOf(record);
  const mark = `${styled(label, STYLES[label], look)}${" ".repeat(Math.max(0, LABEL_COLUMNS - label.length))}`;
  const text = record.kind === "crash" ? crashTitle(record) : record.text;
  const head = `${time} ${mark} ${indented(payload === undefined ? text : `${text} ${payload}`)}\n`;
  return record.kind === "crash" ? head + crashBlock(record) : head;
}

function labelOf(record: LogRecord): string {
  if (record.kind === "crash") return "crash";
  return record.kind === "output" ? (record.stream ?? "output") : levelOf(record);
}

function crashTitle({ text, plugin_id, version }: LogRecord): string {
  const name = [plugin_id, version].filter((part) => part !== undefined).join(" ");
  return name === "" || text.startsWith("plugin ") ? text : `${name} ${text}`;
}

/** What is known of a crash, a heading each. */
function crashBlock(record: LogRecord): string {
  const { signal, exit_code, entry, host_function, load_step, stack = [], last_lines = [], restart_in_ms } = record;
  const facts = [
    ["signal", signal],
    ["exit code", exit_code],
    ["in", entry],
    ["while loading, in", load_step],
    ["while it called", host_function],
  ].filter(([, value]) => value !== undefined);
  const lines = facts.map(([name, value]) => `${name}: ${value}`);
  if (stack.length > 0) lines.push("stack:", ...stack.map((line) => INDENT + line));
  if (last_lines.length > 0) lines.push("last lines:", ...last_lines.map((line) => INDENT + line));
  if (restart_in_ms !== undefined) lines.push(`starts again in ${Math.round(restart_in_ms)} ms`);
  return lines.map((line) => `${INDENT}${indented(line, `${INDENT}${INDENT}${INDENT}`)}\n`).join("");
}

/** Harmless, and so that no line of it looks like another record. */
function indented(text: string, before = INDENT): string {
  return neutralise(text).replaceAll("\n", `\n${before}`);
}
