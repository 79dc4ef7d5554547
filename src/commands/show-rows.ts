// Prints the rows of a built-in command, in the formats that plugins' rows are printed in.

import type { OrderedJson } from "../base/ordered-json.ts";
import { NO_META } from "../terminal/no-meta.ts";
import type { Row } from "../terminal/rows.ts";
import { metaOf } from "./data-meta.ts";
import { notify } from "./notify.ts";
import { type PrintInput, printData } from "./print-data.ts";
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
  input: PrintInput,
  settings: Settings,
  rows: readonly Row[],
  { columns, empty, single, few }: ShowOptions = {},
): Promise<void> {
  if (rows.length === 0 && empty !== undefined && !settings.json) return notify(input.io, settings, "info", empty);
  // A lone row where many are possible is still a table.
  const data: OrderedJson = single ? rows[0]! : [...rows];
  const meta = single ? metaOf(data) : few ? NO_META : { ...NO_META, format_hint: "table" };
  await printData(input, settings, { data, meta, columns, isWhole: true });
}

/** A row of plain values, in order; undefined ones are left out. */
export function rowOf(members: Readonly<Record<string, OrderedJson | undefined>>): Row {
  const kept = Object.entries(members).filter((entry): entry is [string, OrderedJson] => entry[1] !== undefined);
  return new Map(kept);
}
