// Prints a result on stdout: which format, and what it looks like.

import { formatOrderedJson, type OrderedJson } from "../base/ordered-json.ts";
import { type Format, formatNamed } from "../protocol/formats.ts";
import { TABLE_CELLS_MAX, TABLE_CHARS_MAX } from "../protocol/limits.ts";
import type { ResponseMeta } from "../protocol/process-plugin.ts";
import { type Group, groupCellCount, groupsOf } from "./groups.ts";
import type { CommandIo } from "./io.ts";
import { jsonText } from "./json-text.ts";
import { printLabelled } from "./labelled.ts";
import { textOfLines } from "./lines.ts";
import type { Look } from "./look.ts";
import { type PagedIo, type Pager, printPaged } from "./pager.ts";
import { areValues, cellCount, columnsOf, isCurated, itemsOf, jsonOf, type Row, rowsOf, tableOf } from "./rows.ts";
import { isTableReadable, tableLines } from "./table.ts";
import { type Measure, measureFor } from "./text-width.ts";
import { groupValueLines, valueLines } from "./value-lines.ts";
import { writeAll } from "./write-all.ts";

const WRITE_CHARS_MIN = 65_536;

type ResultIo = PagedIo & Pick<CommandIo, "stderr">;

interface ResultOptions {
  /** What the user chose, by a flag or in the configuration. */
  readonly format: Format;
  readonly look: Look;
  readonly pager?: Pager | undefined;
}

/**
 * Prints `data` in the wanted format; `auto` follows the plugin's hint, then the shape of the data. What is too large
 * for a table is printed as JSON, a row a line, with a note on stderr. On a terminal, what is higher than the screen goes
 * through the pager.
 */
export async function printResult(
  io: ResultIo,
  data: OrderedJson,
  meta: ResponseMeta,
  { format, look, pager = "auto" }: ResultOptions,
): Promise<void> {
  const hint = formatNamed(meta.format_hint ?? "") ?? "auto";
  const wanted = format === "auto" ? hint : format;
  if (wanted === "json") return await writeAll(io, jsonText(jsonOf(data, meta), look));
  const result = resultOf(data, meta);
  const shown = isCurated(data, meta) ? columnsThatAreThere(result.rows[0]!, meta) : meta;
  const chosen = wanted === "auto" ? inferred(result) : wanted;
  const drawn = { meta: shown, look, exact: !io.stdout.isTerminal };
  const lines = result.groups ? await linesOfGroups(chosen, result, drawn) : await linesOfRows(chosen, result, drawn);
  const isUnbounded = chosen === "value" && result.groups === undefined; // No more than there is of the data.
  const charsMax = isUnbounded ? Number.POSITIVE_INFINITY : TABLE_CHARS_MAX;
  // Programs get values as they are.
  const margin = chosen === "value" && drawn.exact ? 0 : look.margin;
  const text = lines && textOfLines(lines, { charsMax, margin });
  if (text !== undefined) return await printPaged(io, text, { json: false, pager });
  printLabelled(io.stderr, "info", "the result is too large for a table; its rows follow as JSON, one a line");
  await printJsonLines(io, result);
}

/** Of a document that shows only listed columns, those that it has: an empty one would be no news. */
function columnsThatAreThere(row: Row, meta: ResponseMeta): ResponseMeta {
  const places = [...(meta.columns ?? []).keys()].filter((place) => row.has(meta.columns![place]!));
  return {
    ...meta,
    columns: places.map((place) => meta.columns![place]!),
    column_labels: meta.column_labels && places.map((place) => meta.column_labels![place]!),
    column_align: places.map((place) => meta.column_align[place] ?? "default"),
  };
}

/** The result as rows, and where it is grouped, as groups. */
interface Result {
  readonly rows: readonly Row[];
  readonly groups: readonly Group[] | undefined;
  /** It has too many cells for a table. */
  readonly isLarge: boolean;
}

function resultOf(data: OrderedJson, meta: ResponseMeta): Result {
  const items = itemsOf(data, meta);
  const groups = groupsOf(items);
  if (groups) {
    const isLarge = groupCellCount(groups, meta.columns?.length ?? 0) > TABLE_CELLS_MAX;
    return { rows: items as Row[], groups, isLarge };
  }
  const isLarge = cellCount(data, meta) > TABLE_CELLS_MAX;
  // With a row path every row is filled up with all columns, which is as much as the table.
  const rows = rowsOf(data, isLarge && meta.row_path !== null ? { ...meta, columns: null } : meta);
  return { rows, groups, isLarge };
}

type DrawnFormat = Exclude<Format, "auto" | "json">;

function inferred({ rows, groups }: Result): DrawnFormat {
  if (groups || rows.length === 0) return "table"; // Of no rows: the heads of the columns, if any are known.
  if (areValues(rows)) return "value";
  return rows.length === 1 ? "mreg" : "table";
}

interface Drawn {
  readonly meta: ResponseMeta;
  readonly look: Look;
  /** Whether `value` keeps control characters. */
  readonly exact: boolean;
}

type Lines = Iterable<string> | undefined;

/** The lines of a format; undefined when the rows are too many for it. */
async function linesOfRows(format: DrawnFormat, result: Result, { meta, look, exact }: Drawn): Promise<Lines> {
  const { rows, isLarge } = result;
  const { columns } = meta;
  if (format === "value") return valueLines(rows, { columns, exact });
  if (format === "guide" && areValues(rows)) return valueLines(rows, { columns, exact: false });
  const isBlock = rows.length === 1 && (format === "mreg" || format === "guide");
  if (isLarge && !isBlock) return undefined;
  const measure = await measureOf(rows, meta);
  if (isBlock) {
    const { mregLines } = await import("./mreg.ts");
    return mregLines(rows[0]!, columnsOf(rows, meta), { look, measure });
  }
  if (format === "md") {
    const { bulletTree, isNested, markdownTable } = await import("./markdown.ts");
    const isTree = rows.length === 1 && isNested(rows[0]!);
    return isTree ? bulletTree(rows[0]!, columnsOf(rows, meta)) : markdownTable(tableOf(rows, meta), measure);
  }
  const hasNothing = rows.length === 0 && format !== "table";
  if (hasNothing) return [];
  const table = tableOf(rows, meta);
  if (exact || isTableReadable(table, look, measure)) return tableLines(table, look, measure);
  const { rowBlocks } = await import("./mreg.ts");
  return rowBlocks(rows, columnsOf(rows, meta), { look, measure });
}

async function linesOfGroups(format: DrawnFormat, result: Result, { meta, look, exact }: Drawn): Promise<Lines> {
  const { isLarge } = result;
  const groups = result.groups!;
  if (format === "value") return groupValueLines(groups, { columns: meta.columns, exact });
  if (isLarge) return undefined;
  const { groupBlocks, groupMarkdown, groupTables } = await import("./group-lines.ts");
  const drawing = { meta, look, measure: await measureOf(result.rows, meta) };
  if (format === "md") return groupMarkdown(groups, drawing);
  return format === "mreg" ? groupBlocks(groups, drawing) : groupTables(groups, drawing);
}

async function measureOf(rows: readonly Row[], meta: ResponseMeta): Promise<Measure> {
  return await measureFor([[...rows], [...(meta.columns ?? [])], [...(meta.column_labels ?? [])]]);
}

async function printJsonLines(io: ResultIo, { rows }: Result): Promise<void> {
  let lines = "";
  for (const row of rows) {
    lines += `${formatOrderedJson(row)}\n`;
    if (lines.length < WRITE_CHARS_MIN) continue;
    await writeAll(io, lines);
    lines = "";
  }
  await writeAll(io, lines);
}
