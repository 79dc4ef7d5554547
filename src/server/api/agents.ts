// /api/v1/agents: which agents there are, making, changing and deleting them. A key for one agent sees that one.

import type { AgentChange } from "../../host/agents-host.ts";
import { agentDocument } from "../../protocol/agent-document.ts";
import { AGENTS_API, type ChangedAgent } from "../../protocol/api/agents.ts";
import { agentOf } from "../authenticate.ts";
import { type ApiRoute, apiRoute } from "./api-route.ts";

export const AGENT_ROUTES: readonly ApiRoute[] = [
  apiRoute(AGENTS_API.list_agents, async ({ host, request }) => {
    const agents = await (await host.agents()).list();
    const scope = request.accessKey?.agentId?.toUpperCase();
    const seen = scope === undefined ? agents : agents.filter(({ id }) => id.toUpperCase() === scope);
    return { agents: seen.map(agentDocument) };
  }),
  apiRoute(AGENTS_API.create_agent, async ({ host, body }) =>
    agentDocument(await (await host.agents()).create({ ...changeOf(body), name: body.name })),
  ),
  apiRoute(AGENTS_API.show_agent, async ({ host, request, params }) => {
    const { id } = await agentOf(host, request, params.agent);
    return agentDocument(await (await host.agents()).show(id));
  }),
  apiRoute(AGENTS_API.update_agent, async ({ host, params, body }) =>
    agentDocument(await (await host.agents()).update(params.agent, changeOf(body))),
  ),
  apiRoute(AGENTS_API.delete_agent, async ({ host, params }) => {
    const { id, name } = await (await host.agents()).delete(params.agent);
    return { id, name, deleted: true as const };
  }),
];

function changeOf({ name, prompt, model, temperature, max_tokens, tools }: ChangedAgent): AgentChange {
  return {
    ...(name === undefined ? {} : { name }),
    ...(prompt === undefined ? {} : { systemPrompt: prompt }),
    ...(model === undefined ? {} : { model }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(max_tokens === undefined ? {} : { maxTokens: max_tokens }),
    ...(tools === undefined ? {} : { tools }),
  };
}
