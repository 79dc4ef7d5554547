// /api/v1/permissions: what counts for each tool, what was decided, and private hosts that plugins may reach.

import { effectivePolicies } from "../../host/effective-policies.ts";
import { hostTarget } from "../../host/host-target.ts";
import type { PermissionsHost } from "../../host/permissions-host.ts";
import { PERMISSIONS_API } from "../../protocol/api/permissions.ts";
import { PROCESS_ID_PREFIX } from "../../protocol/process-id.ts";
import { HttpError } from "../http-error.ts";
import type { ServerHost } from "../server-host.ts";
import { type ApiRoute, apiRoute } from "./api-route.ts";

type Grant = Awaited<ReturnType<PermissionsHost["reset"]>>[number];
type HostGrant = Awaited<ReturnType<PermissionsHost["listHosts"]>>[number];

export const PERMISSION_ROUTES: readonly ApiRoute[] = [
  apiRoute(PERMISSIONS_API.list_permissions, async ({ host, query }) => {
    const agents = await host.agents();
    const agentId = await agentIdOf(host, query.agent);
    const [shelf, permissions] = await Promise.all([host.shelf(), host.permissions()]);
    // What an agent may not use now it may use later: decisions are about all tools.
    const tools = await shelf.list({ ...(await agents.find(agentId)), tools: { mode: "all" } });
    const [grants, ofSessions] = [await permissions.listGrants(), await permissions.listSessionGrants()];
    const policies = await effectivePolicies(tools, { book: permissions.grants, grants }, agentId);
    return {
      tools: policies.map(({ tool, grantsId, policy, source }) => ({
        name: tool.name,
        kind: tool.kind,
        plugin_id: tool.pluginId,
        tool_id: tool.toolId,
        tool: `${grantsId}/${tool.toolId}`,
        description: tool.description,
        requirements: [...tool.requirements],
        policy,
        source,
        plugin_policy: tool.policy,
      })),
      held_back: await heldBack(await shelf.missing(), permissions),
      grants: [...grants, ...ofSessions].map(grantDocument),
      hosts: (await permissions.listHosts()).map(hostDocument),
    };
  }),
  apiRoute(PERMISSIONS_API.set_permission, async ({ host, body }) => {
    const agentId = (await agentIdOf(host, body.agent ?? undefined)) ?? null;
    const { tool, others } = await (await host.permissions()).set(body.tool, body.policy, agentId);
    const { pluginId, toolId } = tool;
    const named = { plugin_id: pluginId, tool_id: toolId, agent_id: agentId, policy: body.policy };
    return { ...named, others: others.map(grantDocument) };
  }),
  apiRoute(PERMISSIONS_API.reset_permissions, async ({ host, query }) => {
    const agentId = await agentIdOf(host, query.agent);
    const forgotten = await (await host.permissions()).reset({ name: query.tool, agentId });
    return { forgotten: forgotten.map(grantDocument) };
  }),
  apiRoute(PERMISSIONS_API.allow_host, async ({ host, body }) => {
    const target = hostTarget(body.plugin, body.host);
    const isNew = await (await host.permissions()).allowHost(target);
    return { plugin_id: target.pluginId, host: target.host, port: target.port, is_new: isNew };
  }),
  apiRoute(PERMISSIONS_API.revoke_host, async ({ host, query }) => {
    const target = hostTarget(given("plugin", query.plugin), given("host", query.host));
    const { gone, left } = await (await host.permissions()).revokeHost(target);
    return { removed: gone.map(hostDocument), left: left.map(hostDocument) };
  }),
];

/** Fails with `agent_unknown`. */
async function agentIdOf(host: ServerHost, named: string | undefined): Promise<string | undefined> {
  return named === undefined || named === "" ? undefined : (await (await host.agents()).find(named)).id;
}

function given(name: string, text: string | undefined): string {
  if (text !== undefined) return text;
  throw new HttpError("request_invalid", `${name} is missing in the query`, { param: name });
}

/** Tools that do not run until somebody approves what they say of themselves by now. */
async function heldBack(
  missing: Awaited<ReturnType<Awaited<ReturnType<ServerHost["shelf"]>>["missing"]>>,
  permissions: PermissionsHost,
) {
  const waiting = await permissions.listDefinitions();
  return missing.flatMap(({ pluginId, toolId, reason }) => {
    if (toolId === undefined) return [];
    const approval = waiting.find((one) => one.toolId === toolId && isOf(one.pluginId, pluginId));
    return [{ plugin_id: pluginId, tool_id: toolId, reason, approval_id: approval?.id ?? null }];
  });
}

function isOf(grantsId: string, pluginId: string): boolean {
  return grantsId === pluginId || grantsId === `${PROCESS_ID_PREFIX}${pluginId}`;
}

function grantDocument(grant: Grant) {
  const { pluginId, toolId, agentId, policy, source, createdAt } = grant;
  const document = { plugin_id: pluginId, tool_id: toolId, agent_id: agentId, policy, source, created_at: createdAt };
  if (grant.source !== "session") return document;
  return { ...document, session_id: grant.session?.kind === "conversation" ? grant.session.id : null };
}

function hostDocument({ pluginId, host, port, createdAt }: HostGrant) {
  return { plugin_id: pluginId, host, port, created_at: createdAt };
}
