// What must hold of rows, as SQL. All that comes from outside is a parameter.

import type { InsightsFilter, LogField } from "../protocol/insights-query.ts";

export interface Condition {
  /** With `WHERE`; empty when any row will do. */
  readonly where: string;
  readonly params: readonly unknown[];
}

type Part = readonly [sql: string, ...params: (string | number | null | undefined)[]];

interface Range {
  readonly idMin?: number;
  readonly idMax?: number;
}

/**
 * Of what was logged: members of an object, a number also when it is written otherwise. A text that is no JSON, or was cut, has
 * no members.
 */
const HAS_MEMBER = "EXISTS (SELECT 1 FROM json_each(CASE WHEN json_valid(request) THEN request END) WHERE key = ?";
const IS_VALUE =
  "CASE type WHEN 'text' THEN value = ? WHEN 'integer' THEN value = ? WHEN 'real' THEN value = ? ELSE type = ? END";

/** @param range rows with these ids alone, found by their ids; the others are found by their times. */
export function conditionOf(filter: Omit<InsightsFilter, "limit">, { idMin, idMax }: Range = {}): Condition {
  const { status, before } = filter;
  const all: readonly Part[] = [
    ["plugin_id = ?", filter.pluginId],
    ["agent_id = ?", filter.agentId],
    ["kind = ?", filter.kind],
    ["status BETWEEN ? AND ?", status?.min, status?.max],
    ["duration_ms >= ?", filter.durationMsMin],
    ["trace_id = ?", filter.traceId],
    ["task_id = ?", filter.taskId],
    ["time >= ?", filter.sinceMs],
    ["time < ?", filter.untilMs],
    ["time <= ? AND (time < ? OR id < ?)", before?.time, before?.time, before?.id],
    // The plus keeps SQLite from going through the rows by their ids and sorting them by time afterwards.
    ["+id <= ?", filter.idMax],
    ["id >= ?", idMin],
    ["id <= ?", idMax],
    // What costs most comes last.
    ["instr(lower(path), lower(?)) > 0", filter.text],
    ...(filter.field === undefined ? [] : [fieldPart(filter.field)]),
  ];
  const some = all.filter((part) => part[1] !== undefined);
  const where = some.length === 0 ? "" : `WHERE ${some.map(([sql]) => `(${sql})`).join(" AND ")}`;
  return { where, params: some.flatMap(([, ...params]) => params) };
}

function fieldPart({ name, value }: LogField): Part {
  if (value === undefined) return [`kind = 'log' AND ${HAS_MEMBER})`, name];
  const number = /^\s*[-+.\d]/.test(value) && Number.isFinite(Number(value)) ? Number(value) : null;
  return [`kind = 'log' AND ${HAS_MEMBER} AND ${IS_VALUE})`, name, value, number, number, value];
}
