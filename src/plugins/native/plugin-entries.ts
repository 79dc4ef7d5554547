// The entries of a plugin beside its tools: routes, changes of configuration, events of tasks, artifacts ("Osaurus: Plugin
// Authoring", callbacks). Each loads the plugin first where that is due, and does nothing where the plugin has no such
// function.

import { putU32 } from "../../base/frame-layout.ts";
import { CONFIG_CHANGED_MS_MAX, ROUTE_MS_MAX, TASK_EVENT_MS_MAX } from "../../protocol/limits.ts";
import { TASK_EVENT, type TaskEventKind } from "../../protocol/task.ts";
import type { NativePlugin } from "./native-plugin.ts";

/**
 * Hands a request to `handle_route`; gives the answer as the plugin gave it, unjudged. Undefined: the plugin has no such
 * function. Several requests run at once.
 */
export async function handleRoute(
  plugin: NativePlugin,
  request: { readonly agentId: string | undefined; readonly json: string; readonly traceId?: string | undefined },
): Promise<string | null | undefined> {
  if (!(await plugin.ready()).features.route) return undefined;
  return await plugin.call("route", [request.json], {
    agentId: request.agentId,
    traceId: request.traceId,
    deadlineMs: ROUTE_MS_MAX,
    countsHostCalls: true,
    what: "handle_route",
  });
}

/** Tells the plugin of a setting's new value (null: it was removed). One at a time, in the order of the calls. */
export async function changeConfig(
  plugin: NativePlugin,
  change: {
    readonly agentId: string | undefined;
    readonly key: string;
    readonly value: string | null;
    readonly traceId?: string | undefined;
  },
): Promise<void> {
  if (!(await plugin.ready()).features.config) return;
  await plugin.callInTurn("config", "config", [change.key, change.value], {
    agentId: change.agentId,
    traceId: change.traceId,
    deadlineMs: CONFIG_CHANGED_MS_MAX,
    what: "on_config_changed",
  });
}

/** Of a call that may have to be made again: what becomes of it before the plugin has it, and when it does. */
export interface Handing {
  /** When this is aborted before the plugin has the call, it never will: the call fails with `interrupted`. */
  readonly signal: AbortSignal;
  /** The plugin has it from now on; or, with `false`, its process ended before the call was begun, and it has it no more. */
  onHanded(hasIt: boolean): void;
}

/**
 * Tells the plugin what happens to a task of its own. One at a time for each task, side by side for several. A signal that
 * is aborted once the plugin has the event ends what the plugin asked for meanwhile.
 */
export async function sendTaskEvent(
  plugin: NativePlugin,
  event: {
    readonly agentId: string | undefined;
    readonly taskId: string;
    readonly kind: TaskEventKind;
    readonly json: string;
    readonly traceId?: string | undefined;
  },
  handing?: Handing,
): Promise<void> {
  if (!(await plugin.ready()).features.event) return;
  const kind = new Uint8Array(4);
  putU32(kind, 0, TASK_EVENT[event.kind]);
  await plugin.callInTurn(`task ${event.taskId}`, "event", [event.taskId, kind, event.json], {
    agentId: event.agentId,
    traceId: event.traceId,
    deadlineMs: TASK_EVENT_MS_MAX,
    what: "on_task_event",
    ...handing,
  });
}

/** Offers a shared artifact to a plugin whose manifest says that it wants them. What it answers does not matter. */
export async function offerArtifact(
  plugin: NativePlugin,
  artifact: { readonly agentId: string | undefined; readonly json: string; readonly deadlineMs: number },
): Promise<void> {
  const { abi, manifest } = await plugin.ready();
  if (abi < 2 || manifest.capabilities.artifact_handler !== true) return;
  await plugin.call("invoke", ["artifact", "share", artifact.json], {
    agentId: artifact.agentId,
    deadlineMs: artifact.deadlineMs,
    what: "the artifact handler",
  });
}
