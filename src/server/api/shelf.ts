// /api/v1/tools: all tools that an agent has. A key for one agent sees that agent's, and nothing of the host's plugins.

import { SHELF_API } from "../../protocol/api/shelf.ts";
import { agentOf } from "../authenticate.ts";
import { type ApiRoute, apiRoute } from "./api-route.ts";

export const SHELF_ROUTES: readonly ApiRoute[] = [
  apiRoute(SHELF_API.list_tools, async ({ host, request, query }) => {
    const agent = await agentOf(host, request, query.agent);
    const shelf = await host.shelf();
    const tools = await shelf.list(agent);
    const isWhole = (request.accessKey?.agentId ?? null) === null;
    const missing = isWhole ? await shelf.missing() : [];
    return {
      tools: tools.map((tool) => ({
        name: tool.name,
        kind: tool.kind,
        plugin_id: tool.pluginId,
        tool_id: tool.toolId,
        description: tool.description,
        input_schema: tool.inputSchema,
        requirements: [...tool.requirements],
        policy: tool.policy,
      })),
      missing: missing.map(({ pluginId, toolId = null, reason }) => ({ plugin_id: pluginId, tool_id: toolId, reason })),
    };
  }),
];
