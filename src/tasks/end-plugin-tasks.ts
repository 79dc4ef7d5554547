// What becomes of the tasks of a plugin that is removed: they are cancelled, and where it still runs, in whichever host, it
// hears of that.

import { TASKS_FAREWELL_MS_MAX, TASKS_LISTED_MAX } from "../protocol/limits.ts";
import { isOver } from "../protocol/task.ts";
import type { TaskStore } from "../store/tasks.ts";
import { untilDone } from "./ask-owner.ts";
import type { TaskDeliveries } from "./task-deliveries.ts";
import type { TaskDesk } from "./task-desk.ts";

interface Farewell {
  readonly store: TaskStore;
  readonly desk: TaskDesk;
  readonly deliveries: TaskDeliveries;
  readonly signal: AbortSignal;
}

/** Resolves when the plugin was told, or it took too long. What cannot be ended is forgotten as it is. */
export async function endPluginTasks(farewell: Farewell, pluginId: string): Promise<void> {
  const { store, desk, deliveries } = farewell;
  const statuses = ["running", "awaitingClarification"] as const;
  const open = await store.list({ pluginId, statuses, limit: TASKS_LISTED_MAX });
  const elsewhere = open.map(async ({ id }) => {
    const isElsewhere = (await desk.cancel(id, pluginId).catch(() => "unknown")) === "elsewhere";
    if (isElsewhere) await store.wish(id, { kind: "cancel" });
    return isElsewhere ? [id] : [];
  });
  const ids = (await Promise.all(elsewhere)).flat();
  await Promise.all([untilToldElsewhere(farewell, ids), deliveries.idle(pluginId, TASKS_FAREWELL_MS_MAX)]);
}

async function untilToldElsewhere({ store, signal }: Farewell, ids: readonly string[]): Promise<void> {
  const isTold = async (id: string) => {
    const task = await store.byId(id);
    return task === undefined || (isOver(task) && (await store.nextUntold(id)) === undefined);
  };
  const isDone = async () => (await Promise.all(ids.map(isTold))).every((told) => told);
  await untilDone({ isDone, signal, msMax: TASKS_FAREWELL_MS_MAX });
}
