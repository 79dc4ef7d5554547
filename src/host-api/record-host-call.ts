// One row of Insights for each host call: what it is called there, and what of it is kept. Values of settings and
// parameters of SQL are not; what else is a secret is taken out where rows are written.

import { type Recorder, statusOfCode } from "../protocol/activity.ts";
import type { HostCall, HostFunction } from "../protocol/host-slots.ts";
import { FILE_REQUEST_CHARS_MAX } from "../protocol/limits.ts";
import type { HostAnswer } from "./host-answer.ts";

interface Shape {
  readonly method: string;
  path(args: HostCall["args"]): string;
  /** What is kept of the request; nothing when left out. */
  request?(args: HostCall["args"]): string | null;
  /** The answer is kept. */
  readonly keepsAnswer?: true;
  /** When it went well; 200 when left out. */
  readonly status?: number;
  /** Whatever the answer was. */
  readonly always?: number;
}

const task = (args: HostCall["args"]) => `/host-api/tasks/${args[0] ?? ""}`;
const config = (args: HostCall["args"]) => `/host-api/config/${args[0] ?? ""}`;
const first = (args: HostCall["args"]) => args[0] ?? null;
const second = (args: HostCall["args"]) => args[1] ?? null;

const SHAPES: Partial<Record<HostFunction, Shape>> = {
  config_get: { method: "GET", path: config },
  config_set: { method: "PUT", path: config },
  config_delete: { method: "DELETE", path: config },
  db_exec: { method: "POST", path: () => "/host-api/db/exec", request: first, keepsAnswer: true },
  db_query: { method: "POST", path: () => "/host-api/db/query", request: first },
  complete: { method: "POST", path: () => "/host-api/chat/completions", request: first, keepsAnswer: true },
  complete_stream: { method: "POST", path: () => "/host-api/chat/completions", request: first, keepsAnswer: true },
  embed: { method: "POST", path: () => "/host-api/embeddings", request: first, keepsAnswer: true },
  list_models: { method: "GET", path: () => "/host-api/models", keepsAnswer: true },
  dispatch: { method: "POST", path: () => "/host-api/dispatch", request: first, keepsAnswer: true, status: 202 },
  task_status: { method: "GET", path: task, keepsAnswer: true },
  list_active_tasks: { method: "GET", path: () => "/host-api/tasks", keepsAnswer: true },
  dispatch_cancel: { method: "DELETE", path: task, always: 204 },
  send_draft: { method: "POST", path: (args) => `${task(args)}/draft`, request: second, always: 200 },
  dispatch_interrupt: { method: "POST", path: (args) => `${task(args)}/interrupt`, request: second, always: 200 },
  dispatch_clarify: { method: "POST", path: (args) => `${task(args)}/clarify`, request: second, always: 410 },
  dispatch_add_issue: { method: "POST", path: (args) => `${task(args)}/issues`, request: second, always: 501 },
  complete_cancel: { method: "DELETE", path: (args) => `/host-api/streams/${args[0] ?? ""}`, always: 204 },
  http_request: {
    method: "GET",
    path: () => "/host-api/http", // A request that could be read has a heading of its own.
    request: first,
    keepsAnswer: true,
  },
  file_read: {
    method: "GET",
    path: (args) => `/host-api/file_read → ${memberOf(args[0], "path") ?? ""}`,
    request: first,
  },
};

/** Records one host call that was answered. */
export function recordHostCall(
  recorder: Recorder,
  pluginId: string,
  call: HostCall,
  answer: string | null | HostAnswer,
  time: number,
  durationMs: number,
): void {
  const shape = SHAPES[call.name];
  if (shape === undefined) return;
  const { args } = call;
  const told = answer === null || typeof answer === "string" ? { text: answer } : answer;
  const { text, errorCode, status, shown, heading } = told as HostAnswer;
  recorder.record({
    time,
    pluginId,
    agentId: call.agentId,
    kind: "host",
    method: heading?.method ?? shape.method,
    path: heading?.path ?? shape.path(args),
    status: shape.always ?? status ?? (errorCode === undefined ? (shape.status ?? 200) : statusOfCode(errorCode)),
    durationMs,
    request: shape.request?.(args) ?? null,
    response: shown !== undefined ? shown : errorCode !== undefined || shape.keepsAnswer ? text : null,
    errorCode,
    traceId: call.traceId,
  });
}

/** Records a warning about how a plugin uses its host, as a line of its log. */
export function recordWarning(recorder: Recorder, pluginId: string, text: string): void {
  recorder.record({
    time: Date.now(),
    pluginId,
    agentId: undefined,
    kind: "log",
    method: "LOG",
    path: `[WARN] ${text}`,
    status: 299,
    durationMs: 0,
    request: text,
    response: null,
    traceId: undefined,
  });
}

/** A member of a JSON text, for the path of a row: nothing when it is none. */
function memberOf(json: string | null | undefined, name: string): unknown {
  if (typeof json !== "string" || json.length > FILE_REQUEST_CHARS_MAX) return undefined;
  try {
    const value = (JSON.parse(json) as Record<string, unknown> | null)?.[name];
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}
