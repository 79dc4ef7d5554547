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

/** Holds no text: a piece of one would keep all of it in memory, long after it was changed. */
interface Line {
  /** Where it begins in the text. */
  readonly from: number;
  readonly length: number;
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
  readonly #text: string;
  readonly #prefixes: Prefixes;
  readonly columns: number;
  readonly #lines: readonly Line[];

  /** @param before what was shown before: lines that are the same are not looked at again. */
  constructor(text: string, prefixes: Prefixes, { columns, before }: TextRoom) {
    this.#text = text;
    this.#prefixes = prefixes;
    this.columns = columns;
    this.#lines = this.#breaksAs(before) ? this.#linesAfter(before) : this.#linesIn(0, text.length, 0);
    const { firstRow, starts } = this.#lines.at(-1)!;
    this.count = firstRow + starts.length;
  }

  /** Where a place of the text is on the screen. */
  placeOf(at: number): Place {
    const line = this.#lines[lastThat(this.#lines, ({ from }) => from <= at)]!;
    const row = lastThat(line.starts, (start) => line.from + start <= at);
    const before = cellsOf(this.#text.slice(line.from + line.starts[row]!, at));
    return { row: line.firstRow + row, column: (row === 0 ? columnsOf(this.#prefixOf(line)) : 0) + columnsOf(before) };
  }

  row(at: number): Row {
    const line = this.#lines[lastThat(this.#lines, ({ firstRow }) => firstRow <= at)]!;
    const index = at - line.firstRow;
    const to = line.from + (line.starts[index + 1] ?? line.length);
    const cells: Cell[] = cellsOf(this.#text.slice(line.from + line.starts[index]!, to));
    return index === 0 ? [...this.#prefixOf(line), ...cells] : cells;
  }

  /** In lines that are the same, rows begin at the same places. */
  #breaksAs(before: TextRows | undefined): before is TextRows {
    const widths = ({ first, more }: Prefixes) => `${columnsOf(first)} ${columnsOf(more)}`;
    if (before?.columns !== this.columns) return false;
    return widths(before.#prefixes) === widths(this.#prefixes);
  }

  /** The lines that differ from those before are read; of the others, only the places change. */
  #linesAfter(before: TextRows): readonly Line[] {
    const known = before.#lines;
    const { start, end } = sameEnds(before.#text, this.#text);
    const longer = this.#text.length - before.#text.length;
    if (start === this.#text.length && longer === 0) return known;
    const changed = lastThat(known, ({ from }) => from <= start);
    const same = lastThat(known, ({ from }) => from <= before.#text.length - end) + 1;
    const behind = known[same];
    const { from, firstRow } = known[changed]!;
    const read = this.#linesIn(from, behind === undefined ? this.#text.length : behind.from + longer - 1, firstRow);
    const last = read.at(-1)!;
    const moreRows = last.firstRow + last.starts.length - (behind?.firstRow ?? 0);
    const moved = known.slice(same).map((line) => ({
      ...line,
      from: line.from + longer,
      firstRow: line.firstRow + moreRows,
    }));
    return [...known.slice(0, changed), ...read, ...moved];
  }

  #linesIn(from: number, to: number, firstRow: number): readonly Line[] {
    const lines: Line[] = [];
    for (const line of this.#text.slice(from, to).split("\n")) {
      const starts = rowStarts(line, columnsOf(this.#prefixOf({ from })), this.columns);
      lines.push({ from, length: line.length, starts, firstRow });
      from += line.length + 1;
      firstRow += starts.length;
    }
    return lines;
  }

  #prefixOf({ from }: Pick<Line, "from">): Row {
    return from === 0 ? this.#prefixes.first : this.#prefixes.more;
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

/** How many characters two texts have in common at their start, and how many of the others at their end. */
function sameEnds(one: string, other: string): { readonly start: number; readonly end: number } {
  const most = Math.min(one.length, other.length);
  const isStart = (count: number, step: number) => one.slice(count, count + step) === other.slice(count, count + step);
  const isEnd = (count: number, step: number) => {
    const [to, otherTo] = [one.length - count, other.length - count];
    return one.slice(to - step, to) === other.slice(otherTo - step, otherTo);
  };
  const start = countSame(most, isStart);
  return { start, end: countSame(most - start, isEnd) };
}

/** Pieces at first, and of the one that differs, ever smaller ones: to look at each character takes far longer. */
function countSame(most: number, isSame: (count: number, step: number) => boolean): number {
  let count = 0;
  for (let step = COMPARED_CHARS; step >= 1; step /= 2) {
    while (count + step <= most && isSame(count, step)) count += step;
  }
  return count;
}
const COMPARED_CHARS = 65_536;

/** Of items for which the test holds up to some place, the place of the last; the first if it holds for none. */
function lastThat<T>(items: readonly T[], test: (item: T) => boolean): number {
  let from = 0;
  let to = items.length;
  while (to - from > 1) {
    const middle = (from + to) >>> 1;
    if (test(items[middle]!)) from = middle;
    else to = middle;
  }
  return from;
}
