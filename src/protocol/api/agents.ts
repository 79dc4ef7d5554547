// /api/v1/agents: which agents there are, making, changing and deleting them.

import * as z from "zod/mini";
import {
  AGENT_TEMPERATURE_MAX,
  MODEL_NAME_CHARS_MAX,
  PLUGIN_ID_CHARS_MAX,
  SYSTEM_PROMPT_CHARS_MAX,
  TOOL_ID_CHARS_MAX,
  TOOL_SELECTION_NAMES_MAX,
} from "../limits.ts";
import { AgentDocument, AgentName } from "./documents.ts";
import { endpoint } from "./endpoint.ts";

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
export type ChangedAgent = z.infer<typeof ChangedAgent>;

export const AGENTS_API = {
  list_agents: endpoint({
    method: "GET",
    path: "/agents",
    name: "list_agents",
    summary: "lists agents, the default agent first",
    answer: z.object({ agents: z.array(AgentDocument) }),
  }),
  create_agent: endpoint({
    method: "POST",
    path: "/agents",
    name: "create_agent",
    summary: "makes an agent",
    body: NewAgent,
    answer: AgentDocument,
    status: 201,
    needsWholeKey: true,
  }),
  show_agent: endpoint({
    method: "GET",
    path: "/agents/{agent}",
    name: "show_agent",
    summary: "shows how an agent is set up",
    params: AGENT_PARAM,
    answer: AgentDocument,
  }),
  update_agent: endpoint({
    method: "PATCH",
    path: "/agents/{agent}",
    name: "update_agent",
    summary: "changes what is named and leaves the rest; null takes back what was set",
    params: AGENT_PARAM,
    body: ChangedAgent,
    answer: AgentDocument,
    needsWholeKey: true,
  }),
  delete_agent: endpoint({
    method: "DELETE",
    path: "/agents/{agent}",
    name: "delete_agent",
    summary: "deletes an agent with its sessions, settings, decisions and access keys",
    params: AGENT_PARAM,
    answer: z.object({ id: z.string(), name: z.string(), deleted: z.literal(true) }),
    needsWholeKey: true,
  }),
} as const;
