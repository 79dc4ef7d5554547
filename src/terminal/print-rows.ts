// Prints data that no plugin said anything about: no columns, no labels, no wishes.

import type { OrderedJson } from "../base/ordered-json.ts";
import type { ResponseMeta } from "../protocol/process-plugin.ts";
import type { CommandIo } from "./io.ts";
import { type Choice, lookOf } from "./look.ts";
import { printResult } from "./result.ts";

const NO_META: ResponseMeta = {
  format_hint: null,
  columns: null,
  column_align: [],
  column_labels: null,
  row_path: null,
  preserve_json_document: false,
};

/** A table of rows, or plain lines for plain values, on stdout. */
export async function printRows(io: CommandIo, data: OrderedJson, color: Choice): Promise<void> {
  const look = lookOf(io.stdout, io.env, { color, unicode: "auto" });
  await printResult(io, data, NO_META, { format: "auto", look });
}
