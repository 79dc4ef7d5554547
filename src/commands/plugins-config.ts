// `osp plugins config ID`: the variables that the configuration puts into a plugin's environment.

import { pluginVariables } from "../config/plugin-variables.ts";
import { REDACTED } from "../config/secret-names.ts";
import { EXIT } from "../protocol/errors.ts";
import type { Command } from "./command.ts";
import { notify } from "./notify.ts";
import { openProcessHost } from "./open-process-host.ts";
import { rowOf, showRows } from "./show-rows.ts";

export const pluginsConfig: Command = {
  usage: "PLUGIN_ID",
  about: "Shows the variables that the configuration gives to a plugin, and which keys they come from.",
  positionals: { min: 1, max: 1 },
  options: { "show-secrets": { type: "boolean", about: "print secrets too" } },
  async run(input) {
    const pluginId = input.positionals[0]!;
    const settings = await input.settings();
    const { variables, collisions } = pluginVariables(settings.config, pluginId);
    const showsSecrets = input.options["show-secrets"] === true;
    const rows = variables.map(({ name, value, key, scope, isSecret }) => {
      const clash = collisions.find((one) => one.name === name && one.scope === scope);
      return rowOf({
        plugin_id: pluginId,
        env: name,
        value: isSecret && !showsSecrets ? REDACTED : value,
        config_key: key,
        scope,
        issue: clash === undefined ? null : `${clash.keys.join(" and ")} have different values`,
      });
    });
    const columns = ["env", "value", "config_key", "scope", "issue"];
    const host = await openProcessHost(input.io, { config: settings.config, ...input.flags });
    const isKnown = (await host.discover()).some((one) => one.pluginId.toLowerCase() === pluginId.toLowerCase());
    if (!isKnown) notify(input.io, settings, "warning", `no plugin "${pluginId}" was found`);
    await showRows(input, settings, rows, { columns, empty: `no variable is configured for "${pluginId}"` });
    return EXIT.done;
  },
};
