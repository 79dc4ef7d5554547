// osaurus permissions reset: forgets what was decided about tools, so that what their plugin says counts again.

import { EXIT } from "../protocol/errors.ts";
import { agentOptionIfGiven } from "./agent-option.ts";
import type { Command } from "./command.ts";
import { notify } from "./notify.ts";
import { rowOf, showRows } from "./show-rows.ts";
import { withHost } from "./with-host.ts";

export const permissionsReset: Command = {
  usage: "[TOOL] [--agent AGENT]",
  about: "Forgets what was decided: about one tool, or about all. Ends what was allowed for a session, of every tool.",
  positionals: { min: 0, max: 1 },
  options: {
    agent: { type: "string", value: "AGENT", about: "what was decided for this agent only" },
  },
  // A host that runs on may have plugins that this program knows nothing of.
  isResident: () => true,
  async run(input) {
    const { io, flags } = input;
    const filter = { name: input.positionals[0], agentId: await agentOptionIfGiven(input) };
    const settings = await input.settings();
    const { config } = settings;
    const gone = await withHost(io, flags, async (host) => (await host.permissions()).reset(filter), { config });
    if (settings.json) {
      const rows = gone.map(({ pluginId, toolId, agentId, policy }) =>
        rowOf({ plugin_id: pluginId, tool: toolId, agent_id: agentId, policy }),
      );
      await showRows(input, settings, rows);
    } else if (gone.length === 0) {
      notify(io, settings, "info", "there was nothing to forget");
    } else {
      notify(
        io,
        settings,
        "success",
        `${gone.length === 1 ? "1 decision is" : `${gone.length} decisions are`} forgotten`,
      );
    }
    return EXIT.done;
  },
};
