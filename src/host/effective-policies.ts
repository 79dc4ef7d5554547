// What counts for each tool now, and where it comes from: what somebody decided for the agent comes before what was decided for
// all agents, and that before what the plugin says.

import type { PermissionPolicy } from "../protocol/manifest.ts";
import { PROCESS_ID_PREFIX } from "../protocol/process-id.ts";
import type { Grant } from "../store/grants.ts";
import type { GrantBook } from "../tools/permissions.ts";
import type { ShelfTool } from "../tools/shelf.ts";

/** `session`: it was decided for what the host does outside conversations, until the host stops. */
type PolicySource = "plugin" | "all_agents" | "agent" | "session";

export interface EffectivePolicy {
  readonly tool: ShelfTool;
  /** Under which decisions about it are kept. */
  readonly grantsId: string;
  readonly policy: PermissionPolicy;
  readonly source: PolicySource;
}

export interface PolicyBooks {
  readonly book: GrantBook;
  /** What is remembered. */
  readonly grants: readonly Grant[];
}

/** @param agentId undefined: an agent about which nothing was decided. */
export async function effectivePolicies(
  tools: readonly ShelfTool[],
  { book, grants }: PolicyBooks,
  agentId: string | undefined,
): Promise<readonly EffectivePolicy[]> {
  const kept = new Map(grants.map((grant) => [keyOf(grant.pluginId, grant.toolId, grant.agentId), grant.policy]));
  return await Promise.all(
    tools.map(async (tool) => {
      const grantsId = grantsIdOf(tool);
      const known = { tool, grantsId };
      const { toolId } = tool;
      const remembered = {
        agent: agentId === undefined ? undefined : kept.get(keyOf(grantsId, toolId, agentId)),
        all_agents: kept.get(keyOf(grantsId, toolId, null)),
      };
      const now =
        agentId === undefined ? remembered.all_agents : await book.policyOf({ pluginId: grantsId, toolId }, agentId);
      if (now === undefined) return { ...known, policy: tool.policy, source: "plugin" };
      const remains = remembered.agent ?? remembered.all_agents;
      if (now !== remains) return { ...known, policy: now, source: "session" };
      return { ...known, policy: now, source: remembered.agent === undefined ? "all_agents" : "agent" };
    }),
  );
}

/** Plugins of both kinds choose their ids freely: decisions about process plugins have names of their own. */
function grantsIdOf({ kind, pluginId }: ShelfTool): string {
  return kind === "process" ? `${PROCESS_ID_PREFIX}${pluginId}` : pluginId;
}

function keyOf(grantsId: string, toolId: string, agentId: string | null): string {
  return JSON.stringify([grantsId, toolId, agentId]);
}
