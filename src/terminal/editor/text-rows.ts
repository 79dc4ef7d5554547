// The edited text as rows of a screen: which row each place of it is in, and the cells of any of them. Texts can be large,
// so cells are made only of the rows that are asked for.

import { type Cell, cellsOf, columnsOf, type Row } from "./cells.ts";
import { graphemesOf } from "./graphemes.ts";

/** What stands in front of the first line, and of each further one. */
export interface Prefixes {
  readonly first: Row;
  readonly more: Row;
}

interface TextRoom {
  readonly columns: number;
  readonly before: TextRows | undefined;
}

interface Line {
  /** Where it begins in the text. */
  readonly from: number;
  readonly text: string;
  readonly prefix: Row;
  /** Where each of its rows begins, in the line. */
  readonly starts: readonly number[];
  readonly firstRow: number;
}

export interface Place {
  readonly row: number;
  readonly column: number;
}

export class TextRows {
  readonly count: number;
  readonly #lines: readonly Line[];
  readonly #columns: number;

  /** @param before what was shown before: lines that are the same are not looked at again. */
  constructor(text: string, prefixes: Prefixes, { columns, before }: TextRoom) {
    const lines: Line[] = [];
    this.#columns = columns;
    const texts = text.split("\n");
    const shift = (before === undefined ? 0 : before.#lines.length) - texts.length;
    let from = 0;
    let firstRow = 0;
    for (const [index, line] of texts.entries()) {
      const prefix = from === 0 ? prefixes.first : prefixes.more;
      const known = before === undefined ? undefined : before.#known(line, prefix, columns, [index, index + shift]);
      const starts = known ?? rowStarts(line, columnsOf(prefix), columns);
      lines.push({ from, text: line, prefix, starts, firstRow });
      from += line.length + 1;
      firstRow += starts.length;
    }
    this.#lines = lines;
    this.count = firstRow;
  }

  /** Where a place of the text is on the screen. */
  placeOf(at: number): Place {
    const line = lastThat(this.#lines, ({ from }) => from <= at);
    const inLine = at - line.from;
    const row = lastThat([...line.starts.keys()], (index) => line.starts[index]! <= inLine);
    const before = cellsOf(line.text.slice(line.starts[row], inLine));
    return { row: line.firstRow + row, column: (row === 0 ? columnsOf(line.prefix) : 0) + columnsOf(before) };
  }

  #known(text: string, prefix: Row, columns: number, places: readonly number[]): readonly number[] | undefined {
    if (columns !== this.#columns) return undefined;
    const isSame = (line: Line | undefined) => line?.text === text && columnsOf(line.prefix) === columnsOf(prefix);
    const place = places.find((at) => isSame(this.#lines[at]));
    return place === undefined ? undefined : this.#lines[place]?.starts;
  }

  row(at: number): Row {
    const line = lastThat(this.#lines, ({ firstRow }) => firstRow <= at);
    const index = at - line.firstRow;
    const cells: Cell[] = cellsOf(line.text.slice(line.starts[index], line.starts[index + 1]));
    return index === 0 ? [...line.prefix, ...cells] : cells;
  }
}

const PLAIN = /^[\u0020-\u007e]*$/;

/** A line that ends at the edge has one more row, for the cursor behind it. */
function rowStarts(line: string, prefixColumns: number, columns: number): number[] {
  const starts = [0];
  let room = columns - prefixColumns;
  if (PLAIN.test(line)) {
    for (let at = room; at <= line.length; at += columns) starts.push(at);
    return starts;
  }
  let at = 0;
  for (const grapheme of graphemesOf(line)) {
    const wide = shownColumns(grapheme);
    if (wide > room && room < columns) {
      starts.push(at);
      room = columns;
    }
    at += grapheme.length;
    room -= wide;
  }
  if (room <= 0) starts.push(at);
  return starts;
}

const MEASURED_MAX = 10_000;
const measured = new Map<string, number>();

function shownColumns(grapheme: string): number {
  const known = measured.get(grapheme);
  if (known !== undefined) return known;
  const columns = columnsOf(cellsOf(grapheme));
  if (measured.size < MEASURED_MAX) measured.set(grapheme, columns);
  return columns;
}

/** Of items for which the test holds up to some place, the last; the first if it holds for none. */
function lastThat<T>(items: readonly T[], test: (item: T) => boolean): T {
  let from = 0;
  let to = items.length;
  while (to - from > 1) {
    const middle = (from + to) >>> 1;
    if (test(items[middle]!)) from = middle;
    else to = middle;
  }
  return items[from]!;
}
