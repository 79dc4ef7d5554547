// Draws a table. Cells are plain text that was made harmless by the caller; line breaks in them become lines.

import type { Alignment } from "../protocol/process-plugin.ts";
import { addressIn, linked } from "./links.ts";
import { type Border, isNumber, type Look, styled, valueStyle } from "./look.ts";
import { cutLine, type Measure, wrapLine } from "./text-width.ts";
import type { Token } from "./themes/theme.ts";

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
interface Frame {
  readonly top: string;
  readonly middle: string;
  readonly bottom: string;
  readonly line: string;
  readonly side: string;
}

const NO_FRAME: Frame = { top: "   ", middle: "   ", bottom: "   ", line: " ", side: " " };
const UNICODE: Readonly<Record<Border, Frame>> = {
  round: { top: "╭┬╮", middle: "├┼┤", bottom: "╰┴╯", line: "─", side: "│" },
  square: { top: "┏┳┓", middle: "┣╇┫", bottom: "┗┻┛", line: "━", side: "┃" },
  none: NO_FRAME,
};
const ASCII_FRAME: Frame = { top: "+++", middle: "+++", bottom: "+++", line: "-", side: "|" };
const ASCII: Readonly<Record<Border, Frame>> = { round: ASCII_FRAME, square: ASCII_FRAME, none: NO_FRAME };

/** No column gets narrower than this to fit a screen, unless not even that fits. */
const COLUMN_WIDTH_MIN = 3;
/** Words in columns that are narrower than this are hard to read. */
const COLUMN_READABLE_MIN = 8;
const TAB = "    ";

/** The lines of the table; none at all when it has no columns. They come one by one, so that a caller may stop. */
export function* tableLines(table: Table, look: Look, measure: Measure): Iterable<string> {
  if (table.columns.length === 0) return;
  const { header, rows } = cellLines(table);
  const natural = naturalWidths(header, rows, measure);
  const widths = look.overflow === "none" ? natural : fitWidths(natural, { rows, columns: look.columns, measure });
  const { top, middle, bottom, line, side } = (look.unicode ? UNICODE : ASCII)[look.border];
  const aligns = table.columns.map((column) => column.align ?? "default");
  const drawing = { widths, aligns, side: styled(side, "border", look), look, measure };
  const drawnRule = (corners: string) => styled(rule(widths, corners, line), "border", look);

  yield drawnRule(top);
  yield* drawRow(header, { ...drawing, styleOf: () => "accent" });
  if (rows.length > 0) yield drawnRule(middle);
  const styleOf = (cell: readonly string[]) => (cell.length === 1 ? valueStyle(cell[0]!) : undefined);
  for (const cells of rows) yield* drawRow(cells, { ...drawing, styleOf });
  yield drawnRule(bottom);
}

/** Whether the columns have room for words where cells are broken into lines. */
export function isTableReadable(table: Table, look: Look, measure: Measure): boolean {
  if (look.columns === undefined || look.overflow !== "wrap") return true;
  const { header, rows } = cellLines(table);
  const natural = naturalWidths(header, rows, measure);
  const widths = fitWidths(natural, { rows, columns: look.columns, measure });
  const numbers = numberWidths(rows, natural.length);
  return widths.every((width, at) => width >= Math.min(natural[at]!, Math.max(COLUMN_READABLE_MIN, numbers[at]!)));
}

type Cells = readonly string[][];

function cellLines({ columns, rows }: Table): { readonly header: Cells; readonly rows: readonly Cells[] } {
  return { header: columns.map(({ label }) => linesOf(label)), rows: rows.map((row) => row.map(linesOf)) };
}

function naturalWidths(header: Cells, rows: readonly Cells[], measure: Measure): number[] {
  return header.map((_, index) => widest([header, ...rows], index, measure));
}

interface RowDrawing {
  readonly widths: readonly number[];
  readonly aligns: readonly Alignment[];
  readonly side: string;
  readonly styleOf: (cell: readonly string[]) => Token | undefined;
  readonly look: Look;
  readonly measure: Measure;
}

