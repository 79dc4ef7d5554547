// How plugins are told what happens to their tasks (`TaskDeliveries` says when): whether one takes calls now, and whether an
// event got as far as the plugin.

import { untilAborted } from "../base/until-aborted.ts";
import { toHostError } from "../protocol/errors.ts";
import { sortedMembers } from "../protocol/sorted-members.ts";
import type { TaskDeliveriesOptions } from "../tasks/task-deliveries.ts";
import type { NativeHost } from "./native-host.ts";

/**
 * Nothing is loaded for it: a plugin that does not run is told when somebody loads it.
 *
 * @param native undefined: no plugin was asked for yet.
 */
export function taskNews(native: () => Promise<NativeHost> | undefined): Pick<TaskDeliveriesOptions, "ready" | "tell"> {
  return {
    async ready(pluginId, signal) {
      try {
        const plugin = (await native())?.ownerOfTasks(pluginId);
        if (plugin === undefined) return false;
        if (plugin.state === "loaded") return true;
        if (plugin.state !== "loading" && plugin.state !== "waiting") return false;
        // One that is started again much later says so itself.
        await untilAborted(plugin.ready(), signal);
        return true;
      } catch {
        return false;
      }
    },
    async tell({ id, pluginId, agentId }, { kind, payload }, { signal, handed }) {
      let hasIt = false;
      const leave = new AbortController();
      const leaveUnlessHanded = () => {
        if (signal.aborted && !hasIt) leave.abort();
      };
      signal.addEventListener("abort", leaveUnlessHanded);
      const onHanded = (now: boolean) => {
        hasIt = now;
        if (hasIt) handed();
        leaveUnlessHanded();
      };
      try {
        const host = await native();
        const plugin = host?.ownerOfTasks(pluginId);
        leaveUnlessHanded();
        if (host === undefined || plugin === undefined || leave.signal.aborted) return false;
        const news = { agentId, taskId: id, kind, json: JSON.stringify(sortedMembers(payload)) };
        await untilAborted(host.tellTaskEvent(plugin, news, { signal: leave.signal, onHanded }), leave.signal);
        return true;
      } catch (error) {
        // It has none of its threads left for this call, which it did not begin.
        return hasIt && toHostError(error).code !== "plugin_overloaded";
      } finally {
        signal.removeEventListener("abort", leaveUnlessHanded);
      }
    },
  };
}
