// `osp plugins list`: every process plugin that was found, the broken ones too, and what is wrong with them.

import { formatOrderedJson, type OrderedJson } from "../base/ordered-json.ts";
import { EXIT } from "../protocol/errors.ts";
import { labelled } from "../terminal/labelled.ts";
import { printRows } from "../terminal/print-rows.ts";
import type { Row } from "../terminal/rows.ts";
import type { Command, CommandInput } from "./command.ts";
import { openProcessHost } from "./open-process-host.ts";

/** Paths and flags are in `--json`; a screen has no room for them. */
const SHOWN = ["plugin_id", "version", "source", "commands", "issue"];

export const pluginsList: Command = {
  usage: "",
  about: "List the process plugins that were found, and what is wrong with them.",
  positionals: { min: 0, max: 0 },
  run: listPlugins,
};

async function listPlugins({ io, global }: CommandInput): Promise<number> {
  const host = await openProcessHost(io, global.pluginDirs);
  const plugins = await host.discover();
  const rows = plugins
    .map((plugin): Row => {
      const { pluginId, version, source, path, healthy, enabled, issue, commands } = plugin;
      return new Map<string, OrderedJson>(
        Object.entries({
          plugin_id: pluginId,
          version,
          source,
          path,
          healthy,
          enabled,
          issue,
          commands: commands.map((command) => command.name),
        }),
      );
    })
    .sort((a, b) => compare(a.get("plugin_id") as string, b.get("plugin_id") as string));
  if (global.json) {
    io.stdout.write(`${formatOrderedJson(rows, 2)}\n`);
  } else if (rows.length === 0) {
    io.stderr.write(labelled("info", `no process plugins in ${host.pluginDirs.join(", ")}`));
  } else {
    await printRows(io, rows.map(shown), global.color);
  }
  return EXIT.done;
}

function shown(row: Row): Row {
  const commands = (row.get("commands") as string[]).join(", ");
  return new Map(SHOWN.map((key) => [key, key === "commands" ? commands : (row.get(key) ?? "")]));
}

/** By code units, so that the order is the same everywhere. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
