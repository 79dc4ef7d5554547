// /api/v1/process-plugins: the process plugins that were found, and their commands.

import { PROCESS_PLUGINS_API } from "../../protocol/api/process-plugins.ts";
import { agentOf } from "../authenticate.ts";
import { type ApiRoute, apiRoute } from "./api-route.ts";

export const PROCESS_PLUGIN_ROUTES: readonly ApiRoute[] = [
  apiRoute(PROCESS_PLUGINS_API.list_process_plugins, async ({ host }) => ({
    plugins: await (await host.processPluginDetails()).list(),
  })),
  apiRoute(PROCESS_PLUGINS_API.show_process_plugin, async ({ host, request, params, query }) => {
    const agent = await agentOf(host, request, query.agent);
    const found = await (await host.processPluginDetails()).show(params.plugin, agent);
    return { ...found, agent: { id: agent.id, name: agent.name } };
  }),
];