function* drawRow(row: readonly string[][], drawing: RowDrawing): Iterable<string> {
  const { widths, aligns, side, styleOf, look, measure } = drawing;
  const styles = look.color ? row.map(styleOf) : [];
  const addresses = look.links ? row.map((cell) => (cell.length === 1 ? addressIn(cell[0]!) : undefined)) : [];
  const fitted = row.map((cell, index) => cell.flatMap((line) => fitLine(line, widths[index]!, look, measure)));
  const height = fitted.reduce((most, cell) => Math.max(most, cell.length), 0);
  for (let at = 0; at < height; at++) {
    const cells = fitted.map((cell, index) => {
      const text = cell[at] ?? "";
      // Measured and padded without colour and link, so that they change no width.
      const shown = linked(styled(text, styles[index], look), addresses[index], look);
      return pad(shown, { space: widths[index]! - measure(text), align: aligns[index]! });
    });
    yield `${side} ${cells.join(` ${side} `)} ${side}`;
  }
}

function fitLine(line: string, width: number, look: Look, measure: Measure): string[] {
  switch (look.overflow) {
    case "wrap":
      return wrapLine(line, width, measure);
    case "clip":
      return [cutLine(line, width, { mark: "", measure })];
    case "ellipsis":
      return [cutLine(line, width, { mark: look.unicode ? "…" : "...", measure })];
    case "none":
      return [line];
  }
}

function linesOf(text: string): string[] {
  return text.replaceAll("\t", TAB).split("\n");
}

function widest(rows: readonly (readonly string[][])[], index: number, measure: Measure): number {
  let width = 1;
  for (const row of rows) for (const line of row[index]!) width = Math.max(width, measure(line));
  return width;
}

/** The widest number of each column; 0 where there is none. */
function numberWidths(rows: readonly Cells[], count: number): number[] {
  const widths = Array<number>(count).fill(0);
  for (const row of rows) {
    for (const [at, cell] of row.entries()) {
      if (cell.length === 1 && cell[0]!.length > widths[at]! && isNumber(cell[0]!)) widths[at] = cell[0]!.length;
    }
  }
  return widths;
}

interface Room {
  readonly rows: readonly Cells[];
  readonly columns: number | undefined;
  readonly measure: Measure;
}

/** Narrow columns keep their width, and numbers stay whole; the others share what is left as evenly as possible. */
function fitWidths(natural: readonly number[], { rows, columns, measure }: Room): number[] {
  const frame = 3 * natural.length + 1;
  const total = natural.reduce((sum, width) => sum + width, frame);
  if (columns === undefined || total <= columns) return [...natural];
  // As wide as the widest single character: no column may be narrower.
  const least = measure("東");
  const start = columns - frame >= natural.length * COLUMN_WIDTH_MIN ? COLUMN_WIDTH_MIN : least;
  const widths = natural.map((width) => Math.min(width, start));
  let left = columns - frame - widths.reduce((sum, width) => sum + width, 0);
  left -= widenForNumbers(widths, natural, { numbers: numberWidths(rows, natural.length), left });
  while (left > 0) {
    for (const [index, width] of widths.entries()) {
      if (left <= 0 || width >= natural[index]!) continue;
      widths[index] = width + 1;
      left--;
    }
  }
  return widths;
}

/**
 * Makes columns wide enough for their numbers, the shortest first, as far as words keep room to be read beside them; gives
 * how much that took. A number in two lines reads as two.
 */
function widenForNumbers(
  widths: number[],
  natural: readonly number[],
  { numbers, left }: { numbers: readonly number[]; left: number },
): number {
  const lacks = (at: number, wanted: number) => Math.max(0, wanted - widths[at]!);
  const readable = (at: number) => lacks(at, Math.min(natural[at]!, COLUMN_READABLE_MIN));
  const places = [...widths.keys()].sort((a, b) => numbers[a]! - numbers[b]!);
  let others = places.reduce((sum, at) => sum + readable(at), 0);
  let taken = 0;
  for (const at of places) {
    const more = lacks(at, numbers[at]!);
    const rest = others - readable(at);
    if (more === 0 || taken + more + rest > left) continue;
    others = rest;
    taken += more;
    widths[at] = numbers[at]!;
  }
  return taken;
}

function rule(widths: readonly number[], corners: string, line: string): string {
  const [left, cross, right] = corners;
  return `${left}${widths.map((width) => line.repeat(width + 2)).join(cross)}${right}`;
}

function pad(text: string, { space, align }: { space: number; align: Alignment }): string {
  const all = Math.max(0, space);
  const left = align === "right" ? all : align === "center" ? Math.floor(all / 2) : 0;
  return " ".repeat(left) + text + " ".repeat(all - left);
}
