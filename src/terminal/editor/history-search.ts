// Looking for a line that was typed before: a few letters of it, and below them the lines that have them.

import type { Look } from "../look.ts";
import { type Cell, cellsOf, columnsOf, type Row, styleCode } from "./cells.ts";
import { graphemeBefore } from "./graphemes.ts";
import type { Marks } from "./marks.ts";
import type { TextAt } from "./readline-engine.ts";

const LABEL = "history: ";
/** Of a line in the picker: longer ones are cut there, not where they are taken over. */
const SHOWN_CHARS_MAX = 500;

export class HistorySearch {
  /** Newest first, each once. */
  readonly #lines: readonly string[];
  /** What was typed before; it comes back when nothing is taken. */
  readonly typed: TextAt;
  #query = "";
  #matches: readonly string[];
  #selected = 0;

  constructor(history: readonly string[], typed: TextAt) {
    this.#lines = [...new Set(history.toReversed())];
    this.#matches = this.#lines;
    this.typed = typed;
  }

  get selected(): string | undefined {
    return this.#matches[this.#selected];
  }

  type(text: string): void {
    this.#setQuery(this.#query + text.replaceAll("\n", " "));
  }

  deleteLeft(): void {
    this.#setQuery(this.#query.slice(0, graphemeBefore(this.#query, this.#query.length)));
  }

  deleteAll(): void {
    this.#setQuery("");
  }

  older(): void {
    this.#selected = Math.min(this.#selected + 1, Math.max(0, this.#matches.length - 1));
  }

  newer(): void {
    this.#selected = Math.max(0, this.#selected - 1);
  }

  /** The first row is the one that is typed into, with the cursor at its end. */
  rows(count: number, look: Look, marks: Marks): readonly [Row, ...Row[]] {
    const muted = styleCode("muted", look);
    const first = Math.max(0, this.#selected - count + 1);
    const rows = this.#matches.slice(first, first + count).map((line, index) => {
      const isSelected = first + index === this.#selected;
      const front = isSelected ? marks.pointer : " ".repeat(marks.pointer.length);
      const style = isSelected ? styleCode("repl_completion_highlight", look) : "";
      return cellsOf(front + line.slice(0, SHOWN_CHARS_MAX).replaceAll("\n", marks.lineBreak), style);
    });
    const none = cellsOf(this.#lines.length === 0 ? "nothing was typed yet" : "no line has that", muted);
    const query: Cell[] = [...cellsOf(LABEL, muted), ...cellsOf(this.#query)];
    return [query, ...(rows.length === 0 ? [none] : rows)];
  }

  get queryColumns(): number {
    return columnsOf(cellsOf(LABEL + this.#query));
  }

  /** Small letters stand for capitals too; a capital means itself. */
  #setQuery(query: string): void {
    this.#query = query;
    const isExact = query !== query.toLowerCase();
    const fold = (text: string) => (isExact ? text : text.toLowerCase());
    this.#matches = this.#lines.filter((line) => fold(line).includes(fold(query)));
    this.#selected = 0;
  }
}
