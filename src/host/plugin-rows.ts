// The rows of Insights that are about a plugin itself: its tools' calls, its loads and crashes, what it logged, and what
// the host told it. What it asks its host is recorded where that is served.

import type { RunnerEnd } from "../plugins/native/runner-end.ts";
import type { Activity, Recorder } from "../protocol/activity.ts";
import { ERRORS, HostError } from "../protocol/errors.ts";
import type { PluginLogLine } from "../protocol/host-slots.ts";
import type { ToolCall, ToolOutcome } from "../tools/call-tool.ts";
import type { FailureKind } from "../tools/envelope.ts";

/** A call as it is timed. */
export interface Timed {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly startedAt: number;
  readonly traceId: string | undefined;
}

export function startTimed(traceId: string | undefined): Timed {
  return { time: Date.now(), startedAt: performance.now(), traceId };
}

const STATUS_OF_KIND: Readonly<Record<FailureKind, number>> = {
  invalid_args: 400,
  rejected: 403,
  user_denied: 403,
  tool_not_found: 404,
  execution_error: 500,
  unavailable: 503,
  timeout: 504,
};

/** One tool call that came to an outcome. */
export function recordTool(
  recorder: Recorder,
  pluginId: string,
  call: ToolCall,
  timed: Timed,
  { envelope, breakdown, answer, edited }: ToolOutcome,
): void {
  const ownCode = envelope.ok ? undefined : (breakdown?.code ?? envelope.code ?? envelope.kind);
  recorder.record({
    ...rowOf(pluginId, call, timed),
    // What the plugin got, and not what the caller wanted it to get.
    ...(edited === undefined ? {} : { request: edited }),
    status: envelope.ok ? 200 : breakdown ? ERRORS[breakdown.code].http : STATUS_OF_KIND[envelope.kind],
    response: answer ?? (envelope.ok ? null : JSON.stringify(envelope)),
    errorCode: ownCode,
  });
}

/** One tool call that its caller got wrong, or gave up. */
export function recordFailedTool(
  recorder: Recorder,
  pluginId: string,
  call: ToolCall,
  timed: Timed,
  error: HostError,
): void {
  const { code, message } = error;
  const row = rowOf(pluginId, call, timed);
  recorder.record({ ...row, status: ERRORS[code].http, response: message, errorCode: code });
}

function rowOf(pluginId: string, call: ToolCall, { time, startedAt, traceId }: Timed) {
  return {
    time,
    pluginId,
    agentId: call.agentId,
    kind: "tool",
    method: "POST",
    path: `/tools/${call.tool}`,
    durationMs: performance.now() - startedAt,
    request: call.input,
    traceId,
  } as const satisfies Partial<Activity>;
}

interface LoadFacts {
  readonly version?: string | undefined;
  /** The file of a library that is not installed. */
  readonly library?: string | undefined;
  readonly durationMs: number;
  readonly error?: HostError;
}

/** A load, or the failure of one. The row of a library that is not installed says which file it is. */
export function recordLoad(
  recorder: Recorder,
  pluginId: string,
  { version, library, durationMs, error }: LoadFacts,
): void {
  recorder.record({
    time: Date.now() - durationMs,
    pluginId,
    agentId: undefined,
    kind: "load",
    method: "LOAD",
    path: version === undefined ? "/load" : `/load/${version}`,
    status: error === undefined ? 200 : ERRORS[error.code].http,
    durationMs,
    request: library === undefined ? null : JSON.stringify({ library }),
    response: error?.message ?? null,
    errorCode: error?.code,
    traceId: undefined,
  });
}

/** A runner that ended by itself. */
export function recordCrash(recorder: Recorder, pluginId: string, story: string, end: RunnerEnd): void {
  const isCrash = end.fault !== undefined || end.closedFor === undefined;
  recorder.record({
    time: Date.now(),
    pluginId,
    agentId: undefined,
    kind: "crash",
    method: "CRASH",
    path: "/runner",
    status: 500,
    durationMs: 0,
    request: null,
    response: story,
    errorCode: isCrash ? "plugin_crashed" : (end.closedFor?.code ?? "plugin_stopped"),
    traceId: undefined,
  });
}

const LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"] as const;
const STATUS_OF_LEVEL: readonly number[] = [200, 200, 200, 299, 500];

/** One line that the plugin logged ("Osaurus: Host API", logging). */
export function recordLog(recorder: Recorder, pluginId: string, line: PluginLogLine): void {
  const { level, message, payload, agentId, traceId } = line;
  recorder.record({
    time: Date.now(),
    pluginId,
    agentId,
    kind: "log",
    method: "LOG",
    path: `[${LEVELS[level] ?? "LOG"}] ${message}`,
    status: STATUS_OF_LEVEL[level] ?? 200,
    durationMs: 0,
    request: payload ?? message,
    response: null,
    traceId,
  });
}

interface Told {
  readonly kind: "route" | "config" | "event";
  readonly method: string;
  readonly path: string;
  readonly agentId: string | undefined;
  readonly request: string | null;
  readonly taskId?: string | undefined;
}

/** What a client saw of a call to a route. */
export interface RouteShown {
  readonly status: number;
  readonly response: string | null;
  readonly errorCode: string | undefined;
}

/** Says what the client gets for what the plugin gave, or for why it gave nothing. Must not throw. */
export type RouteJudge = (given: string | null | HostError) => RouteShown;

/** Runs a call of the host to the plugin and records it; a failure is recorded and thrown on. */
export async function recorded<T extends string | null | undefined>(
  recorder: Recorder,
  pluginId: string,
  told: Told,
  timed: Timed,
  work: () => Promise<T>,
  judge?: RouteJudge,
): Promise<T> {
  const finish = (shown: RouteShown) =>
    recorder.record({
      ...told,
      ...shown,
      time: timed.time,
      pluginId,
      durationMs: performance.now() - timed.startedAt,
      traceId: timed.traceId,
    });
  let answer: T;
  try {
    answer = await work();
  } catch (error) {
    const { code, message } = error as HostError;
    const isKnown = error instanceof HostError;
    if (judge !== undefined && isKnown) finish(judge(error));
    else finish({ status: isKnown ? ERRORS[code].http : 500, response: message, errorCode: code });
    throw error;
  }
  if (judge !== undefined && answer !== undefined) finish(judge(answer));
  else finish({ status: 200, response: answer ?? null, errorCode: undefined });
  return answer;
}
