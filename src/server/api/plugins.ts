// /api/v1/plugins: the installed native plugins, loading them afresh, and links to their pages.

import type { FastifyRequest } from "fastify";
import * as z from "zod/mini";
import type { NativePluginStatus } from "../../host/installed-plugins.ts";
import { pluginDocument } from "../../host/plugin-document.ts";
import { OpenedPage } from "../../protocol/control-answers.ts";
import { HostError } from "../../protocol/errors.ts";
import { isPluginSelected } from "../../tools/tool-selection.ts";
import { agentOf } from "../authenticate.ts";
import type { ServerHost } from "../server-host.ts";
import { type ApiRoute, apiRoute, apiRouteWithBody } from "./api-route.ts";
import { AgentName, PluginDocument } from "./documents.ts";
import { openPage } from "./open-page.ts";

const PLUGIN_PARAM = { plugin: "a plugin's id" };
const Plugins = z.object({ plugins: z.array(PluginDocument) });

export const PLUGIN_ROUTES: readonly ApiRoute[] = [
  apiRoute({
    method: "GET",
    path: "/plugins",
    name: "list_plugins",
    summary: "lists installed native plugins, their state and their tools",
    answer: Plugins,
    handle: async ({ host, request }) => ({ plugins: (await seenPlugins(host, request)).map(pluginDocument) }),
  }),
  apiRoute({
    method: "POST",
    path: "/plugins/reload",
    name: "reload_plugins",
    summary: "loads all installed native plugins afresh",
    answer: Plugins,
    needsWholeKey: true,
    handle: async ({ host }) => ({ plugins: (await (await host.native()).reload()).map(pluginDocument) }),
  }),
  apiRoute({
    method: "GET",
    path: "/plugins/{plugin}",
    name: "show_plugin",
    summary: "shows an installed native plugin",
    params: PLUGIN_PARAM,
    answer: PluginDocument,
    handle: async ({ host, request, params }) => await showPlugin(host, request, params["plugin"]!),
  }),
  apiRoute({
    method: "POST",
    path: "/plugins/{plugin}/reload",
    name: "reload_plugin",
    summary: "loads a native plugin afresh; calls that run finish first",
    params: PLUGIN_PARAM,
    answer: PluginDocument,
    needsWholeKey: true,
    async handle({ host, request, params }) {
      const [status] = await (await host.native()).reload(params["plugin"]!);
      return status === undefined ? await showPlugin(host, request, params["plugin"]!) : pluginDocument(status);
    },
  }),
  apiRoute({
    method: "POST",
    path: "/plugins/{plugin}/retry",
    name: "retry_plugin",
    summary: "releases a native plugin from quarantine and loads it once",
    params: PLUGIN_PARAM,
    answer: PluginDocument,
    needsWholeKey: true,
    async handle({ host, request, params }) {
      await (await host.native()).retry(params["plugin"]!);
      return await showPlugin(host, request, params["plugin"]!);
    },
  }),
  apiRouteWithBody({
    method: "POST",
    path: "/plugins/{plugin}/open",
    name: "open_plugin",
    summary: "makes a link to the plugin's page that lets its owner in, once and within a few minutes",
    params: PLUGIN_PARAM,
    body: z.strictObject({
      /** An id or a name; without it the agent of the access key, or the default agent. */
      agent: z.optional(AgentName),
    }),
    answer: OpenedPage,
    handle: async (call) => await openPage(call, call.params["plugin"]!, call.body.agent),
  }),
];

async function showPlugin(host: ServerHost, request: FastifyRequest, pluginId: string) {
  const found = (await seenPlugins(host, request)).find((status) => status.pluginId === pluginId);
  if (found !== undefined) return pluginDocument(found);
  throw new HostError("plugin_unknown", `no plugin "${pluginId}" is installed`, {
    hint: '"osaurus tools list" lists those that are',
  });
}

/** A key for one agent sees the plugins that this agent has. */
async function seenPlugins(host: ServerHost, request: FastifyRequest): Promise<readonly NativePluginStatus[]> {
  const agent = request.accessKey?.agentId == null ? undefined : await agentOf(host, request);
  const all = await (await host.native()).list();
  if (agent === undefined) return all;
  return all.filter(({ pluginId, loaded }) => {
    const toolIds = (loaded?.manifest.capabilities.tools ?? []).map(({ id }) => id);
    return isPluginSelected(agent.tools, pluginId, toolIds);
  });
}
