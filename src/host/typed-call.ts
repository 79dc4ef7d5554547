// A call of a tool that somebody typed, with its plugin: of a native one, or else of a process plugin. What the agent does
// not have is unknown to it, as everywhere.

import { shellWord } from "../base/shell-word.ts";
import type { NativePlugin } from "../plugins/native/native-plugin.ts";
import type { Agent } from "../protocol/agent.ts";
import { HostError } from "../protocol/errors.ts";
import { PROCESS_ID_PREFIX } from "../protocol/process-id.ts";
import { DEFAULT_AGENT } from "../store/agent-rows.ts";
import { leftOf, type ToolCall, type ToolOutcome } from "../tools/call-tool.ts";
import { findToolByName } from "../tools/tool-names.ts";
import type { Host } from "./create-host.ts";

type TypedHost = Pick<Host, "native" | "processes" | "shelf" | "agents">;

export interface TypedTool {
  /** `process:ID` is a process plugin's, also where a native plugin has that id. */
  readonly pluginId: string;
  readonly tool: string;
}

/** Fails with `plugin_unknown` where there is no such plugin of either kind, else as `callTool`. */
export async function typedCall(
  host: TypedHost,
  { pluginId, tool }: TypedTool,
  call: Omit<ToolCall, "tool">,
): Promise<ToolOutcome> {
  const startedAt = performance.now();
  // What was spent on the way is no longer there for the call.
  const inTime = <T>(whole: T) => {
    const timeoutMs = leftOf(call, startedAt);
    return timeoutMs === undefined ? whole : { ...whole, timeoutMs };
  };
  const agent = await agentOf(host, call.agentId);
  const plugin = await nativePlugin(host, pluginId, call.timeoutMs);
  if (plugin !== undefined && agent.tools.mode === "all") {
    return await (await host.native()).callTool(plugin, inTime({ ...call, tool }));
  }
  const name = plugin === undefined ? commandName(pluginId, tool) : `${pluginId}/${await toolIdOf(plugin, tool)}`;
  const shelf = await host.shelf();
  return await shelf.call(inTime({ ...call, tool: name, agent })).catch((error: unknown) => {
    const isMissing = agent.tools.mode !== "all" && error instanceof HostError && error.code === "tool_unknown";
    throw isMissing ? notTheAgents(agent, pluginId, tool, error) : error;
  });
}

/** Settings and decisions may be for an id that no agent has: then there is no selection. */
async function agentOf(host: TypedHost, id: string): Promise<Agent> {
  try {
    return await (await host.agents()).find(id);
  } catch (error) {
    if (!(error instanceof HostError) || error.code !== "agent_unknown") throw error;
    return { ...DEFAULT_AGENT, id };
  }
}

/** Nothing when a process plugin is meant. */
async function nativePlugin(
  host: TypedHost,
  id: string,
  loadMs: number | undefined,
): Promise<NativePlugin | undefined> {
  if (id.startsWith(PROCESS_ID_PREFIX)) return undefined;
  try {
    return await (await host.native()).plugin(id, { loadMs });
  } catch (error) {
    const isUnknown = error instanceof HostError && error.code === "plugin_unknown";
    if (!isUnknown) throw error;
    const commands = await (await host.processes()).toolCommands();
    if (!commands.some(({ plugin }) => plugin.pluginId === id)) throw error;
    return undefined;
  }
}

function commandName(pluginId: string, command: string): string {
  return `${pluginId.startsWith(PROCESS_ID_PREFIX) ? "" : PROCESS_ID_PREFIX}${pluginId}/${command}`;
}

async function toolIdOf(plugin: NativePlugin, typed: string): Promise<string> {
  const { manifest } = await plugin.load();
  return findToolByName([manifest], typed, manifest.plugin_id).tool.id;
}

function notTheAgents({ name }: Agent, pluginId: string, tool: string, cause: HostError): HostError {
  return new HostError("tool_unknown", `the agent "${name}" does not have the tool "${tool}" of "${pluginId}"`, {
    hint: `"osaurus agents update ${shellWord(name)}" with --tool PLUGIN/TOOL or --all-tools changes what it has`,
    cause,
  });
}
