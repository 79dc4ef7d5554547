// A row of a screen, cell by cell: what is painted, and compared with what was painted before.

import { type Colours, styled } from "../look.ts";
import type { Token } from "../themes/theme.ts";
import { graphemeColumns, graphemesOf, hasDoubtfulWidth, shownGrapheme } from "./graphemes.ts";

export interface Cell {
  /** One character, harmless. */
  readonly text: string;
  readonly columns: number;
  /** The sequence that switches its style on; empty for none. */
  readonly style: string;
  /** How wide it comes out is not certain. */
  readonly isDoubtful: boolean;
}

export type Row = readonly Cell[];

const PLAIN_CELLS = new Map<string, Cell>();

/** The cells of a text of one line, made harmless. A character that is spelled out takes several. */
export function cellsOf(text: string, style = ""): Cell[] {
  const cells: Cell[] = [];
  for (const grapheme of graphemesOf(text)) pushGrapheme(cells, grapheme, style);
  return cells;
}

function pushGrapheme(cells: Cell[], grapheme: string, style: string): void {
  const shown = shownGrapheme(grapheme);
  if (shown === grapheme) cells.push(cell(shown, style));
  else for (const part of graphemesOf(shown)) cells.push(cell(part, style));
}

function cell(text: string, style: string): Cell {
  if (text.length > 1) return { text, columns: graphemeColumns(text), style, isDoubtful: hasDoubtfulWidth(text) };
  const known = style === "" ? PLAIN_CELLS.get(text) : undefined;
  if (known !== undefined) return known;
  const made = { text, columns: graphemeColumns(text), style, isDoubtful: false };
  if (style === "" && PLAIN_CELLS.size < PLAIN_CELLS_MAX) PLAIN_CELLS.set(text, made);
  return made;
}
const PLAIN_CELLS_MAX = 1_000;

/** The cells of a text that is harmless and may hold colours: of a prompt. Other escape sequences are shown, not obeyed. */
export function styledCells(text: string): Cell[] {
  const cells: Cell[] = [];
  let style = "";
  for (const part of text.split(/(\u001b\[[\d;]*m)/)) {
    if (!part.startsWith("\u001b[") || !part.endsWith("m")) cells.push(...cellsOf(part, style));
    else style = /^\u001b\[0*m$/.test(part) ? "" : style + part;
  }
  return cells;
}

export function columnsOf(row: Row): number {
  let columns = 0;
  for (const cell of row) columns += cell.columns;
  return columns;
}

/** As much of the row as fits, ending in a mark where something was cut. */
export function cutRow(row: Row, columns: number, mark: string): Row {
  if (columnsOf(row) <= columns) return row;
  const room = Math.max(0, columns - mark.length);
  let used = 0;
  const kept = row.findIndex((cell) => {
    used += cell.columns;
    return used > room;
  });
  return [...row.slice(0, kept), ...cellsOf(mark.slice(0, columns), row[Math.max(0, kept - 1)]?.style)];
}

export function blanks(columns: number): Row {
  return cellsOf(" ".repeat(Math.max(0, columns)));
}

/** What switches a style on. */
export function styleCode(style: Token, colours: Colours): string {
  return styled("x", style, colours).split("x")[0] ?? "";
}
