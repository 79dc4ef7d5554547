// Prints a result on stdout: which format, and what it looks like.

import { formatOrderedJson, type OrderedJson } from "../base/ordered-json.ts";
import { TABLE_CELLS_MAX } from "../protocol/limits.ts";
import type { ResponseMeta } from "../protocol/process-plugin.ts";
import type { CommandIo } from "./io.ts";
import { labelled } from "./labelled.ts";
import type { Look } from "./look.ts";
import { neutralise } from "./neutralise.ts";
import { cellCount, jsonOf, plainText, type Row, rowsOf, tableOf } from "./rows.ts";
import { renderTable } from "./table.ts";

/** The formats that a user can ask for. */
export const FORMATS = ["auto", "json", "table", "value"] as const;
export type Format = (typeof FORMATS)[number];

const WRITE_CHARS_MIN = 65_536;

/**
 * Prints `data` in the wanted format; `auto` follows the plugin's hint, then the shape of the data. What is too large
 * for a table is printed as JSON, a row a line, with a note on stderr.
 */
export async function printResult(
  { stdout, stderr }: Pick<CommandIo, "stdout" | "stderr">,
  data: OrderedJson,
  meta: ResponseMeta,
  { format, look }: { format: Format; look: Look },
): Promise<void> {
  if (format === "json" || (format === "auto" && meta.format_hint === "json")) {
    return stdout.write(`${formatOrderedJson(jsonOf(data, meta), 2)}\n`);
  }
  const isLarge = cellCount(data, meta) > TABLE_CELLS_MAX;
  // With a row path every row is filled up with all columns, which is as much as the table.
  const rows = rowsOf(data, isLarge && meta.row_path !== null ? { ...meta, columns: null } : meta);
  if ((format === "auto" ? autoFormat(rows, meta) : format) === "value") {
    return stdout.write(valueLines(rows, stdout.isTerminal));
  }
  const table = isLarge ? undefined : await renderTable(tableOf(rows, meta), look);
  if (table !== undefined) return stdout.write(table);
  stderr.write(labelled("info", "the result is too large for a table; its rows follow as JSON, one a line"));
  let lines = "";
  for (const row of rows) {
    lines += `${formatOrderedJson(row)}\n`;
    if (lines.length < WRITE_CHARS_MIN) continue;
    stdout.write(lines);
    lines = "";
  }
  stdout.write(lines);
}

function autoFormat(rows: readonly Row[], { format_hint: hint }: ResponseMeta): "table" | "value" {
  if (hint === "table" || hint === "value") return hint;
  if (rows.length === 0) return "table"; // The heads of the columns, if any are known.
  return rows.every((row) => row.size === 1 && row.has("value")) ? "value" : "table";
}

/** A line for every cell that is not null. Programs get the exact text, a screen never gets control characters. */
function valueLines(rows: readonly Row[], isTerminal: boolean): string {
  let text = "";
  for (const row of rows) {
    for (const value of row.values()) {
      if (value !== null) text += `${isTerminal ? neutralise(plainText(value)) : plainText(value)}\n`;
    }
  }
  return text;
}
