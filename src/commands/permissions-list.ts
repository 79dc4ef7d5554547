// osaurus permissions list: what was decided about tools and hosts and is remembered.

import { hostText } from "../host/host-target.ts";
import { EXIT } from "../protocol/errors.ts";
import type { Command } from "./command.ts";
import { portValue } from "./permissions-hosts.ts";
import { rowOf, showRows } from "./show-rows.ts";
import { withHost } from "./with-host.ts";

export const permissionsList: Command = {
  usage: "",
  about:
    "Lists what was decided about tools, and the hosts in private networks that plugins may reach. For all other tools, what their plugin says counts.",
  positionals: { min: 0, max: 0 },
  async run(input) {
    const settings = await input.settings();
    const { grants, hosts } = await withHost(input.io, input.flags, async (host) => {
      const permissions = await host.permissions();
      return { grants: await permissions.listGrants(), hosts: await permissions.listHosts() };
    });
    const toolRows = grants.map(({ pluginId, toolId, agentId, policy, source, createdAt }) =>
      rowOf({
        plugin_id: pluginId,
        tool: toolId,
        agent_id: settings.json ? agentId : (agentId ?? "(all)"),
        policy,
        source,
        created_at: createdAt,
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
    await showRows(input, settings, [...toolRows, ...hostRows], { columns, empty: "nothing was decided about tools" });
    return EXIT.done;
  },
};
