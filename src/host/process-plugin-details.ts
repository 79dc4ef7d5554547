// Process plugins as programs get them, and those of their commands that are tools.

import { byCodeUnits } from "../base/by-code-units.ts";
import type { Paths } from "../base/paths.ts";
import type { ProcessPlugin } from "../plugins/process/discover.ts";
import type { Agent } from "../protocol/agent.ts";
import type { ProcessPluginDocument, ProcessToolDocument } from "../protocol/api/process-plugins.ts";
import { HostError } from "../protocol/errors.ts";
import { isDevLink } from "./dev-link.ts";
import type { PermissionsHost } from "./permissions-host.ts";
import type { ProcessHost } from "./process-host.ts";
import { processShelfTool } from "./process-shelf-tool.ts";

export interface ProcessPluginDetails {
  /** All that were found, by id; files that changed are asked again. */
  list(): Promise<ProcessPluginDocument[]>;
  /** Those with an id, and the tools of the one that is used. Fails with `plugin_unknown`. */
  show(
    pluginId: string,
    agent: Agent,
  ): Promise<{ readonly plugins: ProcessPluginDocument[]; readonly tools: ProcessToolDocument[] }>;
}

export interface ProcessPluginDetailsOptions {
  readonly paths: Pick<Paths, "data">;
  processes(): Promise<Pick<ProcessHost, "discover" | "toolCommands" | "toolSettings">>;
  permissions(): Promise<Pick<PermissionsHost, "grants">>;
}

export function openProcessPluginDetails(options: ProcessPluginDetailsOptions): ProcessPluginDetails {
  const { paths } = options;
  const list = async () => {
    const found = await (await options.processes()).discover({ again: true });
    return found.map((one) => documentOf(paths, one)).sort((a, b) => byCodeUnits(a.plugin_id, b.plugin_id));
  };
  return {
    list,
    async show(pluginId, agent) {
      const plugins = (await list()).filter((one) => one.plugin_id === pluginId);
      if (plugins.length > 0) return { plugins, tools: await toolsOf(options, pluginId, agent.id) };
      throw new HostError("plugin_unknown", `no process plugin "${pluginId}" was found`, {
        hint: '"osp plugins list" lists those that were',
      });
    },
  };
}

function documentOf(paths: Pick<Paths, "data">, plugin: ProcessPlugin): ProcessPluginDocument {
  const { pluginId, version, source, path, healthy, enabled, issue, commands } = plugin;
  return {
    ...{ plugin_id: pluginId, version, source, path, healthy, enabled, issue },
    commands: commands.map(({ name, about }) => ({ name, about })),
    ...(isDevLink(paths, pluginId, path) ? { dev: true } : {}),
  };
}

async function toolsOf(
  { processes, permissions }: ProcessPluginDetailsOptions,
  pluginId: string,
  agentId: string,
): Promise<ProcessToolDocument[]> {
  const host = await processes();
  const policy = (await host.toolSettings()).policyOf(pluginId);
  const { grants } = await permissions();
  const own = (await host.toolCommands()).filter(({ plugin }) => plugin.pluginId === pluginId);
  return await Promise.all(
    own.map(processShelfTool).map(async ({ tool: { toolId, description, inputSchema }, grantsId }) => ({
      ...{ id: toolId, description, schema: { ...inputSchema }, policy },
      effective_policy: (await grants.policyOf({ pluginId: grantsId, toolId }, agentId)) ?? policy,
    })),
  );
}
