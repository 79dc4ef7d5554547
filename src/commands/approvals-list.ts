// osaurus approvals list: calls of tools that wait for somebody's consent, in any process of this user.

import { EXIT } from "../protocol/errors.ts";
import { showHidden } from "../terminal/show-hidden.ts";
import type { Command } from "./command.ts";
import { rowOf, showRows } from "./show-rows.ts";
import { withHost } from "./with-host.ts";

export const approvalsList: Command = {
  usage: "",
  about: "Lists calls that wait for consent.",
  positionals: { min: 0, max: 0 },
  async run(input) {
    const settings = await input.settings();
    const approvals = await withHost(input.io, input.flags, async (host) => (await host.permissions()).listApprovals());
    // A program gets what is there, a person what they would otherwise not see.
    const text = settings.json ? (one: string) => one : showHidden;
    const rows = approvals.map((one) =>
      rowOf({
        id: one.id,
        plugin_id: text(one.pluginId),
        tool: text(one.toolId),
        agent_id: one.agentId,
        input: text(one.input),
        description: text(one.description),
        requirements: one.requirements.map(text),
        created_at: one.createdAt,
        expires_at: one.expiresAt,
      }),
    );
    await showRows(input, settings, rows, {
      columns: ["id", "plugin_id", "tool", "agent_id", "input", "description", "requirements", "expires_at"],
      empty: "no call waits for consent",
    });
    return EXIT.done;
  },
};
