// osaurus secrets list: the settings and secrets of a native plugin, and which of them are set. Never their values.

import { EXIT } from "../protocol/errors.ts";
import { agentOption } from "./agent-option.ts";
import type { Command } from "./command.ts";
import { notify } from "./notify.ts";
import { noteUnknown, oneLine } from "./setting-notes.ts";
import { rowOf, showRows } from "./show-rows.ts";
import { withHost } from "./with-host.ts";

export const secretsList: Command = {
  usage: "PLUGIN [--agent AGENT]",
  about:
    "Lists the settings and secrets of a native plugin for an agent: which there are and which are set, no values.",
  positionals: { min: 1, max: 1 },
  options: {
    agent: { type: "string", value: "AGENT", about: "what this agent has; without it the default agent" },
  },
  async run(input) {
    const [pluginId] = input.positionals as [string];
    const agentId = await agentOption(input);
    const settings = await input.settings();
    const { rows, unknownBecause } = await withHost(input.io, input.flags, async (host) =>
      (await host.settings()).list(pluginId, agentId),
    );
    const shown = rows.map((row) =>
      rowOf({
        plugin_id: row.pluginId,
        agent_id: row.agentId,
        key: row.key,
        label: row.label,
        kind: row.kind,
        type: row.type,
        required: row.required,
        is_set: row.isSet,
        missing: row.isMissing,
        default: row.default,
        description: row.description,
        url: row.url,
      }),
    );
    await showRows(input, settings, shown, {
      columns: ["key", "label", "kind", "type", "required", "is_set", "default"],
      empty: "it has neither settings nor secrets",
    });
    if (unknownBecause !== undefined) noteUnknown(input, settings, unknownBecause.message);
    const missing = rows.filter((row) => row.isMissing);
    if (missing.length > 0 && !settings.json) {
      const names = missing.map(({ key, label }) => (label === undefined || label === key ? key : `${key} (${label})`));
      const text = `it needs ${names.join(", ")}: "osaurus secrets set ${pluginId} KEY" sets one`;
      notify(input.io, settings, "warning", oneLine(text));
    }
    return EXIT.done;
  },
};
