// What a tool gave, on the screen or through stages: texts as they are, objects as JSON unless a format is asked for, lists
// of objects as a table.

import type { OrderedJson } from "../base/ordered-json.ts";
import { neutralise } from "../terminal/neutralise.ts";
import { writeAll } from "../terminal/write-all.ts";
import { metaOf, rowsOfText } from "./data-meta.ts";
import { keep, type PrintInput, printData } from "./print-data.ts";
import type { CommandResult } from "./session.ts";
import type { Settings } from "./settings.ts";

export async function showToolResult(input: PrintInput, settings: Settings, result: OrderedJson): Promise<void> {
  const text = result instanceof Map ? result.get("text") : result;
  if (typeof text !== "string" || settings.json || input.flags.stages !== undefined) {
    // Stages work on the lines of a text.
    const isText = typeof result === "string" && input.flags.stages !== undefined;
    return await printData(input, settings, asResult(isText ? rowsOfText(result) : result));
  }
  keep(input, asResult(rowsOfText(text)));
  await writeAll(input.io, `${neutralise(text)}${text.endsWith("\n") ? "" : "\n"}`);
}

function asResult(data: OrderedJson): CommandResult {
  const meta = metaOf(data);
  return { data, meta: data instanceof Map ? { ...meta, format_hint: "json" } : meta, isWhole: true };
}
