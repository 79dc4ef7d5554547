// What a plugin said about its data, as far as it still holds behind a pipeline: stages decide which columns there are
// and in which order, but a column that is still there keeps its label and its alignment.

import type { OrderedJson } from "../../base/ordered-json.ts";
import type { ResponseMeta } from "../../protocol/process-plugin.ts";
import { type Group, groupsOf, membersOf } from "../groups.ts";
import { NO_META } from "../no-meta.ts";
import { columnsOf, itemsOf, type Row, rowsOf } from "../rows.ts";
import { hasLists } from "./documents.ts";
import type { DocumentFlow } from "./flow.ts";
import type { Flow } from "./verb.ts";

interface Before {
  readonly data: OrderedJson;
  readonly meta: ResponseMeta;
}

interface Behind {
  /** What came out of the last stage. */
  readonly flow: Flow;
  /** The same as data. */
  readonly data: OrderedJson;
}

export function metaBehind(
  { keepsHint }: { readonly keepsHint: boolean },
  before: Before,
  { flow, data }: Behind,
): ResponseMeta {
  const hint = keepsHint ? before.meta.format_hint : null;
  const whole = flow.kind === "document" ? wholeMeta(before.meta, flow) : {};
  const meta = { ...NO_META, format_hint: hint, ...whole };
  return { ...meta, ...columnsBehind(before, data, meta) };
}

/** A document stays one. Its rows are where they were, unless they were not asked for. */
function wholeMeta(
  { row_path: rowPath, preserve_json_document: isWhole }: ResponseMeta,
  { document, hadLists }: DocumentFlow,
): Partial<ResponseMeta> {
  if (rowPath === null) return { preserve_json_document: isWhole };
  const isAllGone = hadLists === true && !hasLists(document);
  const hasRows = document instanceof Map && (isAllGone || Array.isArray(document.get(rowPath)));
  return hasRows ? { row_path: rowPath } : { preserve_json_document: true };
}

type ColumnMeta = Pick<ResponseMeta, "columns" | "column_labels" | "column_align">;

function columnsBehind(before: Before, data: OrderedJson, meta: ResponseMeta): Partial<ColumnMeta> {
  const { column_labels: labels, column_align: aligns } = before.meta;
  const deep = deepColumns(before.meta, data, meta);
  if (labels === null && aligns.length === 0 && deep.length === 0) return {};
  const known = new Map(
    columnsOf(shownRows(before.data, before.meta), before.meta).map((column) => [column.key, column]),
  );
  const keys = columnsOf(shownRows(data, meta), NO_META).flatMap(({ key }) => [
    ...deep.filter((column) => column.startsWith(`${key}.`)),
    key,
  ]);
  if (!keys.some((key) => known.has(key))) return {};
  return {
    columns: keys,
    column_labels: labels && keys.map((key) => notBlank(known.get(key)?.label, key)),
    column_align: keys.map((key) => known.get(key)?.align ?? "default"),
  };
}

/** Columns that are filled from inside of members, such as `owner.team`, where rows still have something there. */
function deepColumns({ row_path: rowPath, columns }: ResponseMeta, data: OrderedJson, meta: ResponseMeta): string[] {
  const deep = (columns ?? []).filter((column) => column.includes("."));
  if (deep.length === 0 || rowPath === null || meta.row_path === null) return [];
  const rows = rowsOf(data, { ...meta, columns: deep });
  const isOwn = (column: string) => rows.some((row) => row.has(column) && (row.get(column) ?? null) !== null);
  return deep.filter(isOwn);
}

/** A key may be blank, a label may not. */
function notBlank(label: string | undefined, key: string): string {
  return label === undefined || label.trim() === "" ? key : label;
}

function shownRows(data: OrderedJson, meta: ResponseMeta): readonly Row[] {
  const groups = groupsOf(itemsOf(data, meta));
  return groups ? groups.flatMap(firstMembers) : rowsOf(data, meta);
}

function firstMembers(group: Group): Row[] {
  return [...membersOf(group)];
}
