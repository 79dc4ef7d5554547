// The format `md`: a table as Markdown has them, and a list within lists for a single row that holds more than cells.

import { JsonNumber, type OrderedJson } from "../base/ordered-json.ts";
import type { Alignment } from "../protocol/process-plugin.ts";
import { cellText, labelOf, type Row, type RowColumn } from "./rows.ts";
import type { Table } from "./table.ts";
import type { Measure } from "./text-width.ts";

/** Three dashes make a separator. */
const COLUMN_WIDTH_MIN = 3;

/** The lines of a table with pipes; none when it has no columns. */
export function* markdownTable(table: Table, measure: Measure): Iterable<string> {
  if (table.columns.length === 0) return;
  const heads = table.columns.map((column) => escaped(column.label));
  const rows = table.rows.map((row) => row.map(escaped));
  const widths = heads.map((head, index) =>
    rows.reduce((most, row) => Math.max(most, measure(row[index]!)), Math.max(measure(head), COLUMN_WIDTH_MIN)),
  );
  const aligns = table.columns.map((column) => column.align ?? "default");
  const line = (cells: readonly string[], alignOf: (index: number) => Alignment) => {
    const padded = cells.map((cell, index) => pad(cell, widths[index]! - measure(cell), alignOf(index)));
    return `| ${padded.join(" | ")} |`;
  };
  yield line(heads, () => "default");
  yield `| ${widths.map((width, index) => separator(width, aligns[index]!)).join(" | ")} |`;
  for (const row of rows) yield line(row, (index) => aligns[index]!);
}

function separator(width: number, align: Alignment): string {
  const left = align === "left" || align === "center" ? ":" : "";
  const right = align === "right" || align === "center" ? ":" : "";
  return `${left}${"-".repeat(width)}${right}`;
}

function pad(text: string, space: number, align: Alignment): string {
  const all = Math.max(0, space);
  const left = align === "right" ? all : align === "center" ? Math.floor(all / 2) : 0;
  return " ".repeat(left) + text + " ".repeat(all - left);
}

/** Text that stays within its cell. */
function escaped(text: string): string {
  return broken(text).replace(/[\\|]/g, "\\$&");
}

function broken(text: string): string {
  return text.replaceAll("\t", "    ").replaceAll("\n", "<br>");
}

/** Whether a row holds values that no cell can show. */
export function isNested(row: Row): boolean {
  return [...row.values()].some((value) => isTree(value));
}

function isTree(value: OrderedJson | undefined): value is OrderedJson[] | Map<string, OrderedJson> {
  return Array.isArray(value) || value instanceof Map;
}

/** A row as a list: `- key: value`, with what is inside it two spaces deeper. */
export function* bulletTree(row: Row, columns: readonly RowColumn[]): Iterable<string> {
  for (const { key, label } of columns) yield* bullet(labelOf(label), row.get(key), "");
}

function* bullet(name: string, value: OrderedJson | undefined, before: string): Iterable<string> {
  if (!isTree(value) || isEmpty(value)) {
    yield `${before}- ${name}: ${inline(value)}`.trimEnd();
    return;
  }
  yield `${before}- ${name}:`;
  const deeper = `${before}  `;
  if (!Array.isArray(value)) {
    for (const [key, member] of value) yield* bullet(labelOf(key), member, deeper);
    return;
  }
  for (const [index, item] of value.entries()) {
    if (isTree(item)) yield* bullet(`[${index + 1}]`, item, deeper);
    else yield `${deeper}- ${inline(item)}`.trimEnd();
  }
}

function isEmpty(value: OrderedJson[] | Map<string, OrderedJson>): boolean {
  return Array.isArray(value) ? value.length === 0 : value.size === 0;
}

function inline(value: OrderedJson | undefined): string {
  return value instanceof JsonNumber ? value.text : broken(cellText(value));
}
