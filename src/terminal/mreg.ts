// The format `mreg`: one row as a block of names and values, with lists and objects laid out below their name.

import type { OrderedJson } from "../base/ordered-json.ts";
import { TABLE_CELLS_MAX } from "../protocol/limits.ts";
import { indented } from "./lines.ts";
import { addressIn, linked } from "./links.ts";
import { type Look, styled, valueStyle } from "./look.ts";
import { cellText, labelOf, type Row, type RowColumn, tableOf } from "./rows.ts";
import { isTableReadable, tableLines } from "./table.ts";
import { type Measure, wrapLine } from "./text-width.ts";

/** Objects with more kinds of members than this make no table. */
const NESTED_COLUMNS_MAX = 8;
const GRID_GAP_COLUMNS = 4;
/** Taken for the width of the screen where there is none. */
const GRID_COLUMNS = 72;
const TAB = "    ";
const NO_COLUMNS = { columns: null, column_align: [], column_labels: null };

interface Drawing {
  readonly look: Look;
  readonly measure: Measure;
}

/** The lines of one row, members in the order of the columns. They come one by one, so that a caller may stop. */
export function mregLines(row: Row, columns: readonly RowColumn[], drawing: Drawing): Iterable<string> {
  return block(
    columns.map(({ key, label }) => ({ name: labelOf(label), value: row.get(key) })),
    drawing,
  );
}

/** Rows as blocks, with an empty line between them: for a screen that has no room for their table. */
export function* rowBlocks(rows: readonly Row[], columns: readonly RowColumn[], drawing: Drawing): Iterable<string> {
  for (const [index, row] of rows.entries()) {
    if (index > 0) yield "";
    // A cell that a table would leave empty has no line here.
    const filled = columns.filter(({ key }) => row.has(key) && row.get(key) !== "");
    yield* mregLines(row, filled, drawing);
  }
}

interface Member {
  readonly name: string;
  readonly value: OrderedJson | undefined;
}

function* block(members: readonly Member[], drawing: Drawing): Iterable<string> {
  const heads = members.map(({ name, value }) => `${name}${countMark(value)}:`);
  const widths = heads.map((head) => drawing.measure(head));
  const most = headColumnsMax(drawing.look);
  // A name that takes more than its share of the screen does not push all values to the right.
  const width = widths.reduce((wide, one) => (one > most ? wide : Math.max(wide, one)), 0);
  for (const [index, { value }] of members.entries()) yield* memberLines(heads[index]!, value, width, drawing);
}

function countMark(value: OrderedJson | undefined): string {
  if (!Array.isArray(value)) return "";
  return value.length === 1 && isScalar(value[0]!) ? "" : ` (${value.length})`;
}

function* memberLines(head: string, value: OrderedJson | undefined, width: number, drawing: Drawing): Iterable<string> {
  const { look, measure } = drawing;
  const shownHead = styled(head, "accent", look);
  const isBeside = measure(head) <= width;
  const indent = isBeside ? width + 1 : look.indent;
  const inline = inlineLines(value, inner(drawing, indent));
  if (inline === undefined) {
    yield shownHead;
    yield* indented(nested(value as OrderedJson[] | Row, inner(drawing)), " ".repeat(look.indent));
    return;
  }
  const [first = "", ...more] = isBeside ? inline : ["", ...inline];
  yield first === "" ? shownHead : `${shownHead}${" ".repeat(width - measure(head) + 1)}${first}`;
  const before = " ".repeat(indent);
  for (const line of more) yield line === "" ? "" : before + line;
}

/** Half of a screen is for the values. */
function headColumnsMax({ columns }: Look): number {
  return columns === undefined ? Number.POSITIVE_INFINITY : Math.floor(columns / 2);
}

/** The lines that stand beside a name; undefined when the value stands below it. */
function inlineLines(value: OrderedJson | undefined, drawing: Drawing): string[] | undefined {
  if (value instanceof Map) return value.size === 0 ? ["{}"] : undefined;
  if (!Array.isArray(value)) return scalarLines(value, drawing);
  if (value.length > drawing.look.mediumListMax && value.length > 1) return undefined;
  return value.every(isScalar) ? value.flatMap((item) => scalarLines(item, drawing)) : undefined;
}

