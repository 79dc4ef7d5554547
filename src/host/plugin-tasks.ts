// What plugins may do with tasks; nothing of it is loaded before one does.

import type { PluginTasks } from "../host-api/plugin-tasks.ts";
import type { TasksHost } from "./tasks-host.ts";

export function pluginTasks(openTasks: () => Promise<TasksHost>): PluginTasks {
  return {
    dispatch: async (request) => await (await openTasks()).dispatch(request),
    report: async (pluginId, taskId) => await (await openTasks()).report(pluginId, taskId),
    active: async (pluginId) => await (await openTasks()).active(pluginId),
    cancel: async (pluginId, taskId) => await (await openTasks()).cancelOwn(pluginId, taskId),
    interrupt: async (pluginId, taskId, message) => await (await openTasks()).interruptOwn(pluginId, taskId, message),
    draft: async (pluginId, taskId, json) => await (await openTasks()).draft(pluginId, taskId, json),
  };
}
