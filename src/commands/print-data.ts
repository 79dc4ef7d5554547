// The one place where a command's data is printed: through the stages of the line's pipeline, in the format that was
// chosen. In an interactive shell the data is kept, to be shown again.

import type { OrderedJson } from "../base/ordered-json.ts";
import type { CommandIo } from "../terminal/io.ts";
import { jsonText } from "../terminal/json-text.ts";
import { lookOf } from "../terminal/look.ts";
import { printResult } from "../terminal/result.ts";
import type { Row } from "../terminal/rows.ts";
import { writeAll } from "../terminal/write-all.ts";
import type { Flags } from "./flags.ts";
import type { CommandResult } from "./session.ts";
import type { Settings } from "./settings.ts";

/** What is needed of a command's line to print its data. */
export interface PrintInput {
  readonly io: CommandIo;
  readonly flags: Readonly<Flags>;
}

/** Throws `pipeline_invalid` when a stage does not fit the data; nothing was printed then. */
export async function printData(input: PrintInput, settings: Settings, result: CommandResult): Promise<void> {
  if (settings.taker !== undefined) return settings.taker(result);
  const shown = await throughStages(input, result);
  keep(input, result);
  await print(input, settings, shown);
}

/** What the stages make of it; the same when there are none. */
export async function throughStages({ io, flags }: PrintInput, result: CommandResult): Promise<CommandResult> {
  if (flags.stages === undefined) return result;
  const { runPipeline } = await import("../terminal/pipeline/pipeline.ts");
  const { data, meta } = await runPipeline(flags.stages, result, { signal: io.signal });
  // Rows that are still what they were are shown as they were, as far as they have those members with --json.
  const rows = Array.isArray(data) ? data : [data];
  const isThere = (key: string) => rows.some((row) => row instanceof Map && row.has(key));
  return { data, meta, columns: flags.stages.keepsHint ? result.columns?.filter(isThere) : undefined };
}

/** For an interactive shell to show again. */
export function keep({ flags }: PrintInput, result: CommandResult): void {
  if (flags.session !== undefined) flags.session.last = { ...result, pipeline: flags.pipeline ?? "" };
}

async function print({ io, flags }: PrintInput, settings: Settings, result: CommandResult): Promise<void> {
  const { data, meta, columns, isWhole } = result;
  const { format, wish, pager } = settings;
  // Programs get all members.
  const isJson = format === "json" || (format === "auto" && meta.format_hint === "json");
  const shown = isJson || columns === undefined ? data : withColumns(data, columns);
  if (isJson && isWhole) await writeAll(io, jsonText(shown));
  else await printResult(io, shown, meta, { format, look: lookOf(io.stdout, io.env, wish), pager });
  if (flags.stages?.copies) await (await import("./copy-result.ts")).copyResult(io, settings, { data: shown, meta });
}

/** Only these members of each row. */
function withColumns(data: OrderedJson, columns: readonly string[]): OrderedJson {
  const shown = (row: OrderedJson) => (row instanceof Map ? shownRow(row, columns) : row);
  return Array.isArray(data) ? data.map(shown) : shown(data);
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