/** The lines of a text, on a screen broken to fit. */
function scalarLines(value: OrderedJson | undefined, { look, measure }: Drawing): string[] {
  const text = cellText(value).replaceAll("\t", TAB);
  const style = valueStyle(text);
  const address = look.links ? addressIn(text) : undefined;
  const { columns, overflow } = look;
  return text
    .split("\n")
    .flatMap((line) => (columns === undefined || overflow !== "wrap" ? [line] : wrapLine(line, columns, measure)))
    .map((line) => linked(styled(line, style, look), address, look));
}

function isScalar(value: OrderedJson): boolean {
  return !Array.isArray(value) && !(value instanceof Map);
}

/** The drawing of what stands further right. */
function inner({ look, measure }: Drawing, indent = look.indent): Drawing {
  const columns = look.columns === undefined ? undefined : Math.max(1, look.columns - indent);
  return { look: { ...look, columns }, measure };
}

function nested(value: OrderedJson[] | Row, drawing: Drawing): Iterable<string> {
  if (!Array.isArray(value)) {
    return block(
      [...value].map(([key, member]) => ({ name: labelOf(key), value: member })),
      drawing,
    );
  }
  if (value.every(isScalar)) return grid(value, drawing);
  const table = isTabular(value) ? tableOf(value, NO_COLUMNS) : undefined;
  if (table === undefined || !isTableReadable(table, drawing.look, drawing.measure)) return items(value, drawing);
  return tableLines(table, drawing.look, drawing.measure);
}

/** Whether a list is best shown as a table: all objects, alike, and not too many. */
function isTabular(list: readonly OrderedJson[]): list is Row[] {
  const keys = new Set<string>();
  for (const item of list) {
    if (!(item instanceof Map)) return false;
    for (const key of item.keys()) {
      keys.add(key);
      if (keys.size > NESTED_COLUMNS_MAX) return false;
    }
  }
  return keys.size > 0 && list.length * keys.size <= TABLE_CELLS_MAX;
}

function* items(list: readonly OrderedJson[], drawing: Drawing): Iterable<string> {
  const { look, measure } = drawing;
  for (const [index, item] of list.entries()) {
    const head = styled(`[${index + 1}]`, "accent", look);
    if (isScalar(item)) {
      const [first, ...more] = scalarLines(item, inner(drawing, measure(`[${index + 1}] : `)));
      yield `${head} : ${first}`;
      yield* indented(more, " ".repeat(look.indent));
    } else {
      yield `${head}:`;
      yield* indented(nested(item as OrderedJson[] | Row, inner(drawing)), " ".repeat(look.indent));
    }
  }
}

/** Many short values, filled column by column, in about three times as many lines as columns. */
function* grid(list: readonly OrderedJson[], { look, measure }: Drawing): Iterable<string> {
  const texts = list.map((item) => cellText(item).replaceAll("\t", TAB).replaceAll("\n", " "));
  const width = texts.reduce((most, text) => Math.max(most, measure(text)), 1);
  const fitting = Math.floor(((look.columns ?? GRID_COLUMNS) + GRID_GAP_COLUMNS) / (width + GRID_GAP_COLUMNS));
  const columns = gridColumns(texts.length, Math.max(1, fitting));
  const height = Math.ceil(texts.length / columns);
  for (let row = 0; row < height; row++) {
    let line = "";
    let gap = 0;
    for (let at = row; at < texts.length; at += height) {
      const text = texts[at]!;
      line += " ".repeat(gap) + styled(text, valueStyle(text), look);
      gap = width - measure(text) + GRID_GAP_COLUMNS;
    }
    yield line;
  }
}

function gridColumns(count: number, most: number): number {
  let best = 1;
  for (let columns = 1; columns <= Math.min(most, count); columns++) {
    const lack = (candidate: number) => Math.abs(Math.ceil(count / candidate) - 3 * candidate);
    if (lack(columns) <= lack(best)) best = columns;
  }
  return best;
}
