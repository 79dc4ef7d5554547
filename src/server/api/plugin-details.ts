// /api/v1/plugins/ID/details and what people do with an installed plugin: going back a version, removing it.

import { PLUGIN_DETAILS_API } from "../../protocol/api/plugin-details.ts";
import { agentOf } from "../authenticate.ts";
import { type ApiRoute, apiRoute } from "./api-route.ts";
import { seenPlugin } from "./plugins.ts";
import { flag } from "./query.ts";

export const PLUGIN_DETAILS_ROUTES: readonly ApiRoute[] = [
  apiRoute(PLUGIN_DETAILS_API.show_plugin_details, async ({ host, request, params, query }) => {
    const agent = await agentOf(host, request, query.agent);
    return await (await host.pluginDetails()).show(await seenPlugin(host, request, params.plugin), agent);
  }),
  apiRoute(PLUGIN_DETAILS_API.rollback_plugin, async ({ host, request, params }) => {
    const { from, to } = await (await host.installs()).rollback(params.plugin);
    await (await host.native()).catchUp();
    const status = await seenPlugin(host, request, params.plugin);
    return { from, to, plugin: await (await host.pluginDetails()).row(status) };
  }),
  apiRoute(PLUGIN_DETAILS_API.remove_plugin, async ({ host, request, params, query }) => {
    const keepData = flag("keep_data", query.keep_data);
    // By its id only: paths and names of folders are for whoever sits at the terminal.
    const { pluginId } = await seenPlugin(host, request, params.plugin);
    await (await host.installs()).uninstall(pluginId, { keepData });
    await (await host.native()).catchUp();
    return { plugin_id: pluginId, deleted: true as const, data_kept: keepData };
  }),
];
