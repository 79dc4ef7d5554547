// Keeps some rows of a terminal as they should be, with as few bytes as it takes: what is there already is left alone. All
// movement is relative to the first of the rows, wherever on the screen that is.

import type { Output } from "../io.ts";
import { type Cell, columnsOf, type Row } from "./cells.ts";
import type { Place } from "./text-rows.ts";

export interface Frame {
  /** Each narrower than the terminal: nothing is ever written to the last column, where terminals differ. */
  readonly rows: readonly Row[];
  readonly cursor: Place;
}

const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";
const NO_STYLE = "\u001b[0m";
const ERASE_LINE_END = "\u001b[K";
const ERASE_BELOW = "\u001b[J";
/** A character that is wider than it should be must not move what follows to another row. */
const NO_WRAP = "\u001b[?7l";
const WRAP = "\u001b[?7h";
const CLEAR_SCREEN = "\u001b[H\u001b[2J";
/** What takes longer to draw is drawn without the cursor jumping around in it. */
const CALM_BYTES_MAX = 64;

export class Painter {
  readonly #output: Output;
  #shown: readonly Row[] = [];
  /** Rows that the terminal has: those below the last that is shown are empty. */
  #rowCount = 1;
  #at: Place = { row: 0, column: 0 };

  constructor(output: Output) {
    this.#output = output;
  }

  paint({ rows, cursor }: Frame): void {
    const pen = new Pen(this.#at, this.#rowCount);
    for (const [index, row] of rows.entries()) paintRow(pen, index, this.#shown[index] ?? [], row);
    if (rows.length < this.#shown.length) {
      pen.moveTo({ row: rows.length, column: 0 });
      pen.write(ERASE_BELOW);
    }
    pen.moveTo(cursor, rows[cursor.row]);
    this.#shown = rows;
    this.#rowCount = pen.rowCount;
    this.#at = cursor;
    const { text } = pen;
    if (text !== "") this.#output.write(text.length > CALM_BYTES_MAX ? HIDE_CURSOR + text + SHOW_CURSOR : text);
  }

  /** Leaves what is shown where it is; whatever is written next begins on a line of its own. */
  leave(): void {
    const pen = new Pen(this.#at, this.#rowCount);
    pen.toRow(Math.max(0, this.#shown.length - 1));
    pen.write("\r\n");
    this.#output.write(pen.text);
    this.forget();
  }

  /** The next frame is painted at the cursor's row, wherever that is, as if nothing had been there. */
  forget(): void {
    this.#shown = [];
    this.#rowCount = 1;
    this.#at = { row: 0, column: 0 };
  }

  /** The same on a row that may hold something already. */
  startOver(): void {
    this.#output.write(`\r${ERASE_BELOW}`);
    this.forget();
  }

  clearScreen(): void {
    this.#output.write(CLEAR_SCREEN);
    this.forget();
  }

  /**
   * The terminal has another width now. Terminals of today break rows that became too long, the cursor's own row mostly
   * not: so much is taken away and painted anew. Where a terminal does it in another way, a piece of an old prompt may stay.
   */
  resized(columns: number): void {
    let above = 0;
    for (const row of this.#shown.slice(0, this.#at.row)) above += Math.max(1, Math.ceil(columnsOf(row) / columns));
    this.#output.write(`${above > 0 ? `\u001b[${above}A` : ""}\r${ERASE_BELOW}`);
    this.forget();
  }
}

/** Writes what differs between what a row shows and what it should show. */
function paintRow(pen: Pen, index: number, shown: Row, row: Row): void {
  if (index >= pen.rowCount) pen.moveTo({ row: index, column: 0 });
  let from = 0;
  while (from < row.length && from < shown.length && isSame(shown[from]!, row[from]!)) from++;
  if (from === row.length && from === shown.length) return;
  const shownColumns = columnsOf(shown);
  const rowColumns = columnsOf(row);
  let to = row.length;
  // What follows is right already where it stands in the same columns, and where that is certain.
  if (shownColumns === rowColumns && ![...shown, ...row].some(({ isDoubtful }) => isDoubtful)) {
    let back = shown.length;
    while (to > from && back > from && isSame(shown[back - 1]!, row[to - 1]!)) {
      to--;
      back--;
    }
    // Of two wide characters that differ by half, none is left half.
    if (columnsOf(row.slice(from, to)) !== columnsOf(shown.slice(from, back))) to = row.length;
  }
  let column = columnsOf(row.slice(0, from));
  pen.moveTo({ row: index, column }, row);
  for (const cell of row.slice(from, to)) {
    column += cell.columns;
    if (cell.isDoubtful) pen.erase(NO_WRAP + ERASE_LINE_END);
    pen.put(cell);
    // Where it came out narrower or wider, the rest goes where it belongs all the same.
    if (cell.isDoubtful) pen.erase(`${WRAP}\u001b[${column + 1}G${ERASE_LINE_END}`);
  }
  if (shownColumns > rowColumns) pen.erase(ERASE_LINE_END);
  else pen.endStyle();
}

function isSame(one: Cell, other: Cell): boolean {
  return one === other || (one.text === other.text && one.style === other.style);
}

/** Collects what is to be written, and knows where that leaves the cursor. */
class Pen {
  text = "";
  rowCount: number;
  #row: number;
  #column: number;
  #style = "";

  constructor(at: Place, rowCount: number) {
    this.#row = at.row;
    this.#column = at.column;
    this.rowCount = rowCount;
  }

  write(text: string): void {
    this.text += text;
  }

  /** Without a style: its background would fill what is erased. */
  erase(text: string): void {
    this.endStyle();
    this.text += text;
  }

  put(cell: Cell): void {
    if (cell.style !== this.#style) {
      this.endStyle();
      this.text += cell.style;
      this.#style = cell.style;
    }
    this.text += cell.text;
    this.#column += cell.columns;
  }

  endStyle(): void {
    if (this.#style !== "") this.text += NO_STYLE;
    this.#style = "";
  }

  /** @param over what the row shows there: where a character is shorter than the order to jump over it, it is written again. */
  moveTo({ row, column }: Place, over: Row = []): void {
    this.toRow(row);
    const right = column - this.#column;
    if (column === 0 && right !== 0) this.text += "\r";
    else if (right < 0) this.text += right >= -3 ? "\b".repeat(-right) : sequence(-right, "D");
    else if (right > 0) this.text += again(over, column, right);
    this.#column = column;
  }

  /** Rows that are not there yet are made. */
  toRow(row: number): void {
    const down = Math.min(row, this.rowCount - 1) - this.#row;
    if (down !== 0) this.text += sequence(Math.abs(down), down < 0 ? "A" : "B");
    for (; this.rowCount <= row; this.rowCount++) {
      this.text += "\r\n";
      this.#column = 0;
    }
    this.#row = row;
  }
}

/** Moves to the right of some cells: by writing them once more, where that is shorter. */
function again(row: Row, column: number, right: number): string {
  const cells = row.slice(column - right, column);
  const isShort = right <= 3 && cells.length === right && columnsOf(row.slice(0, column)) === column;
  const isPlain = cells.every(({ text, style }) => text.length === 1 && style === "");
  return isShort && isPlain ? cells.map(({ text }) => text).join("") : sequence(right, "C");
}

function sequence(count: number, letter: string): string {
  return `\u001b[${count === 1 ? "" : count}${letter}`;
}
