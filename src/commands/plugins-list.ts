// `osp plugins list`: every process plugin that was found, the broken ones too, and what is wrong with them.

import { byCodeUnits } from "../base/by-code-units.ts";
import { resolvePaths } from "../base/paths.ts";
import { isDevLink } from "../host/dev-link.ts";
import { EXIT } from "../protocol/errors.ts";
import type { Command, CommandInput } from "./command.ts";
import { openProcessHost } from "./open-process-host.ts";

import { rowOf, showRows } from "./show-rows.ts";

/** Paths and flags are in `--json`; a screen has no room for them. */
const COLUMNS = ["plugin_id", "version", "source", "enabled", "commands", "issue"];

export const pluginsList: Command = {
  usage: "",
  about: "List the process plugins that were found, and what is wrong with them.",
  positionals: { min: 0, max: 0 },
  async run(input: CommandInput): Promise<number> {
    const { io, flags } = input;
    const settings = await input.settings();
    const host = await openProcessHost(io, { config: settings.config, ...flags });
    const paths = resolvePaths({ env: io.env, platform: process.platform });
    const rows = (await host.discover())
      .map(({ pluginId, version, source, path, healthy, enabled, issue, commands }) =>
        rowOf({
          plugin_id: pluginId,
          version,
          plugin_version: version,
          source,
          path,
          healthy,
          enabled,
          issue,
          commands: commands.map((command) => command.name),
          dev: isDevLink(paths, pluginId, path) ? true : undefined,
        }),
      )
      .sort((a, b) => byCodeUnits(a.get("plugin_id") as string, b.get("plugin_id") as string));
    const dirs = host.pluginDirs.join(", ");
    const empty = dirs === "" ? "no process plugins: no folder was searched" : `no process plugins in ${dirs}`;
    const columns = rows.some((row) => row.has("dev")) ? [...COLUMNS, "dev"] : COLUMNS;
    await showRows(input, settings, rows, { columns, empty });
    return EXIT.done;
  },
};
