// Rows of installed native plugins and how they fare, for the commands that load them.

import { parseOrderedJson } from "../base/ordered-json.ts";
import type { NativePluginStatus } from "../host/installed-plugins.ts";
import { pluginDocument } from "../host/plugin-document.ts";
import { printLabelled } from "../terminal/labelled.ts";
import { neutralise } from "../terminal/neutralise.ts";
import type { Row } from "../terminal/rows.ts";
import type { CommandInput } from "./command.ts";
import type { Settings } from "./settings.ts";
import { showRows } from "./show-rows.ts";

/** Prints the rows; what is wrong with a plugin is said behind them, with what to do. */
export async function showInstalled(
  input: CommandInput,
  settings: Settings,
  plugins: readonly NativePluginStatus[],
): Promise<void> {
  const rows = plugins.map((plugin) => parseOrderedJson(JSON.stringify(pluginDocument(plugin))) as Row);
  const dev = plugins.some((plugin) => plugin.dev) ? ["dev"] : [];
  const columns = ["plugin_id", "version", "state", "abi", "unsigned", ...dev, "tools"];
  await showRows(input, settings, rows, { columns, empty: "(no plugins installed)" });
  if (settings.json) return;
  for (const { pluginId, error } of plugins) {
    if (!error) continue;
    printLabelled(input.io.stderr, "error", neutralise(`${pluginId}: ${error.message} [${error.code}]`));
    if (error.hint) printLabelled(input.io.stderr, "help", neutralise(error.hint));
  }
}
