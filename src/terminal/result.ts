// Prints a result on stdout: which format, and what it looks like.

import { formatOrderedJson, type OrderedJson } from "../base/ordered-json.ts";
import type { ResponseMeta } from "../protocol/process-plugin.ts";
import type { Output } from "./io.ts";
import type { Look } from "./look.ts";
import { neutralise } from "./neutralise.ts";
import { jsonOf, plainText, type Row, rowsOf, tableOf } from "./rows.ts";
import { renderTable } from "./table.ts";

/** The formats that a user can ask for. */
export const FORMATS = ["auto", "json", "table", "value"] as const;
export type Format = (typeof FORMATS)[number];

/** Prints `data` in the wanted format; `auto` follows the plugin's hint, then the shape of the data. */
export async function printResult(
  stdout: Output,
  data: OrderedJson,
  meta: ResponseMeta,
  { format, look }: { format: Format; look: Look },
): Promise<void> {
  const rows = rowsOf(data, meta);
  switch (format === "auto" ? autoFormat(rows, meta) : format) {
    case "json":
      return stdout.write(`${formatOrderedJson(jsonOf(data, meta), 2)}\n`);
    case "value":
      return stdout.write(valueLines(rows, stdout.isTerminal));
    case "table":
      return stdout.write(await renderTable(tableOf(rows, meta), look));
  }
}

function autoFormat(rows: readonly Row[], meta: ResponseMeta): Exclude<Format, "auto"> {
  const { format_hint: hint } = meta;
  if (hint === "json" || hint === "table" || hint === "value") return hint;
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
