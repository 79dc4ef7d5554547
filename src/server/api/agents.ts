// /api/v1/agents: which agents there are, making, changing and deleting them. A key for one agent sees that one.

import * as z from "zod/mini";
import type { AgentChange } from "../../host/agents-host.ts";
import { agentDocument } from "../../protocol/agent-document.ts";
import {
  AGENT_TEMPERATURE_MAX,
  MODEL_NAME_CHARS_MAX,
  PLUGIN_ID_CHARS_MAX,
  SYSTEM_PROMPT_CHARS_MAX,
  TOOL_ID_CHARS_MAX,
  TOOL_SELECTION_NAMES_MAX,
} from "../../protocol/limits.ts";
import { agentOf } from "../authenticate.ts";
import { type ApiRoute, apiRoute, apiRouteWithBody } from "./api-route.ts";
import { AgentDocument, AgentName } from "./documents.ts";

const AGENT_PARAM = { agent: "an agent's id or name" };

/** What an agent may be is looked at by whoever keeps agents: here are the kinds of values, and their bounds. */
const name = AgentName;
const toolName = z.string().check(z.trim(), z.maxLength(PLUGIN_ID_CHARS_MAX + 1 + TOOL_ID_CHARS_MAX));
const names = z.array(toolName).check(z.maxLength(TOOL_SELECTION_NAMES_MAX));
const tools = z.discriminatedUnion("mode", [
  z.strictObject({ mode: z.literal("all") }),
  z.strictObject({ mode: z.literal("only"), names }),
  z.strictObject({ mode: z.literal("except"), names }),
]);
const members = {
  prompt: z.optional(z.string().check(z.maxLength(SYSTEM_PROMPT_CHARS_MAX))),
  model: z.optional(z.nullable(z.string().check(z.trim(), z.maxLength(MODEL_NAME_CHARS_MAX)))),
  temperature: z.optional(z.nullable(z.number().check(z.minimum(0), z.maximum(AGENT_TEMPERATURE_MAX)))),
  max_tokens: z.optional(z.nullable(z.int().check(z.minimum(1)))),
  tools: z.optional(tools),
};
const NewAgent = z.strictObject({ name, ...members });
const ChangedAgent = z.strictObject({ name: z.optional(name), ...members });

export const AGENT_ROUTES: readonly ApiRoute[] = [
  apiRoute({
    method: "GET",
    path: "/agents",
    name: "list_agents",
    summary: "lists agents, the default agent first",
    answer: z.object({ agents: z.array(AgentDocument) }),
    async handle({ host, request }) {
      const agents = await (await host.agents()).list();
      const scope = request.accessKey?.agentId?.toUpperCase();
      const seen = scope === undefined ? agents : agents.filter(({ id }) => id.toUpperCase() === scope);
      return { agents: seen.map(agentDocument) };
    },
  }),
  apiRouteWithBody({
    method: "POST",
    path: "/agents",
    name: "create_agent",
    summary: "makes an agent",
    body: NewAgent,
    answer: AgentDocument,
    status: 201,
    needsWholeKey: true,
    handle: async ({ host, body }) =>
      agentDocument(await (await host.agents()).create({ ...changeOf(body), name: body.name })),
  }),
  apiRoute({
    method: "GET",
    path: "/agents/{agent}",
    name: "show_agent",
    summary: "shows how an agent is set up",
    params: AGENT_PARAM,
    answer: AgentDocument,
    async handle({ host, request, params }) {
      const { id } = await agentOf(host, request, params["agent"]!);
      return agentDocument(await (await host.agents()).show(id));
    },
  }),
  apiRouteWithBody({
    method: "PATCH",
    path: "/agents/{agent}",
    name: "update_agent",
    summary: "changes what is named and leaves the rest; null takes back what was set",
    params: AGENT_PARAM,
    body: ChangedAgent,
    answer: AgentDocument,
    needsWholeKey: true,
    handle: async ({ host, params, body }) =>
      agentDocument(await (await host.agents()).update(params["agent"]!, changeOf(body))),
  }),
  apiRoute({
    method: "DELETE",
    path: "/agents/{agent}",
    name: "delete_agent",
    summary: "deletes an agent with its sessions, settings, decisions and access keys",
    params: AGENT_PARAM,
    answer: z.object({ id: z.string(), name: z.string(), deleted: z.literal(true) }),
    needsWholeKey: true,
    async handle({ host, params }) {
      const { id, name } = await (await host.agents()).delete(params["agent"]!);
      return { id, name, deleted: true as const };
    },
  }),
];

function changeOf({ name, prompt, model, temperature, max_tokens, tools }: z.infer<typeof ChangedAgent>): AgentChange {
  return {
    ...(name === undefined ? {} : { name }),
    ...(prompt === undefined ? {} : { systemPrompt: prompt }),
    ...(model === undefined ? {} : { model }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(max_tokens === undefined ? {} : { maxTokens: max_tokens }),
    ...(tools === undefined ? {} : { tools }),
  };
}
