// Prints the rows of a built-in command, in the formats that plugins' rows are printed in.

import type { OrderedJson } from "../base/ordered-json.ts";
import type { CommandIo } from "../terminal/io.ts";
import { jsonText } from "../terminal/json-text.ts";
import { lookOf } from "../terminal/look.ts";
import { NO_META } from "../terminal/no-meta.ts";
import { printResult } from "../terminal/result.ts";
import type { Row } from "../terminal/rows.ts";
import { notify } from "./notify.ts";
import type { Settings } from "./settings.ts";

export interface ShowOptions {
  /** The members that a person gets to see, in this order; programs get all. */
  readonly columns?: readonly string[];
  /** What to say when there is no row. */
  readonly empty?: string;
  /** With `--json`, one document and not a list. */
  readonly single?: true;
  /** One row is the usual case: it is shown as a block and not as a table. */
  readonly few?: true;
}

/** Prints rows on stdout; says on stderr that there are none. */
export async function showRows(
  { io }: { io: CommandIo },
  settings: Settings,
  rows: readonly Row[],
  { columns, empty, single, few }: ShowOptions = {},
): Promise<void> {
  const { format, json, wish, pager } = settings;
  if (json) {
    const document: OrderedJson = single ? rows[0]! : [...rows];
    return io.stdout.write(jsonText(document));
  }
  if (rows.length === 0 && empty !== undefined) return notify(io, settings, "info", empty);
  const shown = columns === undefined ? rows : rows.map((row) => shownRow(row, columns));
  const look = lookOf(io.stdout, io.env, wish);
  // A lone row where many are possible is still a table.
  const best = format === "auto" && !single && !few ? "table" : format;
  await printResult(io, [...shown], NO_META, { format: best, look, pager });
}

/** A row of plain values, in order; undefined ones are left out. */
export function rowOf(members: Readonly<Record<string, OrderedJson | undefined>>): Row {
  const kept = Object.entries(members).filter((entry): entry is [string, OrderedJson] => entry[1] !== undefined);
  return new Map(kept);
}

function shownRow(row: Row, columns: readonly string[]): Row {
  return new Map(columns.map((key) => [key, shownValue(row.get(key))]));
}

/** Names one after the other; what is not there, or does not hold, is an empty cell. */
function shownValue(value: OrderedJson | undefined): OrderedJson {
  if (value === undefined || value === null) return "";
  if (typeof value === "boolean") return value ? "yes" : "no";
  return Array.isArray(value) && value.every((one) => typeof one === "string") ? value.join(", ") : value;
}
