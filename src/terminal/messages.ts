// A plugin's messages on stderr: worst first, only down to the level that the user wants to see.

import { formatOrderedJson } from "../base/ordered-json.ts";
import { MESSAGE_LEVELS, type MessageLevel } from "../protocol/message-levels.ts";
import type { PluginMessage } from "../protocol/process-plugin.ts";
import type { Output } from "./io.ts";
import { labelledText, sentenceColumns } from "./labelled.ts";
import { type Look, styled } from "./look.ts";
import { neutralise } from "./neutralise.ts";
import { roughMeasure, wrapLine } from "./text-width.ts";
import type { Token } from "./themes/theme.ts";

/** `full`, `none` and `austere` are other names of `grouped`, `plain` and `minimal`. */
export type MessageLayout = "grouped" | "full" | "compact" | "plain" | "none" | "minimal" | "austere";

interface MessageOptions {
  /** The last level that is shown. */
  readonly upTo: MessageLevel;
  readonly look: Look;
  readonly layout?: MessageLayout | undefined;
  /** All messages as one document on one line; the layout is none then. */
  readonly json?: boolean | undefined;
}

const STYLE: Readonly<Record<MessageLevel, Token>> = {
  error: "error",
  warning: "warning",
  success: "success",
  info: "info",
  trace: "muted",
};
const TITLE: Readonly<Record<MessageLevel, string>> = {
  error: "Errors",
  warning: "Warnings",
  success: "Success",
  info: "Info",
  trace: "Trace",
};
/** A title with its rule where no width is known. */
const RULE_COLUMNS = 72;
/** On a narrower screen, the sentences of a group are left to the terminal. */
const WRAP_COLUMNS_MIN = 40;

/** The last level that is shown: `base`, one further for each `-v`, one less for each `-q`, never less than errors. */
export function verbosity(steps: number, base: MessageLevel = "info"): MessageLevel {
  const index = Math.min(Math.max(MESSAGE_LEVELS.indexOf(base) + steps, 0), MESSAGE_LEVELS.length - 1);
  return MESSAGE_LEVELS[index]!;
}

/** Prints the messages that are to be seen, grouped by level; nothing when there is none. */
export function printMessages(
  stderr: Output,
  messages: readonly PluginMessage[],
  { upTo, look, layout = "minimal", json = false }: MessageOptions,
): void {
  const levels = MESSAGE_LEVELS.slice(0, MESSAGE_LEVELS.indexOf(upTo) + 1);
  const groups = levels
    .map((level) => ({ level, texts: messages.filter((one) => one.level === level).map(({ text }) => text) }))
    .filter(({ texts }) => texts.length > 0);
  if (groups.length === 0) return;
  stderr.write(
    json
      ? messagesDocument(groups)
      : groups
          .map((group) => drawn(group, layout, { look, columns: sentenceColumns(stderr, look) }))
          .join(between(layout)),
  );
}

interface Group {
  readonly level: MessageLevel;
  readonly texts: readonly string[];
}

function messagesDocument(groups: readonly Group[]): string {
  const shown = groups.flatMap(({ level, texts }) =>
    texts.map(
      (text) =>
        new Map([
          ["level", level],
          ["text", text],
        ]),
    ),
  );
  return `${formatOrderedJson(new Map([["messages", shown]]))}\n`;
}

function between(layout: MessageLayout): string {
  return layout === "grouped" || layout === "full" ? "\n" : "";
}

interface Shown {
  readonly look: Look;
  /** Where sentences are broken. */
  readonly columns: number | undefined;
}

/** The messages of one level, each line with its line break. */
function drawn({ level, texts }: Group, layout: MessageLayout, shown: Shown): string {
  const { look, columns } = shown;
  const style = STYLE[level];
  switch (layout) {
    case "minimal":
    case "austere":
      return texts.map((text) => labelledText({ label: level, style }, text.trim(), shown)).join("");
    case "plain":
    case "none":
      return body(texts, columns);
    case "compact":
      return `${styled(`${TITLE[level]}:`, style, look)}\n${body(texts, columns)}`;
    case "grouped":
    case "full":
      return `${styled(ruledTitle(TITLE[level], look), style, look)}\n${body(texts, groupColumns(look))}`;
  }
}

function ruledTitle(title: string, { unicode, columns = RULE_COLUMNS }: Look): string {
  const line = unicode ? "─" : "-";
  const rest = Math.max(1, columns - title.length - 3);
  return `${line} ${title} ${line.repeat(rest)}`;
}

const BODY_INDENT = "  ";

/** As wide as the rule above, also where a width was chosen for what is no terminal. */
function groupColumns({ columns }: Look): number | undefined {
  return columns === undefined || columns < WRAP_COLUMNS_MIN ? undefined : columns;
}

function body(texts: readonly string[], columns: number | undefined): string {
  const width = columns === undefined ? undefined : columns - BODY_INDENT.length;
  return texts
    .flatMap((text) => neutralise(text.trim()).split("\n"))
    .flatMap((line) => (width === undefined ? [line] : wrapLine(line, width, roughMeasure)))
    .map((line) => `${BODY_INDENT}${line}`.trimEnd())
    .map((line) => `${line}\n`)
    .join("");
}
