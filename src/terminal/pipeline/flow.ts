// From a plugin's data to what flows through stages, and back.

import type { OrderedJson } from "../../base/ordered-json.ts";
import type { HostError } from "../../protocol/errors.ts";
import { PIPELINE_ROWS_MAX } from "../../protocol/limits.ts";
import type { ResponseMeta } from "../../protocol/process-plugin.ts";
import { type Group, groupsOf } from "../groups.ts";
import { type Row, rowsOf } from "../rows.ts";
import { eachOf, inBatches } from "./batches.ts";
import { type Place, pipelineError } from "./pipeline-error.ts";
import type { Flow, Run } from "./verb.ts";

/** Flows that are made of rows, and those that are not. */
export type RowFlow = Exclude<Flow, { kind: "document" }>;
export type DocumentFlow = Extract<Flow, { kind: "document" }>;

export function flowOf(data: OrderedJson, meta: ResponseMeta): Flow {
  const document = documentOf(data, meta);
  return document === undefined ? rowFlowOf(data) : { kind: "document", document, hadLists: meta.row_path !== null };
}

/** Data that is a list, or becomes one. */
export function rowFlowOf(data: OrderedJson): RowFlow {
  const groups = groupsOf(data);
  return groups
    ? { kind: "groups", groups: inBatches(groups) }
    : { kind: "rows", rows: inBatches(rowsOf(data, NO_DOCUMENT)) };
}

export const NO_DOCUMENT = { columns: null, row_path: null, preserve_json_document: false } as const;

/** The data, where it is to be taken as a document. */
function documentOf(data: OrderedJson, meta: ResponseMeta): OrderedJson | undefined {
  const { row_path: rowPath, preserve_json_document: isWhole, format_hint: hint } = meta;
  if (rowPath !== null && data instanceof Map) return withRows(data, rowPath);
  if (isWhole && (data instanceof Map || (Array.isArray(data) && data.every((item) => item instanceof Map))))
    return data;
  const single = Array.isArray(data) && data.length === 1 ? data[0]! : data;
  if (!(single instanceof Map)) return undefined;
  if (hint === "guide") return single;
  const isBlock = hint === "md" || hint === "markdown" || hint === "mreg";
  return isBlock && [...single.values()].some(isNested) ? single : undefined;
}

export function isNested(value: OrderedJson): boolean {
  return value instanceof Map || Array.isArray(value);
}

/** A document whose rows are all objects, as they are shown. */
function withRows(document: Row, rowPath: string): Row {
  const items = document.get(rowPath);
  if (!Array.isArray(items) || items.every((item) => item instanceof Map)) return document;
  return new Map(document).set(rowPath, rowsOf(items, NO_DOCUMENT));
}

/** All that flows out of a stage, which stands at `place`. Throws the signal's reason once it is aborted. */
export async function dataOf(flow: Flow, run: Run, place: Place): Promise<OrderedJson> {
  if (flow.kind === "document") return flow.document;
  const items: OrderedJson[] = [];
  const take = (item: OrderedJson) => {
    if (items.length === PIPELINE_ROWS_MAX) throw tooManyRows(place);
    items.push(item);
  };
  if (flow.kind === "rows") await eachOf(flow.rows, run, take);
  else await eachOf(flow.groups, run, (group) => take(groupItem(group)));
  return items;
}

function tooManyRows(place: Place): HostError {
  const message = `the last stage makes more than ${PIPELINE_ROWS_MAX} rows`;
  return pipelineError(place, message, 'end it with a stage that takes fewer, such as "L 100"');
}

/** A group as it stands in data. */
export function groupItem({ groups, aggregates, rows }: Group): Row {
  return new Map<string, OrderedJson>([
    ["groups", groups],
    ["aggregates", aggregates],
    ["rows", [...rows]],
  ]);
}
