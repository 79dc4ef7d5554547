// osaurus secrets unset: forgets a setting or a secret of a native plugin.

import { EXIT } from "../protocol/errors.ts";
import { agentOption } from "./agent-option.ts";
import type { Command } from "./command.ts";
import { notify } from "./notify.ts";
import { agentText, noteUntold, oneLine } from "./setting-notes.ts";
import { rowOf, showRows } from "./show-rows.ts";
import { withHost } from "./with-host.ts";

export const secretsUnset: Command = {
  usage: "PLUGIN KEY [--agent AGENT]",
  about: "Forgets a setting or a secret of a native plugin; its default counts again.",
  positionals: { min: 2, max: 2 },
  options: {
    agent: { type: "string", value: "AGENT", about: "of this agent; without it the default agent" },
  },
  async run(input) {
    const { io, flags } = input;
    const [pluginId, key] = input.positionals as [string, string];
    const agentId = await agentOption(input);
    const settings = await input.settings();
    const { wasSet, isTold } = await withHost(io, flags, async (host) =>
      (await host.settings()).unset({ pluginId, agentId, key }),
    );
    if (settings.json) {
      const row = rowOf({ plugin_id: pluginId, agent_id: agentId, key, is_set: false, was_set: wasSet });
      await showRows(input, settings, [row], { single: true });
    } else {
      const done = wasSet ? "is forgotten" : "was not set";
      const text = oneLine(`"${key}" of "${pluginId}" ${done} for ${agentText(agentId)}`);
      notify(io, settings, wasSet ? "success" : "info", text);
    }
    if (!isTold) noteUntold(input, settings);
    return EXIT.done;
  },
};
