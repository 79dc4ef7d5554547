// The entries of a plugin beside its tools, each call with its row in Insights and a trace of its own.

import { randomUUID } from "node:crypto";
import type { NativePlugin } from "../plugins/native/native-plugin.ts";
import { changeConfig, type Handing, handleRoute, sendTaskEvent } from "../plugins/native/plugin-entries.ts";
import type { Recorder } from "../protocol/activity.ts";
import type { TaskEventKind } from "../protocol/task.ts";
import { type RouteJudge, recorded, startTimed } from "./plugin-rows.ts";
import type { PluginWatch } from "./plugin-watch.ts";

interface Told {
  readonly plugin: NativePlugin;
  readonly shownId: string;
  readonly recorder: Recorder;
  readonly watch?: PluginWatch | undefined;
}

/** A request as the plugin gets it, and what Insights shows of it. */
export interface RouteRequest {
  readonly agentId: string | undefined;
  readonly json: string;
  readonly method: string;
  readonly path: string;
  readonly body: string | null;
}

/** What happens to a task of a plugin. */
export interface TaskNews {
  readonly agentId: string | undefined;
  readonly taskId: string;
  readonly kind: TaskEventKind;
  readonly json: string;
}

/**
 * See `handleRoute`. The row shows the call as `judge` says that its client saw it; without it, as it went.
 */
export async function callRoute(
  { plugin, shownId, recorder }: Told,
  request: RouteRequest,
  judge?: RouteJudge,
): Promise<string | null | undefined> {
  if (!(await plugin.ready()).features.route) return undefined;
  const { agentId, json, method, path, body } = request;
  const timed = startTimed(randomUUID());
  const row = { kind: "route", method, path, agentId, request: body } as const;
  const work = () => handleRoute(plugin, { agentId, json, traceId: timed.traceId });
  return await recorded(recorder, shownId, row, timed, work, judge);
}

/** See `changeConfig`. The value stays out of the row. */
export async function tellConfig(
  { plugin, shownId, recorder, watch }: Told,
  change: { readonly agentId: string | undefined; readonly key: string; readonly value: string | null },
): Promise<void> {
  if (!(await plugin.ready()).features.config) return;
  const { agentId, key, value } = change;
  watch?.configChange({ agentId, key, value });
  const timed = startTimed(randomUUID());
  const method = value === null || value === "" ? "DELETE" : "PUT";
  const row = { kind: "config", method, path: `/config/${key}`, agentId, request: null } as const;
  await recorded(recorder, shownId, row, timed, async () => {
    await changeConfig(plugin, { ...change, traceId: timed.traceId });
    return undefined;
  });
}

/** See `sendTaskEvent`. */
export async function tellTaskEvent(
  { plugin, shownId, recorder, watch }: Told,
  event: TaskNews,
  handing?: Handing,
): Promise<void> {
  if (!(await plugin.ready()).features.event) return;
  const { agentId, taskId, kind, json } = event;
  watch?.taskEvent(event);
  const timed = startTimed(randomUUID());
  const row = {
    kind: "event",
    method: "EVENT",
    path: `/tasks/${taskId}/${kind}`,
    agentId,
    taskId,
    request: json,
  } as const;
  await recorded(recorder, shownId, row, timed, async () => {
    await sendTaskEvent(plugin, { ...event, traceId: timed.traceId }, handing);
    return undefined;
  });
}
