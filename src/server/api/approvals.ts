// /api/v1/approvals: calls that wait for somebody's consent, tools whose definition changed, and answering both.

import { diffText, lineDiff } from "../../base/line-diff.ts";
import { APPROVALS_API } from "../../protocol/api/approvals.ts";
import type { ServerHost } from "../server-host.ts";
import { type ApiRoute, apiRoute } from "./api-route.ts";

export const APPROVAL_ROUTES: readonly ApiRoute[] = [
  apiRoute(APPROVALS_API.list_approvals, async ({ host }) => {
    const permissions = await host.permissions();
    const calls = await permissions.listApprovals();
    const names = await agentNames(host, new Set(calls.map(({ agentId }) => agentId)));
    const changed = await permissions.listDefinitions();
    return { approvals: [...calls.map((call) => callDocument(call, names)), ...changed.map(definitionDocument)] };
  }),
  apiRoute(APPROVALS_API.show_approval_arguments, async ({ host, params }) => {
    const { id, whole } = await (await host.permissions()).argumentsOf(params.id);
    return { id, arguments: whole?.input ?? null, schema: whole?.schema ?? null };
  }),
  apiRoute(APPROVALS_API.answer_approval, async ({ host, params, body }) => {
    const { decision, remember, arguments: given } = body;
    const allow = decision === "allow";
    const edited = given === undefined || typeof given === "string" ? given : JSON.stringify(given);
    const answered = await (await host.permissions()).answer(params.id, {
      allow,
      edited,
      ...(remember === undefined ? {} : { remember }),
    });
    return {
      id: answered.id,
      kind: answered.kind,
      plugin_id: answered.pluginId,
      tool: answered.toolId,
      agent_id: answered.agentId,
      status: allow ? ("allowed" as const) : ("denied" as const),
      remember: answered.remember,
      edited: edited !== undefined,
    };
  }),
];

type Permissions = Awaited<ReturnType<ServerHost["permissions"]>>;
type Call = Awaited<ReturnType<Permissions["listApprovals"]>>[number];
type Definition = Awaited<ReturnType<Permissions["listDefinitions"]>>[number];

function callDocument(call: Call, names: ReadonlyMap<string, string>) {
  return {
    id: call.id,
    kind: "call" as const,
    plugin_id: call.pluginId,
    tool: call.toolId,
    agent_id: call.agentId,
    agent_name: names.get(call.agentId) ?? null,
    session_id: call.conversation ?? null,
    description: call.description,
    requirements: [...call.requirements],
    input: call.input,
    created_at: call.createdAt,
    expires_at: call.expiresAt,
  };
}

function definitionDocument({ id, pluginId, toolId, old, now, createdAt }: Definition) {
  return {
    id,
    kind: "definition" as const,
    plugin_id: pluginId,
    tool: toolId,
    old: old.text,
    new: now.text,
    diff: diffText(lineDiff(old.text, now.text)),
    created_at: createdAt,
  };
}

/** By id; those of agents that are gone are missing. */
async function agentNames(host: ServerHost, ids: ReadonlySet<string>): Promise<ReadonlyMap<string, string>> {
  if (ids.size === 0) return new Map();
  const agents = await host.agents();
  const found = [...ids].map(async (id) => {
    const agent = await agents.find(id).catch(() => undefined);
    return agent?.id === id ? ([[id, agent.name]] as const) : [];
  });
  return new Map((await Promise.all(found)).flat());
}
