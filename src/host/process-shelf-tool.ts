// A command of a process plugin as the shelf and those who decide about tools know it: its tool, the name under which
// decisions are kept, and what is remembered of it.

import type { ToolCommand } from "../plugins/process/tool-commands.ts";
import { PROCESS_ID_PREFIX } from "../protocol/process-id.ts";
import type { DescribedCommand } from "../protocol/process-plugin.ts";
import { type ProcessTool, processTool } from "../tools/process-tool.ts";
import { type DefinedTool, definedTool } from "../tools/tool-definition.ts";
import type { ToolOwner } from "../tools/tool-names.ts";

export interface ProcessShelfTool {
  readonly tool: ProcessTool;
  /** Under which decisions about it are kept. */
  readonly grantsId: string;
  readonly defined: DefinedTool;
}

const known = new WeakMap<DescribedCommand, ProcessShelfTool>();

/** Made once for each description of a command. */
export function processShelfTool({ plugin, path }: ToolCommand): ProcessShelfTool {
  const command = path.at(-1)!;
  let found = known.get(command);
  if (found === undefined || found.defined.path !== plugin.path) {
    found = describe(plugin, processTool(path));
    known.set(command, found);
  }
  return found;
}

function describe({ pluginId, path }: ToolCommand["plugin"], tool: ProcessTool): ProcessShelfTool {
  const grantsId = `${PROCESS_ID_PREFIX}${pluginId}`;
  const { toolId, description, inputSchema } = tool;
  const defined = definedTool({ pluginId: grantsId, toolId, path }, () => ({
    name: toolId,
    description,
    parameters: inputSchema,
    requirements: [],
    // The plugin says nothing of it: what the configuration says is no change of the tool.
    policy: "auto",
  }));
  return { tool, grantsId, defined };
}

/** A process plugin as far as names go. */
export interface ProcessOwner extends ToolOwner {
  readonly grantsId: string;
  readonly capabilities: { readonly tools: readonly { readonly id: string; readonly defined: DefinedTool }[] };
}

/** The plugins of these commands. */
export function processOwners(commands: readonly ToolCommand[]): ProcessOwner[] {
  const byPlugin = Map.groupBy(commands, ({ plugin }) => plugin.pluginId);
  return [...byPlugin].map(([plugin_id, own]) => {
    const tools = own.map(processShelfTool).map(({ tool, defined }) => ({ id: tool.toolId, defined }));
    return { plugin_id, grantsId: `${PROCESS_ID_PREFIX}${plugin_id}`, capabilities: { tools } };
  });
}
