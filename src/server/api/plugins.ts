// /api/v1/plugins: the installed native plugins, loading them afresh, and links to their pages.

import type { FastifyRequest } from "fastify";
import type { NativePluginStatus } from "../../host/installed-plugins.ts";
import { PLUGINS_API } from "../../protocol/api/plugins.ts";
import { HostError } from "../../protocol/errors.ts";
import { isPluginSelected } from "../../tools/tool-selection.ts";
import { agentOf } from "../authenticate.ts";
import type { ServerHost } from "../server-host.ts";
import { type ApiRoute, apiRoute } from "./api-route.ts";
import { openPage } from "./open-page.ts";

export const PLUGIN_ROUTES: readonly ApiRoute[] = [
  apiRoute(PLUGINS_API.list_plugins, async ({ host, request }) => ({
    plugins: await rows(host, await seenPlugins(host, request)),
  })),
  apiRoute(PLUGINS_API.reload_plugins, async ({ host }) => ({
    plugins: await rows(host, await (await host.native()).reload()),
  })),
  apiRoute(
    PLUGINS_API.show_plugin,
    async ({ host, request, params }) => await showPlugin(host, request, params.plugin),
  ),
  apiRoute(PLUGINS_API.reload_plugin, async ({ host, request, params }) => {
    const [status] = await (await host.native()).reload(params.plugin);
    return status === undefined
      ? await showPlugin(host, request, params.plugin)
      : await (await host.pluginDetails()).row(status);
  }),
  apiRoute(PLUGINS_API.retry_plugin, async ({ host, request, params }) => {
    await (await host.native()).retry(params.plugin);
    return await showPlugin(host, request, params.plugin);
  }),
  apiRoute(PLUGINS_API.open_plugin, async (call) => await openPage(call, call.params.plugin, call.body)),
];

async function rows(host: ServerHost, statuses: readonly NativePluginStatus[]) {
  const details = await host.pluginDetails();
  return await Promise.all(statuses.map((status) => details.row(status)));
}

async function showPlugin(host: ServerHost, request: FastifyRequest, pluginId: string) {
  return await (await host.pluginDetails()).row(await seenPlugin(host, request, pluginId));
}

/** An installed plugin that the access key may see. Fails with `plugin_unknown`. */
export async function seenPlugin(
  host: ServerHost,
  request: FastifyRequest,
  pluginId: string,
): Promise<NativePluginStatus> {
  const found = (await seenPlugins(host, request)).find((status) => status.pluginId === pluginId);
  if (found !== undefined) return found;
  throw new HostError("plugin_unknown", `no plugin "${pluginId}" is installed`, {
    hint: '"osaurus tools list" lists those that are',
  });
}

/** A key for one agent sees the plugins that this agent has. */
async function seenPlugins(host: ServerHost, request: FastifyRequest): Promise<readonly NativePluginStatus[]> {
  const agent = request.accessKey?.agentId == null ? undefined : await agentOf(host, request);
  const all = await (await host.native()).look();
  if (agent === undefined) return all;
  return all.filter(({ pluginId, loaded }) => {
    const toolIds = (loaded?.manifest.capabilities.tools ?? []).map(({ id }) => id);
    return isPluginSelected(agent.tools, pluginId, toolIds);
  });
}
