// osaurus permissions list: what was decided about tools and hosts and is remembered, and what a host that runs on knows besides.

import { hostText } from "../host/host-target.ts";
import type { PermissionsHost } from "../host/permissions-host.ts";
import { EXIT } from "../protocol/errors.ts";
import type { Command } from "./command.ts";
import { portValue } from "./permissions-hosts.ts";
import { rowOf, showRows } from "./show-rows.ts";
import { withHost } from "./with-host.ts";

type SessionGrant = Awaited<ReturnType<PermissionsHost["listSessionGrants"]>>[number];

export const permissionsList: Command = {
  usage: "",
  about:
    "Lists what was decided about tools, and the hosts in private networks that plugins may reach. For all other tools, what their plugin says counts.",
  positionals: { min: 0, max: 0 },
  // Only the host that was told knows what was decided for a session.
  isResident: () => true,
  async run(input) {
    const settings = await input.settings();
    const { grants, hosts } = await withHost(input.io, input.flags, async (host) => {
      const permissions = await host.permissions();
      const grants = [...(await permissions.listGrants()), ...(await permissions.listSessionGrants())];
      return { grants, hosts: await permissions.listHosts() };
    });
    const toolRows = grants.map((grant) =>
      rowOf({
        plugin_id: grant.pluginId,
        tool: grant.toolId,
        agent_id: settings.json ? grant.agentId : (grant.agentId ?? "(all)"),
        policy: grant.policy,
        source: grant.source,
        created_at: grant.createdAt,
        session_id: grant.source === "session" ? conversationOf(grant) : undefined,
      }),
    );
    const hostRows = hosts.map((grant) =>
      rowOf({
        plugin_id: grant.pluginId,
        host: settings.json ? grant.host : hostText(grant),
        port: settings.json ? portValue(grant.port) : undefined,
        created_at: grant.createdAt,
      }),
    );
    const columns = ["plugin_id", "tool", "agent_id", "policy", "source", "created_at"];
    if (hostRows.length > 0) columns.splice(1, 0, "host");
    if (grants.some(({ source }) => source === "session")) columns.push("session_id");
    await showRows(input, settings, [...toolRows, ...hostRows], { columns, empty: "nothing was decided about tools" });
    return EXIT.done;
  },
};

/** Null: it counts in a program, or in the host outside conversations. */
function conversationOf({ session }: SessionGrant): string | null {
  return session?.kind === "conversation" ? session.id : null;
}
