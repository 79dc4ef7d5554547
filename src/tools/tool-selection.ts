// Which tools an agent has: what its selection leaves of all that there are.

import type { ToolSelection } from "../protocol/agent.ts";

/** A tool as far as selections go. */
export interface SelectableTool {
  /** On the shelf, unlike all others. */
  readonly name: string;
  readonly pluginId: string;
  readonly toolId: string;
  /** Under which decisions about it are kept; another spelling of its plugin. */
  readonly grantsId: string;
}

/**
 * Those of the tools that the agent has, in their order. Names are `PLUGIN/TOOL`, `PLUGIN/*`, or any of a tool by itself.
 * One that several tools answer to leaves out all of them where names are left out, and brings none where only they count:
 * a plugin that comes later must not get into a selection by calling its tool like one that is in it.
 */
export function selectTools<T extends SelectableTool>(tools: readonly T[], selection: ToolSelection): readonly T[] {
  if (selection.mode === "all") return tools;
  const named = new Set(selection.names);
  if (selection.mode === "except") return tools.filter((tool) => !isNamed(tool, named) && !named.has(tool.toolId));
  const counts = new Map<string, number>();
  for (const { toolId } of tools) counts.set(toolId, (counts.get(toolId) ?? 0) + 1);
  return tools.filter((tool) => isNamed(tool, named) || (named.has(tool.toolId) && counts.get(tool.toolId) === 1));
}

/**
 * Whether an agent has a plugin at all, as far as its routes and pages go. Where names are left out, a plugin is left out
 * with all its tools; where only names count, one of its tools or `PLUGIN/*` brings it. The name of a tool alone brings none:
 * a plugin that comes later could call its tool so.
 */
export function isPluginSelected(selection: ToolSelection, pluginId: string, toolIds: readonly string[]): boolean {
  if (selection.mode === "all") return true;
  const named = new Set(selection.names);
  const isOwn = (toolId: string) => named.has(`${pluginId}/${toolId}`);
  if (selection.mode === "only") return named.has(`${pluginId}/*`) || toolIds.some(isOwn);
  if (named.has(`${pluginId}/*`)) return false;
  return toolIds.length === 0 || !toolIds.every((toolId) => isOwn(toolId) || named.has(toolId));
}

function isNamed({ name, pluginId, grantsId, toolId }: SelectableTool, named: ReadonlySet<string>): boolean {
  const spellings = [pluginId, grantsId].flatMap((id) => [`${id}/${toolId}`, `${id}/*`]);
  return named.has(name) || spellings.some((spelling) => named.has(spelling));
}
