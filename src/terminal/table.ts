// Draws a table. Cells are plain text that was made harmless by the caller; line breaks in them become lines.

import { TABLE_CHARS_MAX } from "../protocol/limits.ts";
import type { Alignment } from "../protocol/process-plugin.ts";
import { type Look, styled } from "./look.ts";
import { type Measure, measureFor, wrapLine } from "./text-width.ts";

interface Column {
  readonly label: string;
  readonly align?: Alignment;
}

export interface Table {
  readonly columns: readonly Column[];
  /** As many cells a row as there are columns. */
  readonly rows: readonly (readonly string[])[];
}

/** Corners and crossings of the three rules, left to right; then the two lines. */
const UNICODE = { top: "┌┬┐", middle: "├┼┤", bottom: "└┴┘", line: "─", side: "│" };
const ASCII = { top: "+++", middle: "+++", bottom: "+++", line: "-", side: "|" };

/** No column gets narrower than this to fit a screen, unless not even that fits. */
const COLUMN_WIDTH_MIN = 3;
const TAB = "    ";

/**
 * The table as text that ends in a line break; nothing at all when it has no columns. Undefined when it would be far
 * too large, which one long cell among many rows is enough for.
 */
export async function renderTable(table: Table, look: Look): Promise<string | undefined> {
  if (table.columns.length === 0) return "";
  const header = table.columns.map((column) => linesOf(column.label));
  const rows = table.rows.map((row) => row.map(linesOf));
  const measure = await measureFor(everyLine([header, ...rows]));
  const natural = table.columns.map((_, index) => widest([header, ...rows], index, measure));
  const widths = fitWidths(natural, look.columns);
  if (charCount([header, ...rows], widths, measure) > TABLE_CHARS_MAX) return undefined;
  const { top, middle, bottom, line, side } = look.unicode ? UNICODE : ASCII;

  const out: string[] = [rule(widths, top, line)];
  const draw = (row: readonly string[][], style: (text: string) => string) => {
    const wrapped = row.map((cell, index) => cell.flatMap((one) => wrapLine(one, widths[index]!, measure)));
    const height = wrapped.reduce((most, cell) => Math.max(most, cell.length), 0);
    for (let at = 0; at < height; at++) {
      const cells = wrapped.map((cell, index) =>
        style(pad(cell[at] ?? "", widths[index]!, table.columns[index]!.align ?? "default", measure)),
      );
      out.push(`${side} ${cells.join(` ${side} `)} ${side}`);
    }
  };
  draw(header, (text) => styled(text, "bold", look));
  if (rows.length > 0) out.push(rule(widths, middle, line));
  for (const row of rows) draw(row, (text) => text);
  out.push(rule(widths, bottom, line));
  return `${out.join("\n")}\n`;
}

function linesOf(text: string): string[] {
  return text.replaceAll("\t", TAB).split("\n");
}

function* everyLine(rows: readonly (readonly string[][])[]): Iterable<string> {
  for (const row of rows) for (const cell of row) yield* cell;
}

function widest(rows: readonly (readonly string[][])[], index: number, measure: Measure): number {
  let width = 1;
  for (const row of rows) for (const line of row[index]!) width = Math.max(width, measure(line));
  return width;
}

/** About how much is drawn; breaking lines at words can only make it more, and not many times more. */
function charCount(rows: readonly (readonly string[][])[], widths: readonly number[], measure: Measure): number {
  const lineChars = widths.reduce((sum, width) => sum + width, 3 * widths.length + 1);
  let height = 0;
  for (const row of rows) {
    let most = 1;
    for (const [index, cell] of row.entries()) {
      const count = cell.reduce((sum, line) => sum + Math.max(1, Math.ceil(measure(line) / widths[index]!)), 0);
      most = Math.max(most, count);
    }
    height += most;
  }
  return height * lineChars;
}

/** Narrow columns keep their width; the others share what is left as evenly as possible. */
function fitWidths(natural: readonly number[], columns: number | undefined): number[] {
  const frame = 3 * natural.length + 1;
  const total = natural.reduce((sum, width) => sum + width, frame);
  if (columns === undefined || total <= columns) return [...natural];
  const start = columns - frame >= natural.length * COLUMN_WIDTH_MIN ? COLUMN_WIDTH_MIN : 1;
  const widths = natural.map((width) => Math.min(width, start));
  let left = columns - frame - widths.reduce((sum, width) => sum + width, 0);
  while (left > 0) {
    for (const [index, width] of widths.entries()) {
      if (left <= 0 || width >= natural[index]!) continue;
      widths[index] = width + 1;
      left--;
    }
  }
  return widths;
}

function rule(widths: readonly number[], corners: string, line: string): string {
  const [left, cross, right] = corners;
  return `${left}${widths.map((width) => line.repeat(width + 2)).join(cross)}${right}`;
}

function pad(text: string, width: number, align: Alignment, measure: Measure): string {
  const space = Math.max(0, width - measure(text));
  const left = align === "right" ? space : align === "center" ? Math.floor(space / 2) : 0;
  return " ".repeat(left) + text + " ".repeat(space - left);
}
