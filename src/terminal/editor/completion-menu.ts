// The candidates of a completion below the text: which of them is chosen, and how they look. Wide terminals get a list that
// says what each is, narrow ones a grid.

import type { Look } from "../look.ts";
import { blanks, type Cell, cellsOf, columnsOf, cutRow, type Row, styleCode } from "./cells.ts";
import type { Candidate, CompletionAnswer } from "./completion-answer.ts";
import type { Marks } from "./marks.ts";
import type { TextAt } from "./readline-engine.ts";

export interface MenuRoom {
  readonly columns: number;
  readonly rows: number;
}

/** With fewer columns, there is no room to say what a candidate is. */
const LIST_COLUMNS_MIN = 50;
/** Of the columns of a list, for the candidate itself. */
const LIST_NAME_SHARE = 0.5;
const GAP_COLUMNS = 2;

export class CompletionMenu {
  readonly answer: CompletionAnswer;
  /** The line as it was typed, which comes back when nothing is chosen. */
  readonly typed: TextAt;
  #selected: number | undefined;
  #firstRow = 0;
  /** Candidates beside each other, as they were shown last. */
  #perRow = 1;
  readonly #nameColumns: number;
  readonly #aboutColumns: number;

  constructor(answer: CompletionAnswer, typed: TextAt) {
    this.answer = answer;
    this.typed = typed;
    this.#nameColumns = Math.max(...answer.candidates.map(({ display }) => columnsOf(cellsOf(display))));
    this.#aboutColumns = Math.max(...answer.candidates.map(({ about = "" }) => columnsOf(cellsOf(about))));
  }

  get selected(): Candidate | undefined {
    return this.#selected === undefined ? undefined : this.answer.candidates[this.#selected];
  }

  next(): void {
    this.#select((this.#selected ?? -1) + 1);
  }

  previous(): void {
    this.#select((this.#selected ?? 0) - 1);
  }

  nextRow(): void {
    if (this.#selected === undefined) return this.next();
    const below = this.#selected + this.#perRow;
    this.#select(below < this.answer.candidates.length ? below : below % this.#perRow);
  }

  previousRow(): void {
    if (this.#selected === undefined) return this.previous();
    const count = this.answer.candidates.length;
    const lastRow = Math.floor((count - 1) / this.#perRow) * this.#perRow;
    const above = this.#selected - this.#perRow;
    const around = lastRow + this.#selected;
    this.#select(above >= 0 ? above : around < count ? around : around - this.#perRow);
  }

  get isGrid(): boolean {
    return this.#perRow > 1;
  }

  rows(room: MenuRoom, look: Look, marks: Marks): readonly Row[] {
    const { candidates } = this.answer;
    const isList = this.#aboutColumns > 0 && room.columns >= LIST_COLUMNS_MIN;
    const columnsMax = Math.floor(isList ? room.columns * LIST_NAME_SHARE : room.columns - 2);
    const nameColumns = Math.min(this.#nameColumns, columnsMax);
    const itemColumns = marks.pointer.length + nameColumns + GAP_COLUMNS;
    this.#perRow = isList ? 1 : Math.max(1, Math.floor((room.columns + GAP_COLUMNS) / itemColumns));
    const rowCount = Math.ceil(candidates.length / this.#perRow);
    const shownRows = rowCount <= room.rows ? rowCount : Math.max(1, room.rows - 1);
    const selectedRow = Math.floor((this.#selected ?? 0) / this.#perRow);
    this.#firstRow = Math.max(Math.min(this.#firstRow, selectedRow), selectedRow - shownRows + 1);
    const rows = Array.from({ length: shownRows }, (_, index) => {
      const from = (this.#firstRow + index) * this.#perRow;
      const items = candidates.slice(from, from + this.#perRow).map((candidate, place) => {
        const isSelected = from + place === this.#selected;
        const name = cutRow(cellsOf(candidate.display), nameColumns, marks.cut);
        const cells = item(name, nameColumns, { isSelected, look, marks });
        return isList ? [...cells, ...aboutCells(candidate, look)] : cells;
      });
      return joined(items);
    });
    if (shownRows < rowCount) rows.push(this.#position(look));
    return [...this.#aboutAbove(isList ? room.columns - itemColumns : 0, look), ...rows];
  }

  /**
   * What the chosen candidate is, where its own row has no room to say it. The line stays, empty, for one that has, so that
   * the rows do not jump.
   */
  #aboutAbove(room: number, look: Look): readonly Row[] {
    if (this.selected === undefined || this.#aboutColumns <= room) return [];
    const about = cellsOf(this.selected.about ?? "", styleCode("muted", look));
    return [columnsOf(about) > room ? about : []];
  }

  #position(look: Look): Row {
    const count = this.answer.candidates.length;
    const which = this.#selected === undefined ? `${count} possibilities` : `${this.#selected + 1} of ${count}`;
    return cellsOf(which, styleCode("muted", look));
  }

  #select(index: number): void {
    const count = this.answer.candidates.length;
    this.#selected = (index + count) % count;
  }
}

interface ItemLook {
  readonly isSelected: boolean;
  readonly look: Look;
  readonly marks: Marks;
}

function item(name: Row, columns: number, { isSelected, look, marks }: ItemLook): Cell[] {
  const style = styleCode(isSelected ? "repl_completion_highlight" : "repl_completion_text", look);
  const front = isSelected ? marks.pointer : " ".repeat(marks.pointer.length);
  const text = [...cellsOf(front), ...name, ...blanks(columns - columnsOf(name))];
  return text.map((cell) => ({ ...cell, style }));
}

function aboutCells({ about }: Candidate, look: Look): Cell[] {
  return about === undefined ? [] : [...blanks(GAP_COLUMNS), ...cellsOf(about, styleCode("muted", look))];
}

/** Beside each other; blanks at the end of a row would only cost time on a slow line. */
function joined(items: readonly Row[]): Row {
  const cells = items.flatMap((cells, index) => (index === 0 ? cells : [...blanks(GAP_COLUMNS), ...cells]));
  const last = cells.findLastIndex(({ text, style }) => text !== " " || style !== "");
  return cells.slice(0, last + 1);
}
