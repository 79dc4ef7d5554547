// A command that somebody types is their own doing, and nobody is asked about it; what was denied for all agents, or for the
// default agent, stays denied. Loaded only where something is denied.

import type { Paths } from "../base/paths.ts";
import { shellWord } from "../base/shell-word.ts";
import { accessOf } from "../plugins/process/access.ts";
import type { Provider } from "../plugins/process/choose-provider.ts";
import { HostError } from "../protocol/errors.ts";
import { PROCESS_ID_PREFIX } from "../protocol/process-id.ts";
import { isDeniedCommand } from "../store/denied-commands.ts";

/** Throws `tool_denied`, and `store_broken` when what is denied cannot be read. */
export function refuseDenied(paths: Pick<Paths, "data">, { plugin, command }: Provider, args: readonly string[]): void {
  const { pluginId } = plugin;
  // The same words that the shelf has as the name of the tool.
  const toolId = accessOf(command, args).path.join(" ");
  if (!isDeniedCommand(paths.data, pluginId, toolId)) return;
  const name = shellWord(`${PROCESS_ID_PREFIX}${pluginId}/${toolId}`);
  throw new HostError("tool_denied", `the command "${toolId}" of the plugin "${pluginId}" was denied`, {
    hint: `that is remembered; "osaurus permissions reset ${name}" forgets it`,
    details: { plugin: pluginId, tool: toolId },
  });
}
