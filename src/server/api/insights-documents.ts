// Rows of Insights as the control API gives them.

import type { CallFigures, InsightLine, InsightRow } from "../../protocol/insights-query.ts";

const DIGITS_OF_MS = 3;

export function lineDocument(line: InsightLine) {
  return {
    id: line.id,
    time: isoTime(line.time),
    plugin_id: line.pluginId,
    agent_id: line.agentId,
    kind: line.kind,
    method: line.method,
    path: line.path,
    status: line.status,
    duration_ms: milliseconds(line.durationMs),
    error_code: line.errorCode,
    trace_id: line.traceId,
    task_id: line.taskId,
  };
}

export function rowDocument(row: InsightRow) {
  return { ...lineDocument(row), request: row.request, response: row.response };
}

export function figuresDocument({ calls, errors, p50Ms, p95Ms }: CallFigures) {
  return { calls, errors, p50_ms: milliseconds(p50Ms), p95_ms: milliseconds(p95Ms) };
}

/** Also for a time that no calendar has. */
export function isoTime(time: number): string {
  const date = new Date(time);
  return (Number.isNaN(date.getTime()) ? new Date(0) : date).toISOString();
}

function milliseconds(value: number): number {
  return Number(value.toFixed(DIGITS_OF_MS));
}
