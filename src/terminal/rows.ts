// From a plugin's `data` to rows, by the rules of "osp: Writing Plugins": an array gives a row an item, an object is one
// row, anything else is a row with the single member `value`.

import { formatOrderedJson, JsonNumber, type JsonObject, type OrderedJson } from "../base/ordered-json.ts";
import type { Alignment, ResponseMeta } from "../protocol/process-plugin.ts";
import { neutralise } from "./neutralise.ts";
import type { Table } from "./table.ts";

export type Row = JsonObject;

type RowMeta = Pick<ResponseMeta, "columns" | "row_path" | "preserve_json_document">;
export type ColumnMeta = Pick<ResponseMeta, "columns" | "column_labels" | "column_align">;

/** The rows that tables and lines are made from. */
export function rowsOf(data: OrderedJson, meta: RowMeta): Row[] {
  const { columns, row_path: rowPath } = meta;
  if (rowPath !== null && data instanceof Map) {
    const rows = (itemsOf(data, meta) as OrderedJson[]).map(toRow);
    return columns === null ? rows : rows.map((row) => withColumns(row, columns));
  }
  if (isCurated(data, meta)) return [onlyColumns(data, columns!)];
  return Array.isArray(data) ? data.map(toRow) : [toRow(data)];
}

/** Whether the one row has just the listed columns of a document. */
export function isCurated(data: OrderedJson, meta: RowMeta): data is JsonObject {
  return meta.row_path === null && meta.preserve_json_document && meta.columns !== null && data instanceof Map;
}

/** What `--json` prints: the rows, or the document itself where the plugin asks for that. */
export function jsonOf(data: OrderedJson, meta: RowMeta): OrderedJson {
  return meta.preserve_json_document || meta.row_path !== null ? data : rowsOf(data, meta);
}

/**
 * How many cells the table of this data has. Known before rows are made of it: a few bytes of data may ask for a column
 * each, and every row has all of them.
 */
export function cellCount(data: OrderedJson, meta: RowMeta): number {
  const list = itemsOf(data, meta);
  const items = Array.isArray(list) ? list : [data];
  return items.length * keysOf(items, meta.columns).size;
}

/** A column of the result: the member that fills it, and how it is headed. */
export interface RowColumn {
  readonly key: string;
  readonly label: string;
  readonly align: Alignment;
}

/** Listed columns first, then the other members in the order in which they first appear. */
export function columnsOf(rows: readonly Row[], meta: ColumnMeta): RowColumn[] {
  // The place of a column that is listed twice is its first.
  const places = new Map((meta.columns ?? []).map((key, place): [string, number] => [key, place]).reverse());
  return [...keysOf(rows, meta.columns)].map((key, position) => {
    const listed = places.get(key);
    const label = listed === undefined ? undefined : meta.column_labels?.[listed];
    return { key, label: neutralise(label ?? key), align: meta.column_align[listed ?? position] ?? "default" };
  });
}

/** The cells of the rows as text. */
export function tableOf(rows: readonly Row[], meta: ColumnMeta): Table {
  const columns = columnsOf(rows, meta);
  return {
    columns: columns.map(({ label, align }) => ({ label, align })),
    rows: rows.map((row) => columns.map(({ key }) => cellText(row.get(key)))),
  };
}

/** The values of a row in the order of the columns, without those that it does not have. */
export function valuesInOrder(row: Row, listed: ReadonlyMap<string, number>): OrderedJson[] {
  const first = [...row.keys()].filter((key) => listed.has(key)).sort((a, b) => listed.get(a)! - listed.get(b)!);
  if (first.length === 0) return [...row.values()];
  const rest = [...row].filter(([key]) => !listed.has(key)).map(([, value]) => value);
  return [...first.map((key) => row.get(key)!), ...rest];
}

/** A value as a person reads it: text as it is, null as `null`, nothing as nothing, lists and objects as short JSON. */
export function plainText(value: OrderedJson | undefined): string {
  if (value === undefined) return "";
  if (typeof value === "string") return value;
  return value instanceof JsonNumber ? value.text : formatOrderedJson(value);
}

/** The same without anything that a terminal would take as an order. */
export function cellText(value: OrderedJson | undefined): string {
  return neutralise(plainText(value));
}

/** A member's name on one line, harmless. */
export function labelOf(key: string): string {
  return neutralise(key).replaceAll(/[\n\t]/g, " ");
}

/** The items of a result, each of which is a row or a group. A pipeline may have left none of those at the row path. */
export function itemsOf(data: OrderedJson, { row_path: rowPath }: Pick<RowMeta, "row_path">): OrderedJson {
  return rowPath !== null && data instanceof Map ? (data.get(rowPath) ?? []) : data;
}

/** Whether every row is a value that had no name. */
export function areValues(rows: readonly Row[]): boolean {
  return rows.every((row) => row.size === 1 && row.has("value"));
}

function toRow(item: OrderedJson): Row {
  return item instanceof Map ? item : new Map([["value", item]]);
}

function keysOf(items: readonly OrderedJson[], columns: readonly string[] | null): Set<string> {
  const keys = new Set(columns ?? []);
  for (const item of items) {
    if (!(item instanceof Map)) keys.add("value");
    else for (const key of item.keys()) keys.add(key);
  }
  return keys;
}

function withColumns(row: Row, columns: readonly string[]): Row {
  const all = new Map(columns.map((column): [string, OrderedJson] => [column, atPath(row, column) ?? null]));
  for (const [key, value] of row) if (!all.has(key)) all.set(key, value);
  return all;
}

function onlyColumns(document: JsonObject, columns: readonly string[]): Row {
  const listed = columns.map((column): [string, OrderedJson | undefined] => [column, atPath(document, column)]);
  return new Map(listed.filter((entry): entry is [string, OrderedJson] => entry[1] !== undefined && entry[1] !== null));
}

/** A member, or where there is none of that name, what a dotted path leads to. */
function atPath(row: Row, path: string): OrderedJson | undefined {
  if (row.has(path)) return row.get(path);
  let value: OrderedJson | undefined = row;
  for (const step of path.split(".")) value = value instanceof Map ? value.get(step) : undefined;
  return value;
}
