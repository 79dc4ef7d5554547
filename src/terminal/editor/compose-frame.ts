// Puts together what is on the screen while somebody types: the prompt, the text, and what stands below it.

import { blanks, type Cell, columnsOf, cutRow, type Row, styledCells } from "./cells.ts";
import type { Frame } from "./painter.ts";
import { type Place, TextRows } from "./text-rows.ts";

/** What is in front of the text, and beside it. Neutralised; it may hold colours. */
export interface Prompt {
  /** May have several lines; the text begins behind the last. */
  readonly text: string;
  /** At the right edge, as long as there is room. */
  readonly right?: string;
  /** In front of each further line of the text. */
  readonly more?: string;
}

export interface View {
  readonly prompt: Prompt;
  readonly text: string;
  readonly cursor: number;
  /** Directly behind the text. */
  readonly mark?: Row;
  readonly below: readonly Row[];
  /** The cursor is there, in what stands below, and not in the text. */
  readonly cursorBelow?: Place;
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** Text that does not fit is shown in part: the rows around the cursor. */
export class Composer {
  /** The first row that was shown; the part moves no more than the cursor makes it. */
  #first = 0;
  #text: TextRows | undefined;

  compose(view: View, size: Size, cutMark: string): Frame {
    const columns = Math.max(1, size.columns - 1);
    const head = view.prompt.text.split("\n").map(styledCells);
    const own = head.pop() ?? [];
    const prefixes = {
      first: fitPrefix(own, columns, cutMark),
      more: fitPrefix(styledCells(view.prompt.more ?? ""), columns, cutMark),
    };
    const text = new TextRows(view.text, prefixes, { columns, before: this.#text });
    this.#text = text;
    const below = view.below.slice(0, Math.max(0, size.rows - 1)).map((row) => cutRow(row, columns, cutMark));
    const room = Math.max(1, size.rows - below.length);
    const place = text.placeOf(view.cursor);
    const cursorRow = head.length + place.row;
    const count = head.length + text.count;
    this.#first = Math.max(Math.min(this.#first, cursorRow, Math.max(0, count - room)), cursorRow - room + 1);
    const rows: Row[] = [];
    for (let at = this.#first; at < Math.min(count, this.#first + room); at++) {
      rows.push(
        at < head.length ? cutRow(head[at]!, columns, cutMark) : this.#textRow(view, text, at - head.length, columns),
      );
    }
    const { cursorBelow } = view;
    const cursor =
      cursorBelow !== undefined && cursorBelow.row < below.length
        ? { row: rows.length + cursorBelow.row, column: Math.min(cursorBelow.column, columns) }
        : { row: cursorRow - this.#first, column: place.column };
    return { rows: [...rows, ...below], cursor };
  }

  #textRow(view: View, text: TextRows, at: number, columns: number): Row {
    let row = cutRow(text.row(at), columns, "");
    if (at === text.count - 1 && view.mark !== undefined) row = cutRow([...row, ...view.mark], columns, "");
    return at === 0 ? withRight(row, view.prompt.right ?? "", columns) : row;
  }
}

/** Room for a few characters of text at least. A prompt that is too long loses its beginning: its end says where one types. */
function fitPrefix(row: Row, columns: number, cutMark: string): Row {
  const room = Math.max(0, columns - Math.min(10, Math.ceil(columns / 2)));
  if (columnsOf(row) <= room) return row;
  if (room < cutMark.length) return [];
  const kept: Cell[] = [];
  let used = cutMark.length;
  for (const cell of row.toReversed()) {
    used += cell.columns;
    if (used > room) break;
    kept.unshift(cell);
  }
  return [...styledCells(cutMark), ...kept];
}

const GAP_COLUMNS = 2;

function withRight(row: Row, right: string, columns: number): Row {
  if (right === "") return row;
  const cells = styledCells(right);
  const gap = columns - columnsOf(row) - columnsOf(cells);
  return gap < GAP_COLUMNS ? row : [...row, ...blanks(gap), ...cells];
}
