// A line of the program's own on stderr, `error: ...`. Whatever stands in it, nothing of it looks like another such line.

import type { Output } from "./io.ts";
import { type Look, styled } from "./look.ts";
import { neutralise } from "./neutralise.ts";
import { roughMeasure, wrapLine } from "./text-width.ts";
import type { Token } from "./themes/theme.ts";

export type Label = "error" | "warning" | "success" | "help" | "info" | "debug" | "caused by";

const STYLE: Readonly<Record<Label, Token>> = {
  error: "error",
  warning: "warning",
  help: "accent",
  success: "success",
  info: "info",
  debug: "muted",
  "caused by": "error",
};
/** These often hold a command or a path to copy, which a line break would spoil: the terminal breaks them itself. */
const COPIED: ReadonlySet<Label> = new Set(["help", "info", "debug"]);
const INDENT = "  ";
/** On a narrower screen, sentences are left to the terminal. */
const WRAP_COLUMNS_MIN = 20;

/**
 * Writes `label: text` with a line break; the text is made harmless, and its further lines are indented. On a terminal, lines
 * are broken at words, but for those that people copy from; in a pipe, whoever looks for a sentence finds it whole.
 */
export function printLabelled(output: Output, label: Label, text: string, look?: Look): void {
  const columns = COPIED.has(label) ? undefined : sentenceColumns(output, look);
  output.write(labelledText({ label, style: STYLE[label] }, text, { look, columns }));
}

/** Where sentences are broken on the output: on a terminal at its edge, or at the width that was chosen. */
export function sentenceColumns(output: Output, look: Look | undefined): number | undefined {
  if (!output.isTerminal) return undefined;
  const columns = Math.min(look?.columns || Number.POSITIVE_INFINITY, output.columns || Number.POSITIVE_INFINITY);
  return columns >= WRAP_COLUMNS_MIN && Number.isFinite(columns) ? columns : undefined;
}

interface Shown {
  readonly look: Look | undefined;
  /** As `sentenceColumns` has it. */
  readonly columns: number | undefined;
}

/** `label: text` as it is printed. */
export function labelledText(
  { label, style }: { readonly label: string; readonly style: Token },
  text: string,
  { look, columns }: Shown,
): string {
  const lines = `${label}: ${harmlessLines(text)}`.split("\n").flatMap((line) => brokenLine(line, columns));
  const head = `${label}:`;
  return `${look ? styled(head, style, look) : head}${lines.join("\n").slice(head.length)}\n`;
}

/** The text behind a label. */
export function harmlessLines(text: string): string {
  return neutralise(text).replaceAll("\n", `\n${INDENT}`);
}

/** Lines that fit; all but the first of a text are indented, and so is what goes on with it. */
function brokenLine(line: string, columns: number | undefined): string[] {
  if (columns === undefined || roughMeasure(line) <= columns) return [line];
  const before = /^ */.exec(line)![0].slice(0, columns / 2);
  const others = before || INDENT;
  return wrapLine(line.trimStart(), columns - others.length, roughMeasure).map(
    (part, index) => (index === 0 ? before : others) + part,
  );
}
