// osaurus permissions list: what was decided about tools and is remembered.

import { EXIT } from "../protocol/errors.ts";
import type { Command } from "./command.ts";
import { rowOf, showRows } from "./show-rows.ts";
import { withHost } from "./with-host.ts";

export const permissionsList: Command = {
  usage: "",
  about: "Lists what was decided about tools. For all others, what their plugin says counts.",
  positionals: { min: 0, max: 0 },
  async run(input) {
    const settings = await input.settings();
    const grants = await withHost(input.io, input.flags, async (host) => (await host.permissions()).listGrants());
    const rows = grants.map(({ pluginId, toolId, agentId, policy, source, createdAt }) =>
      rowOf({
        plugin_id: pluginId,
        tool: toolId,
        agent_id: settings.json ? agentId : (agentId ?? "(all)"),
        policy,
        source,
        created_at: createdAt,
      }),
    );
    await showRows(input, settings, rows, {
      columns: ["plugin_id", "tool", "agent_id", "policy", "source", "created_at"],
      empty: "nothing was decided about tools",
    });
    return EXIT.done;
  },
};
